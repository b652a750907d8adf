//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// renameFails makes a file ready that cannot be renamed over: a mount stands in its
// place, or the system has another reason.
func renameFails(t *testing.T, path, data string, reason syscall.Errno, opts Options) *Pending {
	t.Helper()
	p, err := Prepare(path, []byte(data), opts)
	if err != nil {
		t.Fatal(err)
	}
	p.testOnlyRename = func(from, to string) error { return &os.LinkError{Op: "rename", Old: from, New: to, Err: reason} }
	return p
}

// The file is written itself, and its old bytes lie meanwhile where only this person can
// look.
func TestWrittenInPlace(t *testing.T) {
	for _, reason := range []syscall.Errno{syscall.EBUSY, syscall.EXDEV, syscall.EPERM, syscall.EACCES, syscall.EROFS} {
		dir := t.TempDir()
		path, hard := filepath.Join(dir, "file"), filepath.Join(dir, "hard")
		put(t, path, "old", 0o640)
		if err := os.Link(path, hard); err != nil { // it sees what is written in place
			t.Fatal(err)
		}
		told := ""
		p := renameFails(t, path, "new and longer", reason, Options{Expect: []byte("old"), InPlace: func(copy string, why error) {
			told = copy
			if why != reason {
				t.Errorf("told %v, want %v", why, reason)
			}
			want(t, copy, "old")
			want(t, path, "old")
			folder, err := os.Stat(filepath.Dir(copy))
			if err != nil || folder.Mode().Perm() != 0o700 {
				t.Errorf("the copy's folder has mode %v, %v", folder.Mode(), err)
			}
		}})
		if err := errors.Join(p.Commit(), p.Abort()); err != nil {
			t.Fatalf("%v: %v", reason, err)
		}
		want(t, hard, "new and longer")
		wantOnly(t, dir, "file", "hard")
		if _, err := os.Stat(filepath.Dir(told)); told == "" || !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the copy at %q is left, %v", told, err)
		}
		if err := p.Undo([]byte("old")); err != nil {
			t.Fatal(err)
		}
		want(t, path, "old")
		wantOnly(t, dir, "file", "hard")
	}
}

// A full disk and the like are no reason to write in place: the old bytes stand.
func TestNotWrittenInPlace(t *testing.T) {
	for _, reason := range []syscall.Errno{syscall.ENOSPC, syscall.EIO, syscall.EDQUOT} {
		dir := t.TempDir()
		path := filepath.Join(dir, "file")
		put(t, path, "old", 0o640)
		p := renameFails(t, path, "new", reason, Options{InPlace: func(string, error) { t.Error("written in place") }})
		var unwritten *Error
		if err := p.Commit(); !errors.Is(err, reason) || !errors.As(err, &unwritten) {
			t.Errorf("error %v, want %v", err, reason)
		}
		want(t, path, "old")
		wantOnly(t, dir, "file")
	}
}

// Where the old bytes cannot be brought back, their copy stays, and is named.
func TestTheCopyIsNamed(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	put(t, path, "old", 0o640)
	kept := ""
	p := renameFails(t, path, "new", syscall.EBUSY, Options{InPlace: func(copy string, _ error) { kept = copy }})
	if err := p.Commit(); err != nil {
		t.Fatal(err)
	}
	put(t, path, "theirs", 0o640)
	err := p.Undo([]byte("old"))
	if !errors.Is(err, ErrChanged) {
		t.Errorf("error %v, want ErrChanged", err)
	}
	if err == nil || !strings.Contains(err.Error(), filepath.Dir(kept)) {
		t.Errorf("%v does not name %s", err, filepath.Dir(kept))
	}
	if err := p.Abort(); err != nil {
		t.Fatal(err)
	}
	want(t, kept, "old")
	if err := os.RemoveAll(filepath.Dir(kept)); err != nil {
		t.Fatal(err)
	}
}

// Without a place for the copy nothing is written.
func TestNoPlaceForACopy(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	put(t, path, "old", 0o640)
	p := renameFails(t, path, "new", syscall.EBUSY, Options{})
	p.testOnlyPlaces = []string{filepath.Join(dir, "none")}
	if err := p.Commit(); err == nil || !strings.Contains(err.Error(), "TMPDIR must name a writable folder") {
		t.Errorf("error %v", err)
	}
	want(t, path, "old")
	wantOnly(t, dir, "file")
}
