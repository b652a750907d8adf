package bounded

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

func TestRead(t *testing.T) {
	for _, tt := range []struct {
		src   string
		limit int64
		want  string
		err   error
	}{
		{"", 0, "", nil}, {"", 3, "", nil}, {"ab", 3, "ab", nil}, {"abc", 3, "abc", nil}, {"abcd", 3, "abc", ErrTooLong}, {"a", 0, "", ErrTooLong},
	} {
		got, err := Read(iotest.OneByteReader(strings.NewReader(tt.src)), tt.limit)
		if string(got) != tt.want || err != tt.err {
			t.Errorf("%q up to %d: got %q, %v", tt.src, tt.limit, got, err)
		}
	}
	broken := errors.New("broken")
	if _, err := Read(io.MultiReader(strings.NewReader("ab"), iotest.ErrReader(broken)), 3); err != broken {
		t.Errorf("a broken source: %v", err)
	}
}

// What has no end is left after the limit.
func TestReadLeavesTheEndless(t *testing.T) {
	if got, err := Read(endless{}, 1<<16); len(got) != 1<<16 || err != ErrTooLong {
		t.Errorf("got %d bytes, %v", len(got), err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func TestReadFile(t *testing.T) {
	dir := t.TempDir()
	path, link := filepath.Join(dir, "f"), filepath.Join(dir, "link")
	if err := os.WriteFile(path, []byte("abc"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{path, link} {
		if got, err := ReadFile(name, 3); string(got) != "abc" || err != nil {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if got, err := ReadFile(name, 2); got != nil || err != ErrTooLong {
			t.Errorf("%s, too long: got %q, %v", name, got, err)
		}
	}
	if _, err := ReadFile(dir, 3); err != ErrIrregular {
		t.Errorf("a folder: %v", err)
	}
	if _, err := ReadFile(filepath.Join(dir, "none"), 3); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}
