package hooks

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// loosePolicy is a policy outside of what is committed: in the working tree only, above the repository, under a name
// that is not read.
type loosePolicy struct {
	resolver *policy.Resolver
	// prefix is the path of the repository within the resolver's tree, with a last slash; empty if they are the same.
	prefix string
	// name is what the policy's file is called; empty means policy.FileName.
	name string
	// why says what is wrong with it, as in "is not staged".
	why string
	// fix is the command that mends it, for the policy's path.
	fix func(path string) string
}

// loosePolicies are those that a person may expect to apply in this working tree, but that are not part of what is
// committed.
func loosePolicies(ctx context.Context, git *gitrepo.Repo, root string) ([]loosePolicy, error) {
	if root == "" {
		if bare, err := git.Bare(ctx); err != nil || bare {
			return nil, err
		}
		var err error
		if root, err = git.Root(ctx); err != nil {
			return nil, err
		}
	}
	loose := []loosePolicy{
		{
			resolver: policy.NewResolver(os.DirFS(root)),
			why:      "is not staged as it is in the working tree", fix: func(name string) string { return "git add -- " + text.ShellPath(name) },
		},
		{
			resolver: policy.NewResolver(renamed{os.DirFS(root)}),
			name:     looseName,
			why:      "is not read under that name: a policy must be called .sops.yaml", fix: renameFix,
		},
	}
	up := filepath.Dir(root)
	for dir := up; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, policy.FileName)); err == nil {
			rel, err := filepath.Rel(dir, root)
			if err != nil {
				break
			}
			loose = append(loose, loosePolicy{
				resolver: policy.NewResolver(os.DirFS(dir)), prefix: filepath.ToSlash(rel) + "/",
				why: "lies above the repository and is not part of it",
				fix: func(string) string {
					return "cp " + text.ShellPath(filepath.Join(dir, policy.FileName)) + " . && git add -- " + policy.FileName
				},
			})
			break
		}
		if dir == filepath.Dir(dir) {
			break
		}
	}
	return loose, nil
}

// renameFix gives a policy the name that is read. git mv would not take one that is untracked, and mv alone would write
// over another.
func renameFix(name string) string {
	to := text.ShellPath(path.Join(path.Dir(name), policy.FileName))
	return fmt.Sprintf("mv -n -- %s %s && git add -- %s", text.ShellPath(name), to, to)
}

// renamed shows each .sops.yml as .sops.yaml, and hides the latter.
type renamed struct{ fs.FS }

func (r renamed) Open(name string) (fs.File, error) {
	if strings.HasSuffix(name, policy.FileName) {
		return r.FS.Open(strings.TrimSuffix(name, policy.FileName) + looseName)
	}
	return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
}
