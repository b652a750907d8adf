package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// What a commit does not change is read from the working tree, but only if it lies there with the bytes of its id.
// Whatever else is there, the object counts.
func TestStagedFilesOnDisk(t *testing.T) {
	for _, format := range []string{"sha1", "sha256"} {
		r := newRepo(t, "--object-format="+format)
		r.commit("a/same", "staged\n", "a/other", "staged\n", "a/link", "staged\n", "a/folder", "staged\n", "a/gone", "staged\n", "a/large", "0123456789")
		at := func(name string) string { return filepath.Join(r.Dir, "a", name) }
		r.Write("a/other", "edited\n", "a/new", "staged\n")
		r.Git("add", "a/new")
		r.Write("elsewhere", "not staged\n")
		for _, name := range []string{"link", "folder", "gone"} {
			if err := os.Remove(at(name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := errors.Join(os.Symlink("../elsewhere", at("link")), os.Mkdir(at("folder"), 0o755)); err != nil {
			t.Fatal(err)
		}
		index := r.open().Index(r.Dir)
		for _, name := range []string{"same", "other", "link", "folder", "gone"} {
			e, ok, err := index.Lookup(t.Context(), "a/"+name)
			if err != nil || !ok {
				t.Fatalf("%s: %s: %v, %v", format, name, ok, err)
			}
			if got, err := index.Blob(t.Context(), e, 7); string(got) != "staged\n" || err != nil {
				t.Errorf("%s: %s: got %q, %v", format, name, got, err)
			}
		}
		e, _, err := index.Lookup(t.Context(), "a/large")
		if err != nil {
			t.Fatal(err)
		}
		var large *TooLargeError
		if _, err := index.Blob(t.Context(), e, 9); !errors.As(err, &large) || large.Size != 10 {
			t.Errorf("%s: a file above the limit: got %v", format, err)
		}
		// Without its object the file can have been read in one place only.
		e, _, err = index.Lookup(t.Context(), "a/same")
		if err != nil {
			t.Fatal(err)
		}
		r.remove(string(e.ID))
		committed := Entry{Path: "a/new", Mode: e.Mode, ID: e.ID}
		if _, err := index.Blob(t.Context(), committed, 7); !errors.Is(err, ErrMissing) {
			t.Errorf("%s: got %v for what is committed, and Git does not have", format, err)
		}
		if got, err := index.Blob(t.Context(), e, 7); string(got) != "staged\n" || err != nil {
			t.Errorf("%s: got %q, %v where only the working tree has it", format, got, err)
		}
		if _, err := r.open().Index("").Blob(t.Context(), e, 7); !errors.Is(err, ErrMissing) {
			t.Errorf("%s: got %v without a working tree", format, err)
		}
	}
}
