package gitrepo

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"
)

// Only what the pointer names is taken for the file: by length and by hash, from the store that the repository has.
func TestLFSStore(t *testing.T) {
	const text = "content\n"
	sum := sha256.Sum256([]byte(text))
	p := LFSPointer{OID: hex.EncodeToString(sum[:]), Size: int64(len(text))}
	put := func(store, text string) {
		t.Helper()
		dir := filepath.Join(store, "objects", p.OID[:2], p.OID[2:4])
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, p.OID), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	r := newRepo(t)
	read := func(p LFSPointer) string {
		t.Helper()
		data, ok, err := r.open().LFS(t.Context(), p)
		if err != nil {
			t.Fatal(err)
		}
		if !ok {
			return "none"
		}
		return string(data)
	}
	if got := read(p); got != "none" {
		t.Errorf("no store: %q", got)
	}
	elsewhere := filepath.Join(t.TempDir(), "store")
	r.Git("config", "lfs.storage", elsewhere)
	put(elsewhere, text)
	if got := read(p); got != text {
		t.Errorf("lfs.storage: %q", got)
	}
	own := filepath.Join(r.Dir, ".git", "lfs")
	put(own, "another")
	if got := read(p); got != "none" {
		t.Errorf("another length: %q", got)
	}
	put(own, "CONTENT\n")
	if got := read(p); got != "none" {
		t.Errorf("another hash: %q", got)
	}
	put(own, text)
	if got := read(p); got != text {
		t.Errorf("%q", got)
	}
	for _, oid := range []string{"", "../../../../etc/passwd", p.OID[:63] + "X"} {
		if got := read(LFSPointer{OID: oid, Size: p.Size}); got != "none" {
			t.Errorf("oid %q: %q", oid, got)
		}
	}
}
