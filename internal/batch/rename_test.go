package batch

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
)

// snapshot is every file below dir with its mode and bytes.
func snapshot(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err != nil {
			return err
		}
		var data []byte
		if info.Mode().IsRegular() {
			if data, err = os.ReadFile(path); err != nil {
				return err
			}
		}
		fmt.Fprintf(&b, "%s %s %q\n", strings.TrimPrefix(path, dir), info.Mode(), data)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// capitals are the results of upper for all paths.
func capitals(t *testing.T, paths []string) []Result {
	t.Helper()
	results := make([]Result, len(paths))
	for i, path := range paths {
		var err error
		if results[i], err = upper(context.Background(), path); err != nil {
			t.Fatal(err)
		}
	}
	return results
}

// At whichever file a rename fails, because its new content is gone: every
// file is as it was, with its mode, and nothing stands beside them.
func TestARenameFailsAtEachFile(t *testing.T) {
	names := []string{"a", "b", "c", "d", "e"}
	for at := range names {
		t.Run(names[at], func(t *testing.T) {
			dir, paths := files(t, names...)
			modes := []fs.FileMode{0o600, 0o644, 0o755, 0o640, 0o664}
			for i, path := range paths {
				if err := os.Chmod(path, modes[i]); err != nil {
					t.Fatal(err)
				}
			}
			before := snapshot(t, dir)
			err := replaceWhile(t, paths, capitals(t, paths), func() { removeTemporary(t, dir, names[at]) })
			var failed Errors
			if !errors.As(err, &failed) || len(failed) != 1 || failed[0].Path != paths[at] {
				t.Errorf("error %v, want that of %s alone", err, names[at])
			}
			if after := snapshot(t, dir); after != before {
				t.Errorf("got\n%swant\n%s", after, before)
			}
		})
	}
}

// removeTemporary takes away what was prepared for a file.
func removeTemporary(t *testing.T, dir, name string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "."+name+".*.tmp"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%d temporary files of %s, %v", len(found), name, err)
	}
	if err := os.Remove(found[0]); err != nil {
		t.Fatal(err)
	}
}

// Somebody changes a file between the first look and the rename: their
// bytes stay, and every other file is as it was.
func TestAFileChangesBeforeItsRename(t *testing.T) {
	dir, paths := files(t, "a", "b", "c")
	err := replaceWhile(t, paths, capitals(t, paths), func() {
		if err := os.WriteFile(paths[1], []byte("theirs"), 0o644); err != nil {
			t.Fatal(err)
		}
	})
	if !errors.Is(err, atomicfile.ErrChanged) {
		t.Errorf("error %v, want ErrChanged", err)
	}
	wantFolder(t, dir, "a=a", "b=theirs", "c=c")
}

// New files are taken away again, files that stay as they are stay, links
// lead where they led, and folders besides the first are looked after too.
func TestARenameFailsAmongNewFilesAndLinks(t *testing.T) {
	dir, paths := files(t, "a", "b", "z")
	sub := filepath.Join(dir, "sub")
	linked, link := filepath.Join(sub, "linked"), filepath.Join(dir, "link")
	if err := errors.Join(os.Mkdir(sub, 0o755), os.WriteFile(linked, []byte("linked"), 0o600), os.Symlink("sub/linked", link)); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, dir)
	all := []string{filepath.Join(dir, "new"), paths[0], filepath.Join(sub, "new too"), link, paths[1], paths[2]}
	results := []Result{
		{Data: []byte("NEW")}, {Data: []byte("A"), Read: []byte("a")}, {Data: []byte{}},
		{Data: []byte("LINKED"), Read: []byte("linked")}, {}, {Data: []byte("Z"), Read: []byte("z")},
	}
	err := replaceWhile(t, all, results, func() { removeTemporary(t, dir, "z") })
	var failed Errors
	if !errors.As(err, &failed) || len(failed) != 1 || failed[0].Path != paths[2] {
		t.Errorf("error %v, want that of z alone", err)
	}
	if after := snapshot(t, dir); after != before {
		t.Errorf("got\n%swant\n%s", after, before)
	}
}

// A file that cannot be brought back is told, with its own failure behind the
// first: whoever reads it knows which files are new.
func TestAFileThatCannotBeBroughtBackIsTold(t *testing.T) {
	dir, paths := files(t, "a", "b", "c")
	results := capitals(t, paths)
	results[0].Read = nil // the old bytes are not known
	err := replaceWhile(t, paths, results, func() { removeTemporary(t, dir, "c") })
	var failed Errors
	if !errors.As(err, &failed) || len(failed) != 2 || failed[0].Path != paths[2] || failed[1].Path != paths[0] ||
		!strings.Contains(err.Error(), "was changed and cannot be changed back") {
		t.Errorf("error %v, want those of c and a", err)
	}
	wantFolder(t, dir, "a=A", "b=b", "c=c")
}

// Through Run itself: among many files one is a folder's only because it came
// to be one while others were worked on.
func TestRunFailsWhereAFileBecameAFolder(t *testing.T) {
	var names []string
	for i := range 40 { // more than are synced one by one
		names = append(names, fmt.Sprintf("f%02d", i))
	}
	dir, paths := files(t, names...)
	err := Run(context.Background(), paths, Options{Workers: 1}, func(ctx context.Context, path string) (Result, error) {
		if path == paths[39] {
			if err := errors.Join(os.Remove(paths[20]), os.Mkdir(paths[20], 0o755)); err != nil {
				return Result{}, err
			}
		}
		return upper(ctx, path)
	})
	var failed Errors
	if !errors.As(err, &failed) || len(failed) != 1 || failed[0].Path != paths[20] {
		t.Errorf("error %v, want that of f20 alone", err)
	}
	for i, path := range paths {
		if i == 20 {
			continue
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, []byte(names[i])) {
			t.Errorf("%s holds %q, %v", names[i], got, err)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != len(names) {
		t.Errorf("%d entries, %v, want %d", len(entries), err, len(names))
	}
}
