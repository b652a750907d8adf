package githooks

import (
	"bytes"
	"context"
	"errors"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// git runs git in the site, with its own configuration: what is asked here is what that says.
func (s *Site) git(ctx context.Context, stdin []byte, env []string, args ...string) (string, error) {
	git := gitrepo.Git{Dir: s.Dir, Env: append(append([]string{}, s.Env...), env...)}
	out, err := git.Run(ctx, bytes.NewReader(stdin), args...)
	if errors.Is(err, gitrepo.ErrNoRepository) {
		err = gitrepo.ErrNoRepository
	}
	return strings.TrimSuffix(string(out), "\n"), err
}

// exitCode is git's exit code, -1 if it did not run or did not fail by itself.
func exitCode(err error) int {
	var failed *gitrepo.GitError
	if errors.As(err, &failed) {
		return failed.Code
	}
	return -1
}
