package gitrepo

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// worktree is the working tree: what is tracked, and what would be if it were added.
type worktree struct {
	repo *Repo
	root string

	mu      sync.Mutex
	folders map[string]bool // by path: is it a folder, and no link on the way?
}

// Worktree returns the working tree.
func (r *Repo) Worktree(ctx context.Context) (Tree, error) {
	if bare, err := r.Bare(ctx); err != nil {
		return nil, err
	} else if bare {
		return nil, errors.New("a bare repository has no working tree")
	}
	return &worktree{repo: r, root: r.place.root, folders: map[string]bool{}}, nil
}

func (w *worktree) Name() string { return "the working tree" }

func (w *worktree) path(name string) string {
	return filepath.Join(w.root, filepath.FromSlash(name))
}

// Lookup finds a file on disk. As for Git, what lies behind a link to a folder is not there.
func (w *worktree) Lookup(_ context.Context, name string) (Entry, bool, error) {
	if ok, err := w.isFolder(path.Dir(name)); !ok || err != nil {
		return Entry{}, false, err
	}
	info, err := os.Lstat(w.path(name))
	if errors.Is(err, fs.ErrNotExist) {
		return Entry{}, false, nil
	}
	if err != nil {
		return Entry{}, false, err
	}
	e := Entry{Path: name, ID: "worktree"}
	switch {
	case info.Mode().IsRegular() && info.Mode()&0o100 != 0:
		e.Mode = ModeExec
	case info.Mode().IsRegular():
		e.Mode = ModeFile
	case info.Mode()&fs.ModeSymlink != 0:
		e.Mode = ModeSymlink
	default:
		return Entry{}, false, nil // a folder, a FIFO, a device: Git has none
	}
	return e, true, nil
}

// isFolder reports whether a path and all above it, up to the top, are folders and no links.
func (w *worktree) isFolder(dir string) (bool, error) {
	if dir == "." {
		return true, nil
	}
	w.mu.Lock()
	is, seen := w.folders[dir]
	w.mu.Unlock()
	if seen {
		return is, nil
	}
	is, err := w.isFolder(path.Dir(dir))
	if is && err == nil {
		var info fs.FileInfo
		info, err = os.Lstat(w.path(dir))
		is = err == nil && info.IsDir()
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
	}
	if err != nil {
		return false, err
	}
	w.mu.Lock()
	w.folders[dir] = is
	w.mu.Unlock()
	return is, nil
}

// Blob reads a file of the working tree, or a blob of the repository if the entry has an id.
func (w *worktree) Blob(ctx context.Context, e Entry, limit int64) ([]byte, error) {
	if isID(string(e.ID)) {
		return w.repo.blob(ctx, e, limit)
	}
	if e.Mode.IsSymlink() {
		target, err := os.Readlink(w.path(e.Path))
		return []byte(target), err
	}
	if now, ok, err := w.Lookup(ctx, e.Path); err != nil {
		return nil, err
	} else if !ok || !now.Mode.IsRegular() {
		return nil, errors.New("is not a regular file any more")
	}
	before, err := os.Lstat(w.path(e.Path))
	if err != nil {
		return nil, err
	}
	f, err := openFile(w.path(e.Path))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || !os.SameFile(before, info) {
		return nil, errors.New("is not a regular file any more")
	}
	if info.Size() > limit {
		return nil, &TooLargeError{info.Size(), limit}
	}
	data, err := bounded.Read(f, limit)
	if errors.Is(err, bounded.ErrTooLong) {
		return nil, &TooLargeError{limit + 1, limit}
	}
	return data, err
}

// Entries lists the files that Git tracks, as they are on disk, and those that it neither tracks nor ignores.
func (w *worktree) Entries(ctx context.Context) ([]Entry, error) {
	var out []Entry
	last := ""
	err := w.repo.stream(ctx, nil, func(r io.Reader) error {
		return records(r, func(rec []byte) error {
			if string(rec) == last {
				return nil // unmerged: once for each side
			}
			last = string(rec)
			e, ok, err := w.Lookup(ctx, last)
			if err == nil && ok {
				out = append(out, e)
			}
			return err
		})
	}, "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--full-name", "--", ":/")
	// Git lists what it does not track before what it does.
	slices.SortFunc(out, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return out, err
}

func (w *worktree) FS(ctx context.Context) fs.FS {
	return policyFS{ctx: ctx, tree: w}
}
