package gitrepo

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// The working tree is read as Git would add it, and nothing else is.
func TestFilesOfTheWorkingTree(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	r.commit("tracked", "old\n", ".gitignore", "ignored\n", "gone", "x\n")
	r.Write("tracked", "new\n", "d/untracked", "text\n", "ignored", "x\n", "run.sh", "#!/bin/sh\n")
	os.Remove(filepath.Join(r.Dir, "gone"))
	os.Chmod(filepath.Join(r.Dir, "run.sh"), 0o755)
	os.Symlink("d/untracked", filepath.Join(r.Dir, "link"))
	repo := r.open()
	tree, err := repo.Worktree(ctx)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := tree.Entries(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{
		{".gitignore", ModeFile, "worktree"}, {"d/untracked", ModeFile, "worktree"}, {"link", ModeSymlink, "worktree"},
		{"run.sh", ModeExec, "worktree"}, {"tracked", ModeFile, "worktree"},
	}
	if !slices.Equal(entries, want) {
		t.Errorf("got %v, want %v", entries, want)
	}
	for path, text := range map[string]string{"tracked": "new\n", "d/untracked": "text\n", "link": "d/untracked"} {
		e, ok, err := tree.Lookup(ctx, path)
		if err != nil || !ok {
			t.Fatalf("%s: %v", path, err)
		}
		if got, err := tree.Blob(ctx, e, 100); err != nil || string(got) != text {
			t.Errorf("%s: got %q, %v", path, got, err)
		}
	}
	// An older state has an id.
	old := Entry{Path: "tracked", Mode: ModeFile, ID: ID(r.Git("rev-parse", "HEAD:tracked"))}
	if got, err := tree.Blob(ctx, old, 100); err != nil || string(got) != "old\n" {
		t.Errorf("what stood there before: got %q, %v", got, err)
	}
	var large *TooLargeError
	if got, err := tree.Blob(ctx, want[1], 4); !errors.As(err, &large) || large.Size != 5 || large.Limit != 4 {
		t.Errorf("above the limit: got %q, %v", got, err)
	}
	for _, none := range []string{"d", "gone", "nowhere/x", "link/x", "tracked/x"} {
		if e, ok, err := tree.Lookup(ctx, none); ok || err != nil {
			t.Errorf("%s: got %+v, %v", none, e, err)
		}
	}
	// What was replaced since it was listed is not read in its place.
	os.Remove(filepath.Join(r.Dir, "tracked"))
	if got, err := tree.Blob(ctx, want[4], 100); err == nil {
		t.Errorf("a file that is gone: %q", got)
	}
	os.Symlink("/etc/hostname", filepath.Join(r.Dir, "tracked"))
	if got, err := tree.Blob(ctx, want[4], 100); err == nil {
		t.Errorf("a link in its place: %q", got)
	}
}

func TestNoWorkingTree(t *testing.T) {
	bare := newRepo(t, "--bare")
	if tree, err := bare.open().Worktree(t.Context()); err == nil {
		t.Errorf("a bare repository has %s", tree.Name())
	}
	if root, err := bare.open().Root(t.Context()); err != nil || root != bare.Dir {
		t.Errorf("its root is %q, %v", root, err)
	}
}
