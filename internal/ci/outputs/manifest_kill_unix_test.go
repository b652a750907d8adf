//go:build unix

package outputs

import (
	"io/fs"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// restrict puts the child under the conditions of a mode.
func restrict(t *testing.T, mode string) {
	switch mode {
	case "open":
		syscall.Umask(0)
	case "full": // no file may have more than 4 kB
		signal.Ignore(syscall.SIGXFSZ)
		var before syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4096, Max: before.Max}); err != nil {
			t.Fatal(err)
		}
		// The test program writes more when it ends: what of the code was run.
		t.Cleanup(func() {
			if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &before); err != nil {
				t.Error(err)
			}
		})
	}
}

// An open umask opens nothing.
func TestModes(t *testing.T) {
	temp := t.TempDir()
	if output, err := child(t, "open", temp, 0).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	files := 0
	err := filepath.WalkDir(temp, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == temp {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		} else {
			files++
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %v, want %v", path, got, want)
		}
		return nil
	})
	if err != nil || files != 4 {
		t.Errorf("%d files, %v", files, err)
	}
}

// A file system without room leaves no part of a file.
func TestFullDisk(t *testing.T) {
	temp := t.TempDir()
	if output, err := child(t, "full", temp, 0).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for _, path := range tree(t, temp) {
		if !strings.HasPrefix(path, "manifests/") && !strings.HasSuffix(path, "/") {
			t.Errorf("left: %.80q", path)
		}
	}
	if _, err := CleanupFolder(t.Context(), filepath.Join(temp, "manifests"), "run 1"); err != nil {
		t.Error(err)
	}
	if got := tree(t, temp); len(got) != 0 {
		t.Errorf("left after a cleanup: %q", got)
	}
}

// A folder that others may enter, or that is another's, holds no manifest.
func TestManifestFolderIsPrivate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "manifests")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := NewManifest(dir, "run 1"); err == nil {
		t.Error("a folder that all may read holds a manifest")
	}
	if _, err := CleanupFolder(t.Context(), dir, ""); err == nil {
		t.Error("a manifest of a folder that all may read was followed")
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	if _, err := NewManifest(link, "run 1"); err == nil {
		t.Error("a symbolic link was followed to a folder for manifests")
	}
}
