// Package hooks judges what Git is about to accept, and what it holds.
//
// [Open] a repository, then ask it for a judgement: [Repo.JudgeStaged] is that of a commit hook, [Repo.JudgePush] that
// of a push hook, [Repo.JudgeReceived] that of a server. The others are for people and for CI: the working tree, a
// commit, a range, what a branch would bring, the whole history. Each returns a [Report]; an error means that nothing
// could be judged: that is a refusal, too. No finding holds a value.
//
// A judgement needs no keys and no working tree, and no network unless the configuration (gitsecrets.lsRemote) has a
// remote asked. It runs the git program. It writes nothing into the repository but what remotes said of themselves, and
// that only if [PushOptions] say so.
package hooks

import (
	"context"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// Errors that callers may want to tell apart.
var (
	// ErrNoRepository is a folder that is in no repository, or in one that git refuses to read.
	ErrNoRepository = gitrepo.ErrNoRepository
	// ErrNoGit is a git program that cannot be found.
	ErrNoGit = gitrepo.ErrNoGit
	// ErrUnmerged is an index with unmerged files: a merge whose conflicts are not resolved.
	ErrUnmerged = gitrepo.ErrUnmerged
)

// Repo is a repository that is judged. Its methods may be called by several goroutines.
type Repo struct {
	git *gitrepo.Repo
	env []string
}

// Open prepares to judge the repository that holds a folder; an empty dir is the current one. env is the environment of
// git, as of os.Environ. The variables by which Git tells a hook where it is (GIT_INDEX_FILE and the like) must be in
// it. The error is ErrNoGit: whether there is a repository shows when it is first read.
func Open(dir string, env []string) (*Repo, error) {
	git, err := gitrepo.Open(gitrepo.Options{Dir: dir, Env: env})
	if err != nil {
		return nil, err
	}
	return &Repo{git: git, env: env}, nil
}

// Close ends the programs that the repository keeps running.
func (r *Repo) Close() error { return r.git.Close() }

// Root is the top of the working tree; of a bare repository its folder.
func (r *Repo) Root(ctx context.Context) (string, error) { return r.git.Root(ctx) }
