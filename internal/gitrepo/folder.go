package gitrepo

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"sync"
)

// maxTree bounds one tree object: a folder of about a million files.
const maxTree = 64 << 20

// folder is one tree object: of each entry the mode, a blank, the name, a NUL, and the id in bytes. It is not taken
// apart: few of its entries are ever asked for.
type folder struct {
	raw  []byte
	size int // of an id, in bytes
}

// folders holds the tree objects that were read. Those of two commits are mostly the same.
type folders struct {
	mu sync.Mutex
	by map[ID]*folderOnce
	// held is how many bytes of them were read since the map was emptied.
	held int
}

type folderOnce struct {
	once sync.Once
	f    *folder
	err  error
}

// maxFolders is how many tree objects are held, maxHeld how many bytes of them.
const (
	maxFolders = 1024
	maxHeld    = 64 << 20
)

// folder reads a tree object, once.
func (r *Repo) folder(ctx context.Context, id ID) (*folder, error) {
	r.folders.mu.Lock()
	o := r.folders.by[id]
	if o == nil {
		if r.folders.by == nil || len(r.folders.by) >= maxFolders || r.folders.held >= maxHeld {
			r.folders.by, r.folders.held = map[ID]*folderOnce{}, 0
		}
		o = &folderOnce{}
		r.folders.by[id] = o
	}
	r.folders.mu.Unlock()
	o.once.Do(func() {
		raw, _, err := r.object(ctx, string(id), "tree", maxTree)
		if err == nil {
			o.f, err = parseTree(raw, len(id)/2)
		}
		o.err = err
		r.folders.mu.Lock()
		r.folders.held += len(raw)
		r.folders.mu.Unlock()
	})
	return o.f, o.err
}

// parseTree checks a tree object. One that names something twice would be read in two ways.
func parseTree(raw []byte, size int) (*folder, error) {
	f := &folder{raw, size}
	var last []byte   // in Git's order, in which a folder's name ends in a slash
	var open [][]byte // files whose name the current one begins with
	sorted := true
	for rest := raw; len(rest) > 0; {
		e, next, err := cutEntry(rest, size)
		if err != nil {
			return nil, err
		}
		rest = next
		name := e.name
		if e.isDir() {
			name = append(append(make([]byte, 0, len(e.name)+1), e.name...), '/')
		}
		if sorted = bytes.Compare(last, name) < 0; !sorted {
			break
		}
		last = name
		for len(open) > 0 && !bytes.HasPrefix(e.name, open[len(open)-1]) {
			open = open[:len(open)-1]
		}
		for _, o := range open {
			if len(o) == len(e.name) {
				return nil, fmt.Errorf("the tree names %q twice", e.name)
			}
		}
		if !e.isDir() {
			open = append(open, e.name)
		}
	}
	if sorted {
		return f, nil
	}
	return f, f.unsorted()
}

// unsorted checks a tree that Git would not have written in this order.
func (f *folder) unsorted() error {
	seen := map[string]bool{}
	for rest := f.raw; len(rest) > 0; {
		e, next, err := cutEntry(rest, f.size)
		if err != nil {
			return err
		}
		if rest = next; seen[string(e.name)] {
			return fmt.Errorf("the tree names %q twice", e.name)
		}
		seen[string(e.name)] = true
	}
	return nil
}

// rawEntry is an entry of a tree object as it stands there.
type rawEntry struct{ mode, name, id []byte }

func (e *rawEntry) isDir() bool {
	return len(e.mode) > 0 && (e.mode[0] == '4' || bytes.HasPrefix(e.mode, []byte("04")))
}

func cutEntry(raw []byte, size int) (e rawEntry, rest []byte, err error) {
	head, rest, ok := bytes.Cut(raw, []byte{0})
	mode, name, ok2 := bytes.Cut(head, []byte{' '})
	if !ok || !ok2 || len(name) == 0 || bytes.IndexByte(name, '/') >= 0 || len(rest) < size || !isOctal(mode) {
		return e, nil, errors.New("the tree is damaged")
	}
	return rawEntry{mode, name, rest[:size]}, rest[size:], nil
}

func isOctal(mode []byte) bool {
	for _, c := range mode {
		if c < '0' || c > '7' {
			return false
		}
	}
	return len(mode) > 0 && len(mode) < 8
}

// find looks for an entry by its name. parseTree has checked them all.
func (f *folder) find(name string) (Entry, bool) {
	for rest := f.raw; len(rest) > 0; {
		blank := bytes.IndexByte(rest, ' ')
		end := blank + bytes.IndexByte(rest[blank:], 0)
		if string(rest[blank+1:end]) == name {
			mode, err := strconv.ParseUint(string(rest[:blank]), 8, 32)
			return Entry{Path: name, Mode: canonical(Mode(mode)), ID: ID(hex.EncodeToString(rest[end+1 : end+1+f.size]))}, err == nil
		}
		rest = rest[end+1+f.size:]
	}
	return Entry{}, false
}
