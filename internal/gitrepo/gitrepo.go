// Package gitrepo reads what a Git repository holds: the index that Git commits from, the trees of commits, what a push
// sends, a whole history.
//
// It asks the git program, because only that knows every kind of repository and the variables by which Git configures
// its hooks. It never writes into a repository and never fetches, runs nothing that the repository's configuration
// names (but for [Repo.LsRemote]), and takes every failure of git for an error: never for "nothing changed".
package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// ErrNoRepository is a folder that is in no repository, or in one that git does not want to read.
var ErrNoRepository = errors.New("not in a Git repository")

// ErrNoGit is a git program that cannot be found.
var ErrNoGit = errors.New("the git program cannot be found")

// ErrUnmerged is an index with unmerged entries: a merge whose conflicts are not resolved.
var ErrUnmerged = errors.New("the index has unmerged files: resolve the conflicts first")

// Options say where the repository is.
type Options struct {
	// Dir is a folder in the repository; empty means the current one.
	Dir string
	// Git is the git program; empty means the one in PATH.
	Git string
	// Env is the environment of git, as of os.Environ. The variables by which Git tells its hooks where they are
	// (GIT_INDEX_FILE and the like) must be in it.
	Env []string
}

// Repo is an open repository. Its methods may be called by several goroutines.
type Repo struct {
	git     Git
	ownEnv  []string // as the caller has it, for what may reach beyond the machine
	dir     string   // where git is run
	batches *batchPool
	folders folders

	stagedMu sync.Mutex
	staged   *staged

	once  sync.Once
	place place
	err   error
}

// place is where a repository is. It costs a git to find out, and a commit hook does without.
type place struct {
	root      string // of the working tree; of a bare repository its folder
	gitDir    string
	commonDir string
	bare      bool
	format    string
}

// Open prepares to read the repository that holds a folder. Whether there is one shows when it is first read, or by
// Locate. The error is ErrNoGit.
func Open(opts Options) (*Repo, error) {
	git := opts.Git
	if git == "" {
		var err error
		if git, err = exec.LookPath("git"); err != nil {
			return nil, ErrNoGit
		}
	}
	dir, err := filepath.Abs(opts.Dir)
	if err != nil {
		return nil, err
	}
	r := &Repo{git: Git{git, dir, childEnv(opts.Env, dir)}, dir: dir, ownEnv: opts.Env}
	r.batches = newBatchPool(r)
	return r, nil
}

// Locate finds out where the repository is. The error wraps ErrNoRepository.
func (r *Repo) Locate(ctx context.Context) error {
	r.once.Do(func() { r.err = r.locate(ctx) })
	return r.err
}

// saysNoRepository begins what git says where no folder above is a repository.
const saysNoRepository = "not a git repository (or any"

func (r *Repo) locate(ctx context.Context) error {
	out, err := r.run(ctx, nil, "rev-parse", "--is-bare-repository", "--show-object-format", "--absolute-git-dir", "--git-common-dir", "--show-cdup")
	if err != nil {
		var failed *GitError
		if errors.As(err, &failed) && failed.Code != usageCode {
			if strings.HasPrefix(failed.Said, saysNoRepository) {
				return ErrNoRepository
			}
			return fmt.Errorf("%w: %s", ErrNoRepository, failed.Said)
		}
		return err
	}
	lines := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	if len(lines) == 4 && lines[0] == "true" {
		lines = append(lines, "") // a bare repository has no way up
	}
	if len(lines) != 5 {
		return fmt.Errorf("%w: git names its place in a way that is not understood", ErrNoRepository)
	}
	p := place{bare: lines[0] == "true", format: lines[1], gitDir: lines[2], commonDir: absolute(r.dir, lines[3])}
	p.root = absolute(r.dir, lines[4])
	if p.bare {
		p.root = p.gitDir
	}
	r.place = p
	return nil
}

func absolute(dir, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(dir, filepath.FromSlash(path))
}

// Close ends the programs that the repository keeps running.
func (r *Repo) Close() error { return r.batches.close() }

// Root is the top of the working tree; of a bare repository its folder.
func (r *Repo) Root(ctx context.Context) (string, error) {
	err := r.Locate(ctx)
	return r.place.root, err
}

// Bare reports whether there is no working tree.
func (r *Repo) Bare(ctx context.Context) (bool, error) {
	err := r.Locate(ctx)
	return r.place.bare, err
}

// emptyTree is the id of the tree without entries.
func (r *Repo) emptyTree(ctx context.Context) (ID, error) {
	err := r.Locate(ctx)
	if r.place.format == "sha256" {
		return "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321", err
	}
	return "4b825dc642cb6eb9a060e54bf8d69288fbee4904", err
}

// ID is the hexadecimal id of an object, of 40 or 64 digits.
type ID string

// isID reports whether s is an id and not one of zeros alone.
func isID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == "" && strings.Trim(s, "0") != ""
}

func isZero(s string) bool { return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0") == "" }

// Mode is the mode of an entry, as Git has it.
type Mode uint32

// The modes of Git.
const (
	ModeDir     Mode = 0o040000
	ModeFile    Mode = 0o100644
	ModeExec    Mode = 0o100755
	ModeSymlink Mode = 0o120000
	ModeGitlink Mode = 0o160000
)

// IsRegular reports whether the entry is a file, and not a link.
func (m Mode) IsRegular() bool { return m&0o170000 == 0o100000 }

// IsSymlink reports whether the entry is a symbolic link.
func (m Mode) IsSymlink() bool { return m == ModeSymlink }

// IsGitlink reports whether the entry is a commit of another repository, a submodule.
func (m Mode) IsGitlink() bool { return m == ModeGitlink }

// Entry is one file of a tree. An entry without an id is not there.
type Entry struct {
	Path string // the bytes that Git has, with slashes
	Mode Mode
	ID   ID
}

// Change is what became of one path.
type Change struct {
	Path     string
	Old, New Entry
}

// Tree is one state of the files: the index, a commit, the working tree.
type Tree interface {
	// Name is what the state is called, as in "the index".
	Name() string
	// Lookup finds the entry of a path.
	Lookup(ctx context.Context, path string) (Entry, bool, error)
	// Names lists the files of one folder, without their folder; "" is the top.
	Names(ctx context.Context, dir string) ([]string, error)
	// Blob reads an entry, of a link its target. One that is larger than limit is a *TooLargeError, and is not read.
	Blob(ctx context.Context, e Entry, limit int64) ([]byte, error)
	// Entries lists every file, in Git's order.
	Entries(ctx context.Context) ([]Entry, error)
	// FS shows the policies of the tree, .sops.yaml files and .sops.yml, as a file system: nothing else is in it.
	FS(ctx context.Context) fs.FS
}

// TooLargeError is an object above the limit.
type TooLargeError struct{ Size, Limit int64 }

func (e *TooLargeError) Error() string {
	return fmt.Sprintf("has %d bytes, more than %d", e.Size, e.Limit)
}
