package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"sync"
)

// commitTree is the tree of a commit, read folder by folder.
type commitTree struct {
	repo *Repo
	name string
	root ID // of the tree
	from ID // the commit that it is of, if any

	mu   sync.Mutex
	dirs map[string]*folder // by path; nil: no such folder
}

// Commit returns the tree of what a person names: a branch, a tag, an id.
func (r *Repo) Commit(ctx context.Context, rev string) (Tree, ID, error) {
	if rev == "" || strings.ContainsAny(rev, "\n\x00") || strings.HasPrefix(rev, "-") {
		return nil, "", fmt.Errorf("%q does not name a commit", rev)
	}
	id, _, _, err := r.kind(ctx, rev+"^{commit}")
	if errors.Is(err, ErrMissing) {
		return nil, "", fmt.Errorf("%q does not name a commit of this repository", rev)
	}
	if err != nil {
		return nil, "", err
	}
	t, err := r.commitTree(ctx, id)
	return t, id, err
}

func (r *Repo) commitTree(ctx context.Context, id ID) (Tree, error) {
	root, kind, _, err := r.kind(ctx, string(id)+"^{tree}")
	if err != nil {
		return nil, fmt.Errorf("the tree of commit %s: %w", Short(id), err)
	}
	if kind != "tree" {
		return nil, fmt.Errorf("commit %s has no tree", Short(id))
	}
	return &commitTree{repo: r, name: "commit " + Short(id), root: root, from: id}, nil
}

// CommitOf is the commit that a state is that of, empty for any other.
func CommitOf(t Tree) ID {
	if c, ok := t.(*commitTree); ok {
		return c.from
	}
	return ""
}

// TreeOf returns the tree of a commit by its id.
func (r *Repo) TreeOf(ctx context.Context, commit ID) (Tree, error) { return r.commitTree(ctx, commit) }

// TreeObject returns the state that a tree object holds, under a name for people.
func (r *Repo) TreeObject(id ID, name string) Tree {
	return &commitTree{repo: r, name: name, root: id}
}

// Nothing returns a state without files.
func (r *Repo) Nothing(name string) Tree {
	return &commitTree{repo: r, name: name}
}

// Short is an id as people write it.
func Short(id ID) string { return string(id[:min(len(id), 12)]) }

// Head is the commit that is checked out; false on a branch without commits.
func (r *Repo) Head(ctx context.Context) (ID, bool, error) {
	id, _, _, err := r.kind(ctx, "HEAD^{commit}")
	if errors.Is(err, ErrMissing) {
		// A broken HEAD looks the same to cat-file as one without commits.
		_, err := r.run(ctx, nil, "rev-parse", "--verify", "--quiet", "HEAD")
		var failed *GitError
		switch {
		case err == nil:
			return "", false, errors.New("HEAD names a commit that the repository does not have")
		case errors.As(err, &failed) && failed.Code == 1:
			return "", false, nil
		}
		return "", false, err
	}
	return id, err == nil, err
}

func (t *commitTree) Name() string { return t.name }

func (t *commitTree) Lookup(ctx context.Context, name string) (Entry, bool, error) {
	dir, base := path.Split(name)
	f, err := t.dir(ctx, strings.TrimSuffix(dir, "/"))
	if f == nil || err != nil {
		return Entry{}, false, err
	}
	e, ok := f.find(base)
	if !ok || e.Mode == ModeDir {
		return Entry{}, false, nil
	}
	e.Path = name
	return e, true, nil
}

// dir reads a folder; nil if there is none.
func (t *commitTree) dir(ctx context.Context, name string) (*folder, error) {
	t.mu.Lock()
	f, seen := t.dirs[name]
	t.mu.Unlock()
	if seen {
		return f, nil
	}
	f, err := t.readDir(ctx, name)
	if err != nil {
		return nil, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.dirs == nil {
		t.dirs = map[string]*folder{}
	}
	t.dirs[name] = f
	return f, nil
}

func (t *commitTree) readDir(ctx context.Context, name string) (*folder, error) {
	id := t.root
	if name != "" {
		up, base := path.Split(name)
		parent, err := t.dir(ctx, strings.TrimSuffix(up, "/"))
		if parent == nil || err != nil {
			return nil, err
		}
		e, ok := parent.find(base)
		if !ok || e.Mode != ModeDir {
			return nil, nil
		}
		id = e.ID
	}
	if id == "" {
		return nil, nil
	}
	f, err := t.repo.folder(ctx, id)
	if err != nil {
		return nil, fmt.Errorf("folder %q of %s: %w", name, t.name, err)
	}
	return f, nil
}

// canonical is the mode that Git takes another for, as canon_mode of its cache.h: a tree of the mode 40755 is a folder,
// too.
func canonical(m Mode) Mode {
	switch m & 0o170000 {
	case 0o100000:
		if m&0o100 != 0 {
			return ModeExec
		}
		return ModeFile
	case ModeSymlink:
		return ModeSymlink
	case ModeDir:
		return ModeDir
	}
	return ModeGitlink
}

// Contents reads many files by one git.
func (t *commitTree) Contents(ctx context.Context, files []Entry, limit int64, each func(HistoryBlob) error) error {
	return t.repo.Contents(ctx, files, limit, each)
}

func (t *commitTree) Blob(ctx context.Context, e Entry, limit int64) ([]byte, error) {
	return t.repo.blob(ctx, e, limit)
}

func (t *commitTree) Entries(ctx context.Context) ([]Entry, error) {
	var out []Entry
	if t.root == "" {
		return nil, nil
	}
	err := t.repo.stream(ctx, nil, func(r io.Reader) error {
		return records(r, func(rec []byte) error {
			e, err := treeEntry(rec)
			out = append(out, e)
			return err
		})
	}, "ls-tree", "-r", "-z", "--full-tree", string(t.root))
	return out, err
}

// treeEntry reads a record of git ls-tree.
func treeEntry(rec []byte) (Entry, error) {
	meta, path, ok := bytes.Cut(rec, []byte("\t"))
	f := strings.Split(string(meta), " ")
	if !ok || len(f) != 3 {
		return Entry{}, errors.New("git ls-tree gave a line that is not understood")
	}
	return listedEntry(f[0], f[2], string(path))
}

func (t *commitTree) FS(ctx context.Context) fs.FS {
	return policyFS{ctx: ctx, tree: t}
}
