package cijob

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/ci/outputs"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// ciWrites is where a verb is to write plaintext: files below a folder that the
// person named.
type ciWrites struct {
	dir     string
	names   []string
	instead string // what to do where it must not be written, for a hint
}

// check refuses what is led elsewhere by a link, and what the next commit would
// take along, or might.
func (p *ciWrites) check(ctx context.Context, force bool) error {
	dir, err := outputs.Place(p.dir)
	if err != nil {
		return cli.Coded(cli.ExitWrite, err)
	}
	if force {
		return nil
	}
	top, found := outputs.RepositoryAbove(dir)
	switch {
	case os.Getenv("GIT_DIR") != "":
		top = "" // as Git is told where the command runs
	case !found:
		return nil
	}
	var paths []string
	for _, name := range p.names {
		paths = append(paths, filepath.Join(dir, name))
	}
	ignored, err := ignoredPaths(ctx, top, paths)
	var git *gitrepo.GitError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case !found && errors.As(err, &git) && strings.Contains(git.Said, "is outside repository"):
		return nil // of the one that GIT_DIR names
	case err != nil:
		return &cli.CodedError{
			Err:  fmt.Errorf("the next commit could contain plaintext from %s: Git does not say whether it ignores that place: %w", text.EscapeLine(p.dir), err),
			Code: cli.ExitPolicy,
			Hint: gitHint(top, err) + p.instead + "; or --force",
		}
	}
	for _, path := range paths {
		if !ignored[path] {
			return &cli.CodedError{
				Err:  fmt.Errorf("%s lies in a Git working tree, and Git does not ignore it: the next commit could hold the plaintext", text.EscapeLine(path)),
				Code: cli.ExitPolicy,
				Hint: p.instead + "; or add the place to .gitignore; or --force",
			}
		}
	}
	return nil
}

// ignoredPaths asks Git, from the top of the repository: below it another file
// system may be mounted, in which Git would not look upwards.
func ignoredPaths(ctx context.Context, top string, paths []string) (map[string]bool, error) {
	repo, err := gitrepo.Open(gitrepo.Options{Env: os.Environ(), Dir: top})
	if err != nil {
		return nil, err
	}
	defer repo.Close()
	return repo.Ignored(ctx, paths)
}

// gitHint is what makes Git answer for a repository; empty, or a line of its
// own.
func gitHint(top string, err error) string {
	var git *gitrepo.GitError
	switch {
	case errors.Is(err, gitrepo.ErrNoGit):
		return "install git in the image or on the machine of this job\n"
	case errors.As(err, &git) && strings.Contains(git.Said, "dubious ownership") && top != "":
		return "if the owner of the folder may be trusted: git config --global --add safe.directory " + text.ShellPath(top) + "\n"
	}
	return ""
}
