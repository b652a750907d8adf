package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"path"
	"time"
)

// maxPolicy bounds what is read of one policy; package policy takes less.
const maxPolicy = 16 << 20

// policyFS shows the policies of a tree as files. A path whose bytes are no UTF-8 cannot be asked for: no fs.FS can be.
type policyFS struct {
	ctx  context.Context
	tree Tree
}

func (f policyFS) lookup(op, name string) (Entry, error) {
	if !fs.ValidPath(name) {
		return Entry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrInvalid}
	}
	if base := path.Base(name); base != ".sops.yaml" && base != ".sops.yml" {
		return Entry{}, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	e, ok, err := f.tree.Lookup(f.ctx, name)
	if err == nil && !ok {
		err = fs.ErrNotExist
	}
	if err != nil {
		return Entry{}, &fs.PathError{Op: op, Path: name, Err: err}
	}
	return e, nil
}

// Stat tells the mode of an entry itself: a link is not followed, since what it leads to may lie outside of what is
// committed.
func (f policyFS) Stat(name string) (fs.FileInfo, error) {
	e, err := f.lookup("stat", name)
	if err != nil {
		return nil, err
	}
	return policyInfo{name: path.Base(name), mode: e.Mode}, nil
}

// Lstat is Stat.
func (f policyFS) Lstat(name string) (fs.FileInfo, error) { return f.Stat(name) }

// ReadLink is there because fs.ReadLinkFS wants it.
func (f policyFS) ReadLink(name string) (string, error) {
	return "", &fs.PathError{Op: "readlink", Path: name, Err: errors.ErrUnsupported}
}

func (f policyFS) Open(name string) (fs.File, error) {
	e, err := f.lookup("open", name)
	if err != nil {
		return nil, err
	}
	data, err := f.tree.Blob(f.ctx, e, maxPolicy)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &policyFile{policyInfo{path.Base(name), int64(len(data)), e.Mode}, bytes.NewReader(data)}, nil
}

type policyFile struct {
	info policyInfo
	io.Reader
}

func (f *policyFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *policyFile) Close() error               { return nil }

type policyInfo struct {
	name string
	size int64
	mode Mode
}

func (i policyInfo) Name() string       { return i.name }
func (i policyInfo) Size() int64        { return i.size }
func (i policyInfo) ModTime() time.Time { return time.Time{} }
func (i policyInfo) IsDir() bool        { return false }
func (i policyInfo) Sys() any           { return nil }

func (i policyInfo) Mode() fs.FileMode {
	switch {
	case i.mode.IsRegular():
		return 0o644
	case i.mode.IsSymlink():
		return fs.ModeSymlink | 0o644
	}
	return fs.ModeIrregular
}
