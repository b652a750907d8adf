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
// Where the folder takes no new file, or does not let the old one be replaced (a file
// mounted alone into a container, a folder that is read-only while the file is not), the
// file is written in place, after a copy of its old bytes was kept in a folder that
// only this person can enter. The copy goes when all is done.
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
	"time"

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
	// InPlace is called before a file is written in place: with where the copy of
	// the old bytes is meanwhile, and with why no other file can take its place. nil is not.
	InPlace func(copy string, why error)
}

// ErrChanged: the file does not hold the expected bytes any more.
var ErrChanged = errors.New("the file was changed by somebody else in the meantime")

// ErrReadOnly: whoever made the file read-only meant it. Its folder would let it be replaced.
var ErrReadOnly = errors.New("the file is read-only")

// Error is why a file cannot be written.
type Error struct {
	text string // which names the file
	err  error  // nil if there is no more to it
}

func (e *Error) Error() string {
	if e.err == nil {
		return e.text
	}
	return e.text + ": " + e.err.Error()
}

func (e *Error) Unwrap() error { return e.err }

// Write replaces the file at path, or makes it.
func Write(path string, data []byte, opts Options) error {
	defer signals.Hold()()
	p, err := Prepare(path, data, opts)
	if err != nil {
		return err
	}
	err = p.Commit()
	return errors.Join(err, p.Abort())
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
	done    bool // it is in place

	inPlace *inPlace // nil unless the file itself is written
	told    func(copy string, why error)

	testOnlyRename func(from, to string) error // instead of os.Rename
	testOnlyPlaces []string                    // for copies
}

// Prepare writes data beside path. Commit or Abort must follow.
func Prepare(path string, data []byte, opts Options) (*Pending, error) {
	target, info, err := resolve(path)
	if err != nil {
		return nil, err
	}
	p := &Pending{target: target, data: data, mode: opts.Mode, expect: opts.Expect, fresh: opts.New, lock: opts.Lock, synced: !opts.NoSync, told: opts.InPlace}
	if info != nil {
		if p.fresh {
			return nil, fmt.Errorf("%s: %w", path, ErrChanged)
		}
		p.mode, p.existed = info.Mode()&(fs.ModePerm|fs.ModeSetuid|fs.ModeSetgid|fs.ModeSticky), true
		if !writable(target) {
			return nil, &Error{text: "cannot write " + path, err: ErrReadOnly}
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
			return "", nil, &Error{text: path + ": the symbolic link leads nowhere"}
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
		return "", nil, &Error{text: path + ": " + kind(info.Mode()) + " cannot be replaced"}
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
	return "something that is not a regular file"
}

// write fills the temporary file, or gets ready to write the file itself.
func (p *Pending) write(old fs.FileInfo) (err error) {
	f, err := createBeside(p.target)
	if err != nil {
		if old != nil && isRefused(err) {
			return p.prepareInPlace(err)
		}
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
	if err := p.dress(f, old); err != nil {
		if old != nil && (isRefused(err) || isUnmapped(err)) {
			if err := removeIfThere(p.temp); err != nil {
				return err
			}
			p.temp = ""
			return p.prepareInPlace(err)
		}
		return err
	}
	if !p.synced {
		return nil
	}
	return f.Sync()
}

// dress gives the new file owner and mode.
func (p *Pending) dress(f *os.File, old fs.FileInfo) error {
	switch {
	case old != nil:
		if err := keepOwner(f, old); err != nil {
			return err
		}
		return f.Chmod(p.mode)
	case p.mode != 0:
		return f.Chmod(p.mode)
	}
	return f.Chmod(0o666 &^ umask())
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
	err = bare(err)
	var known *Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, fs.ErrPermission):
		return &Error{"cannot write in the folder of " + p.target, err}
	}
	return &Error{"cannot write " + p.target, err}
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
	p.temp, p.done = "", true
	return nil
}

// brief is how long a lock is waited for while signals are held.
const brief = 10 * time.Second

// replace compares and renames, with the lock.
func (p *Pending) replace() error {
	if p.lock == nil {
		lock, err := LockFile(context.Background(), p.target, LockOptions{Patience: brief})
		if err != nil {
			return &Error{p.target, err}
		}
		defer lock.Unlock()
	}
	if err := p.check(); err != nil {
		return err
	}
	switch {
	case p.fresh:
		return p.place()
	case p.inPlace != nil:
		return p.overwrite()
	}
	rename := os.Rename
	if p.testOnlyRename != nil {
		rename = p.testOnlyRename
	}
	err := rename(p.temp, p.target)
	if err == nil {
		return nil
	}
	if !p.existed || !isRefused(err) {
		return p.explain(err)
	}
	if err := p.prepareInPlace(err); err != nil {
		return err
	}
	if err := p.overwrite(); err != nil {
		return err
	}
	return removeIfThere(p.temp)
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

// Abort removes the new content, unless it is in place, and what was kept of the old.
func (p *Pending) Abort() error {
	err := p.inPlace.discard()
	if p.temp == "" {
		return err
	}
	return errors.Join(err, removeIfThere(p.temp))
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
