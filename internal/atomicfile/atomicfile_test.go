package atomicfile

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// put makes a file with a mode, whatever the umask.
func put(t *testing.T, path, text string, mode fs.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func want(t *testing.T, path, text string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != text {
		t.Errorf("%s holds %q, want %q", filepath.Base(path), got, text)
	}
}

// wantOnly fails if anything but names stands in dir: temporary files go.
func wantOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(names, " ") {
		t.Errorf("the folder holds %q, want %q", got, names)
	}
}

func TestWriteMakesAFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "new")
	if err := Write(path, []byte("text"), Options{Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	want(t, path, "text")
	wantOnly(t, dir, "new")
}

func TestWriteReplacesWholeFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	put(t, path, strings.Repeat("long ", 1000), 0o644)
	if err := Write(path, []byte("short"), Options{Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	want(t, path, "short")
	if err := Write(path, nil, Options{}); err != nil {
		t.Fatal(err)
	}
	want(t, path, "")
	wantOnly(t, dir, "file")
}

func TestWriteRefusesAFileThatChanged(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	put(t, path, "theirs", 0o644)
	err := Write(path, []byte("ours"), Options{Expect: []byte("read")})
	if !errors.Is(err, ErrChanged) {
		t.Errorf("error %v, want ErrChanged", err)
	}
	want(t, path, "theirs")

	put(t, path, "read", 0o644)
	p, err := Prepare(path, []byte("ours"), Options{Expect: []byte("read")})
	if err != nil {
		t.Fatal(err)
	}
	put(t, path, "theirs", 0o644)
	if err := p.Commit(); !errors.Is(err, ErrChanged) {
		t.Errorf("error %v, want ErrChanged", err)
	}
	want(t, path, "theirs")
	wantOnly(t, dir, "file")
}

func TestWriteRefusesFolders(t *testing.T) {
	dir := t.TempDir()
	err := Write(dir, []byte("x"), Options{})
	if err == nil || !strings.Contains(err.Error(), "a folder cannot be replaced") {
		t.Errorf("error %v", err)
	}
	if err := Write(filepath.Join(dir, "none", "file"), []byte("x"), Options{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want that the folder is not there", err)
	}
	wantOnly(t, dir)
}

func TestLongNames(t *testing.T) {
	dir := t.TempDir()
	name := strings.Repeat("n", 255)
	if err := Write(filepath.Join(dir, name), []byte("x"), Options{}); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, dir, name)
}

func TestAbortAndUndo(t *testing.T) {
	dir := t.TempDir()
	old, made := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	put(t, old, "old", 0o644)
	p, err := Prepare(old, []byte("new"), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := p.Abort(); err != nil {
		t.Fatal(err)
	}
	want(t, old, "old")
	wantOnly(t, dir, "a")

	var pending []*Pending
	for _, path := range []string{old, made} {
		p, err := Prepare(path, []byte("new"), Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		pending = append(pending, p)
	}
	if err := Sync(pending); err != nil {
		t.Fatal(err)
	}
	for _, p := range pending {
		if err := p.Rename(); err != nil {
			t.Fatal(err)
		}
	}
	SyncFolders(pending)
	want(t, old, "new")
	want(t, made, "new")
	if err := pending[0].Undo(nil); err == nil {
		t.Error("a file was undone though its old bytes are not known")
	}
	want(t, old, "new")
	if err := errors.Join(pending[0].Undo([]byte("old")), pending[1].Undo(nil)); err != nil {
		t.Fatal(err)
	}
	want(t, old, "old")
	wantOnly(t, dir, "a")
}

func TestSyncManyFiles(t *testing.T) {
	dir := t.TempDir()
	var pending []*Pending
	for i := range 20 { // enough for the whole file system to be synced at once
		p, err := Prepare(filepath.Join(dir, string(rune('a'+i))), []byte("x"), Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		pending = append(pending, p, nil)
	}
	if err := Sync(pending); err != nil {
		t.Fatal(err)
	}
	for _, p := range pending {
		if p != nil {
			if err := p.Abort(); err != nil {
				t.Fatal(err)
			}
		}
	}
	wantOnly(t, dir)
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "file")
	for _, text := range []string{"", "x", strings.Repeat("0123456789", 100_000)} {
		put(t, path, text, 0o600)
		got, err := Read(path)
		if err != nil || !bytes.Equal(got, []byte(text)) || got == nil {
			t.Errorf("read %d bytes, %v, want %d", len(got), err, len(text))
		}
	}
	if _, err := Read(dir); err == nil || !strings.Contains(err.Error(), "folder") {
		t.Errorf("error of a folder: %v", err)
	}
	if _, err := Read(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want that it is not there", err)
	}
}
