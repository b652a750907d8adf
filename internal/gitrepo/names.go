package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
)

// Names lists what a folder of the tree holds, folders left out. A folder that is not there holds nothing.
func (t *commitTree) Names(ctx context.Context, dir string) ([]string, error) {
	f, err := t.dir(ctx, dir)
	if f == nil || err != nil {
		return nil, err
	}
	return f.names(), nil
}

// names lists the files of a tree object. parseTree has checked it.
func (f *folder) names() []string {
	var out []string
	all := string(f.raw)
	for at := 0; at < len(all); {
		blank := at + bytes.IndexByte(f.raw[at:], ' ')
		end := blank + bytes.IndexByte(f.raw[blank:], 0)
		if e := (rawEntry{mode: f.raw[at:blank]}); !e.isDir() {
			out = append(out, all[blank+1:end])
		}
		at = end + 1 + f.size
	}
	return out
}

// Names lists a folder of the commit with what is staged upon it.
func (x *index) Names(ctx context.Context, dir string) ([]string, error) {
	s, err := x.repo.lastStaged(ctx)
	if err != nil {
		return nil, err
	}
	before, err := s.base.Names(ctx, dir)
	if err != nil {
		return nil, err
	}
	changed := s.in(dir)
	if len(changed) == 0 {
		return before, nil
	}
	out := slices.DeleteFunc(before, func(name string) bool {
		_, ok := s.changed[path.Join(dir, name)]
		return ok
	})
	for _, name := range changed {
		if s.changed[path.Join(dir, name)].ID != "" {
			out = append(out, name)
		}
	}
	return out, nil
}

// changedNames holds the names of what is staged, by folder.
type changedNames struct {
	once sync.Once
	by   map[string][]string
}

// in lists what is staged in one folder.
func (s *staged) in(dir string) []string {
	s.names.once.Do(func() {
		s.names.by = map[string][]string{}
		for name := range s.changed {
			up, base := path.Split(name)
			up = strings.TrimSuffix(up, "/")
			s.names.by[up] = append(s.names.by[up], base)
		}
		for _, list := range s.names.by {
			slices.Sort(list)
		}
	})
	return s.names.by[dir]
}

// Names lists a folder on disk, with what Git ignores.
func (w *worktree) Names(_ context.Context, dir string) ([]string, error) {
	if ok, err := w.isFolder(path.Join(".", dir)); !ok || err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(w.path(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var out []string
	for _, e := range entries {
		if !e.IsDir() {
			out = append(out, e.Name())
		}
	}
	return out, err
}
