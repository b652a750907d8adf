package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

func TestAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := Append(path, []byte("1\n"), AppendOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want that there is no file", err)
	}
	for _, line := range []string{"1\n", "cut off", "2\n"} {
		if err := Append(path, []byte(line), AppendOptions{Create: 0o600, Sync: true}); err != nil {
			t.Fatal(err)
		}
	}
	want(t, path, "1\ncut off\n2\n")
}

// What is no file of the person's own is neither followed nor changed.
func TestAppendOnlyToRegularFiles(t *testing.T) {
	dir := t.TempDir()
	link, target := filepath.Join(dir, "link"), filepath.Join(dir, "target")
	put(t, target, "old", 0o600)
	if err := os.Symlink(target, link); err != nil {
		t.Skip("no symbolic links here")
	}
	for _, path := range []string{link, dir, os.DevNull} {
		if err := Append(path, []byte("new\n"), AppendOptions{Create: 0o600}); !errors.Is(err, bounded.ErrIrregular) {
			t.Errorf("%s: error %v, want that it is no regular file", path, err)
		}
	}
	want(t, target, "old")
}
