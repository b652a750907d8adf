// Package atomicfile replaces files whole or not at all.
//
// Call [Write] for one file. For several that must change together call
// [Prepare] for each, then [Pending.Commit] for each, and [Pending.Undo] for
// those done if one fails. New bytes are written to a temporary file in the
// same folder, synced, and renamed over the old ones: at every moment the file
// holds the old bytes or the new ones. Mode and owner stay, a symbolic link
// stays and its target is replaced. A hard link is broken: the other names keep the old
// bytes.
//
// Who reads a file, computes, and replaces it calls [LockFile] before it reads, and
// hands over the lock and the bytes that it read: of several processes that do so
// each builds on what the one before it wrote. Signals wait until a file is
// written ([signals.Hold]).
package atomicfile

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gitsecrets/gitsecrets/internal/signals"
)

// Options: the zero value replaces whatever is there.
type Options struct {
	// Mode is the mode of a file that is made new; 0 means 0666 less the
	// umask. A file that is there keeps its own.
	Mode fs.FileMode
	// NoSync leaves the new bytes to Sync, which is asked for many files at
	// once.
	NoSync bool
	// Expect are the bytes that the file must still hold; nil does not ask.
	Expect []byte
	// New demands that there is no file.
	New bool
	// Lock is the lock on the file, if the caller took it; nil takes it for as long
	// as the file is compared and replaced.
	Lock *Lock
}

// ErrChanged: the file does not hold the expected bytes any more.
var ErrChanged = errors.New("the file was changed by somebody else in the meantime")

// Write replaces the file at path, or makes it.
func Write(path string, data []byte, opts Options) error {
	defer signals.Hold()()
	p, err := Prepare(path, data, opts)
	if err != nil {
		return err
	}
	return p.Commit()
}

// Pending is new content that is written beside a file and not yet in its
// place.
type Pending struct {
	target string // the file itself, behind any link
	temp   string
	data   []byte
	mode   fs.FileMode
	expect []byte
	fresh  bool // no file may be there
	lock   *Lock
	synced bool

	existed bool // there was a file to replace
}

// Prepare writes data beside path. Commit or Abort must follow.
func Prepare(path string, data []byte, opts Options) (*Pending, error) {
	target, info, err := resolve(path)
	if err != nil {
		return nil, err
	}
	p := &Pending{target: target, data: data, mode: opts.Mode, expect: opts.Expect, fresh: opts.New, lock: opts.Lock, synced: !opts.NoSync}
	if info != nil {
		if p.fresh {
			return nil, fmt.Errorf("%s: %w", path, ErrChanged)
		}
		p.mode, p.existed = info.Mode().Perm(), true
		if !writable(target) {
			return nil, fmt.Errorf("cannot write %s: the file is read-only", path)
		}
		if err := p.check(); err != nil {
			return nil, err
		}
	}
	if err := p.write(info); err != nil {
		return nil, err
	}
	return p, nil
}

// resolve follows links to the file that is to be replaced. info is nil if it
// is not there.
func resolve(path string) (string, fs.FileInfo, error) {
	target, err := filepath.EvalSymlinks(path)
	if errors.Is(err, fs.ErrNotExist) {
		if info, err := os.Lstat(path); err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return "", nil, fmt.Errorf("%s: the symbolic link leads nowhere", path)
		}
		return path, nil, nil
	}
	if err != nil {
		return "", nil, err
	}
	info, err := os.Stat(target)
	if err != nil {
		return "", nil, err
	}
	if !info.Mode().IsRegular() {
		return "", nil, fmt.Errorf("%s: %s cannot be replaced", path, kind(info.Mode()))
	}
	return target, info, nil
}

func kind(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "what is no regular file"
}

// write fills the temporary file.
func (p *Pending) write(old fs.FileInfo) (err error) {
	f, err := createBeside(p.target)
	if err != nil {
		return p.explain(err)
	}
	p.temp = f.Name()
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			err = errors.Join(p.explain(err), removeIfThere(p.temp))
		}
	}()
	if _, err := f.Write(p.data); err != nil {
		return err
	}
	switch {
	case old != nil:
		if err := keepOwner(f, old); err != nil {
			return err
		}
		err = f.Chmod(p.mode)
	case p.mode != 0:
		err = f.Chmod(p.mode)
	default:
		err = f.Chmod(0o666 &^ umask())
	}
	if err != nil {
		return err
	}
	if !p.synced {
		return nil
	}
	return f.Sync()
}

// createBeside makes a new file in the folder of path, open to its owner only.
func createBeside(path string) (*os.File, error) {
	for tries := 0; ; tries++ {
		var random [8]byte
		if _, err := rand.Read(random[:]); err != nil {
			return nil, err
		}
		name := filepath.Join(filepath.Dir(path), "."+shorten(filepath.Base(path))+"."+hex.EncodeToString(random[:])+".tmp")
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if !errors.Is(err, fs.ErrExist) || tries == 100 {
			return f, err
		}
	}
}

// shorten leaves room for what is put around a name: file systems allow 255
// bytes.
func shorten(name string) string {
	if len(name) > 200 {
		return name[:200]
	}
	return name
}

// explain says which file an error is about, whatever the temporary one is
// called.
func (p *Pending) explain(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		err = pathErr.Err
	}
	var linkErr *os.LinkError
	if errors.As(err, &linkErr) {
		err = linkErr.Err
	}
	if errors.Is(err, fs.ErrPermission) {
		return fmt.Errorf("cannot write in the folder of %s: %w", p.target, err)
	}
	return fmt.Errorf("cannot write %s: %w", p.target, err)
}

// check holds the file against what it is expected to hold.
func (p *Pending) check() error {
	if p.expect == nil {
		return nil
	}
	return holds(p.target, p.expect)
}

func holds(path string, want []byte) error {
	now, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(now, want) {
		return fmt.Errorf("%s: %w", path, ErrChanged)
	}
	return nil
}

// Commit puts the new content in place, to last through a power cut.
func (p *Pending) Commit() error {
	if err := p.Rename(); err != nil {
		return err
	}
	syncFolder(filepath.Dir(p.target))
	return nil
}

// Rename is Commit without the last step: the folder is not synced. SyncFolders does it
// for many files at once.
func (p *Pending) Rename() error {
	if err := p.replace(); err != nil {
		return errors.Join(err, p.Abort())
	}
	p.temp = ""
	return nil
}

// replace compares and renames, with the lock.
func (p *Pending) replace() error {
	if p.lock == nil {
		lock, err := LockFile(context.Background(), p.target, LockOptions{})
		if err != nil {
			return err
		}
		defer lock.Unlock()
	}
	if err := p.check(); err != nil {
		return err
	}
	if p.fresh {
		return p.place()
	}
	if err := os.Rename(p.temp, p.target); err != nil {
		return p.explain(err)
	}
	return nil
}

// place gives the new file its name, unless another file has it.
func (p *Pending) place() error {
	err := os.Link(p.temp, p.target)
	if err == nil {
		return removeIfThere(p.temp)
	}
	if _, taken := os.Lstat(p.target); taken == nil {
		return fmt.Errorf("%s: %w", p.target, ErrChanged)
	}
	// There are file systems without hard links.
	if err := os.Rename(p.temp, p.target); err != nil {
		return p.explain(err)
	}
	return nil
}

// Undo takes Commit or Rename back: old, what the file held, is written again.
// A file that was not there is removed. What somebody else wrote since stays, and is an
// error.
func (p *Pending) Undo(old []byte) error {
	if p.temp != "" {
		return nil // not committed
	}
	switch {
	case !p.existed:
		return p.remove()
	case old == nil:
		return errors.New("the old bytes are not known")
	}
	return Write(p.target, old, Options{Expect: p.data})
}

// remove takes a new file away again.
func (p *Pending) remove() error {
	lock, err := LockFile(context.Background(), p.target, LockOptions{})
	if err != nil {
		return err
	}
	defer lock.Unlock()
	if err := holds(p.target, p.data); err != nil {
		return err
	}
	return os.Remove(p.target)
}

// Abort removes the new content. After Commit it does nothing.
func (p *Pending) Abort() error {
	if p.temp == "" {
		return nil
	}
	return removeIfThere(p.temp)
}

func removeIfThere(name string) error {
	if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// syncFolder makes a rename last through a power cut, where the file system
// lets a folder be synced. One that does not is no reason to fail: the rename
// is done.
func syncFolder(dir string) {
	if f, err := os.Open(dir); err == nil {
		_ = f.Sync()
		_ = f.Close()
	}
}
