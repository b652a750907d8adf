//go:build unix

package outputs

import (
	"path/filepath"
	"syscall"
	"testing"
)

// A FIFO in place of a manifest is refused, and not waited for.
func TestManifestInAFIFO(t *testing.T) {
	path := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readManifest(path); err == nil {
		t.Error("a FIFO was taken for a manifest")
	}
}
