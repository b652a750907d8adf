package gitrepo

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// remove takes a loose object away, as if it had never been fetched.
func (r *testRepo) remove(id string) {
	r.T.Helper()
	if err := os.Remove(filepath.Join(r.Dir, ".git/objects", id[:2], id[2:])); err != nil {
		r.T.Fatal(err)
	}
}

// A policy that is staged, but whose content is not here, is an error: were it "no policy", nothing would be judged by
// it.
func TestStagedPolicyIsMissing(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	r.commit(".sops.yaml", "old\n")
	r.Write("a", "x")
	r.Git("add", "a")
	r.remove(r.Git("rev-parse", "HEAD:.sops.yaml"))
	if src, err := fs.ReadFile(r.open().Index("").FS(ctx), ".sops.yaml"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a committed policy that is not here: %q, %v", src, err)
	}
	r.Write(".sops.yaml", "new\n")
	r.Git("add", ".sops.yaml")
	r.remove(r.Git("rev-parse", ":.sops.yaml"))
	if src, err := fs.ReadFile(r.open().Index("").FS(ctx), ".sops.yaml"); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a staged policy that is not here: %q, %v", src, err)
	}
}

// The index is what Git would commit: what is only intended to be added is not in it, what is removed is not, a link is
// a link.
func TestIndexLookup(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	r.commit("gone", "x", "kept/a", "x", ".sops.yaml", "x")
	r.Write("intended/.sops.yaml", "x", "new", "x")
	r.Git("add", "-N", "intended/.sops.yaml")
	r.Git("add", "new")
	r.Git("rm", "-q", "--cached", "gone")
	os.Remove(filepath.Join(r.Dir, ".sops.yaml"))
	if err := os.Symlink("elsewhere", filepath.Join(r.Dir, ".sops.yaml")); err != nil {
		t.Fatal(err)
	}
	r.Git("add", ".sops.yaml")
	index := r.open().Index("")
	for name, want := range map[string]Mode{"gone": 0, "kept/a": ModeFile, "new": ModeFile, "intended/.sops.yaml": 0, ".sops.yaml": ModeSymlink, "kept": 0} {
		e, ok, err := index.Lookup(ctx, name)
		if err != nil || ok != (want != 0) || ok && e.Mode != want {
			t.Errorf("%s: %+v %t %v, want mode %o", name, e, ok, err, want)
		}
	}
	if entries, err := r.at(filepath.Join(r.Dir, "kept")).open().Index("").Entries(ctx); err != nil || len(entries) < 3 {
		t.Errorf("from a folder: %v, %v", entries, err)
	}
	if err := r.at(t.TempDir()).open().Locate(ctx); !errors.Is(err, ErrNoRepository) {
		t.Error(err)
	}
	if _, _, err := r.at(t.TempDir()).open().Head(ctx); !errors.Is(err, ErrNoRepository) {
		t.Errorf("HEAD of no repository: %v", err)
	}
}

// A content that a tag names, and no tree, is part of the history.
func TestHistoryOfTaggedBlobs(t *testing.T) {
	r := newRepo(t)
	r.commit("a", "one\n")
	r.Write("b", "direct\n", "c", "annotated\n", "d/e", "in a tree\n")
	r.Git("tag", "direct", r.Git("hash-object", "-w", "b"))
	r.Git("tag", "-a", "-m", "x", "annotated", r.Git("hash-object", "-w", "c"))
	r.Git("add", "d/e")
	r.Git("tag", "tree", r.Git("write-tree"))
	var got []string
	err := r.open().History(t.Context(), limit, func(b HistoryBlob) error {
		if b.Entry.Path == "" {
			t.Errorf("%q has no path", b.Data)
		}
		got = append(got, string(b.Data))
		return nil
	})
	slices.Sort(got)
	if want := []string{"annotated\n", "direct\n", "in a tree\n", "one\n"}; err != nil || !slices.Equal(got, want) {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}

// Grafts and replacements show other commits than those that are sent.
func TestGraftsAndReplacements(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	first := r.commit("a", "1\n")
	second := r.commit("a", "secret\n")
	third := r.commit("a", "3\n")
	r.Write(".git/info/grafts", string(third)+" "+string(first)+"\n")
	r.Git("replace", string(second), string(first))
	repo := r.open()
	sent, err := repo.Outgoing(ctx, []RefUpdate{{Ref: "refs/heads/main", New: third}}, nil)
	if want := []Commit{{first, []ID{}}, {second, []ID{first}}, {third, []ID{second}}}; err != nil || !reflect.DeepEqual(sent.Commits, want) {
		t.Errorf("sent %+v, %v, want %v", sent, err, want)
	}
	tree, err := repo.TreeOf(ctx, second)
	if err != nil {
		t.Fatal(err)
	}
	e, _, _ := tree.Lookup(ctx, "a")
	if data, err := tree.Blob(ctx, e, limit); err != nil || string(data) != "secret\n" {
		t.Errorf("a of the replaced commit: %q, %v", data, err)
	}
}

// Nothing is fetched, even where the configuration allows it.
func TestNothingIsFetched(t *testing.T) {
	ctx := t.Context()
	origin := newRepo(t)
	origin.Git("config", "uploadpack.allowFilter", "true")
	origin.Git("config", "uploadpack.allowAnySHA1InWant", "true")
	origin.commit("a", "one\n")
	partial := origin.at(filepath.Join(t.TempDir(), "partial"))
	origin.Git("-c", "protocol.file.allow=always", "clone", "-q", "--filter=blob:none", "--no-checkout", "file://"+origin.Dir, partial.Dir)
	partial.Git("config", "protocol.file.allow", "always")
	partial.Git("config", "protocol.allow", "always")
	tree, _, err := partial.open().Commit(ctx, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	e, ok, err := tree.Lookup(ctx, "a")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if data, err := tree.Blob(ctx, e, limit); err == nil {
		t.Errorf("a blob was fetched: %q", data)
	}
}

// A damaged tree is an error: of two policies of one name, one would be hidden.
func TestDamagedTrees(t *testing.T) {
	id := strings.Repeat("\x11", 20)
	for name, raw := range map[string]string{
		"twice": "100644 a\x00" + id + "100644 a\x00" + id, "file and folder": "100644 a\x00" + id + "40000 a\x00" + id,
		"apart": "100644 a\x00" + id + "100644 a.b\x00" + id + "40000 a\x00" + id, "not in order": "100644 a\x00" + id + "100644 c\x00" + id + "100644 b\x00" + id + "100644 a\x00" + id,
		"slash": "100644 a/b\x00" + id, "short": "100644 a\x00" + id[1:], "no mode": " a\x00" + id, "no name": "100644 \x00" + id,
	} {
		if got, err := parseTree([]byte(raw), 20); err == nil {
			t.Errorf("%s: %v", name, got)
		}
	}
	got, err := parseTree([]byte("40755 d\x00"+id+"100664 f\x00"+id+"100777 x\x00"+id), 20)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]Mode{"d": ModeDir, "f": ModeFile, "x": ModeExec} {
		if e, ok := got.find(name); !ok || e.Mode != want {
			t.Errorf("%s: %v %t", name, e, ok)
		}
	}
	if _, ok := got.find("e"); ok {
		t.Error("found what is not there")
	}
}

// A folder that has become a link leads out of the working tree, or in circles.
func TestWorktreeFollowsNoLinks(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	r.commit("d/a", "in\n", "b", "x")
	outside := t.TempDir()
	os.WriteFile(filepath.Join(outside, "a"), []byte("out\n"), 0o644)
	os.WriteFile(filepath.Join(outside, ".sops.yaml"), []byte("out\n"), 0o644)
	os.RemoveAll(filepath.Join(r.Dir, "d"))
	if err := os.Symlink(outside, filepath.Join(r.Dir, "d")); err != nil {
		t.Fatal(err)
	}
	tree, err := r.open().Worktree(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if e, ok, err := tree.Lookup(ctx, "d/a"); ok || err != nil {
		t.Errorf("%v %t %v", e, ok, err)
	}
	if data, err := tree.Blob(ctx, Entry{Path: "d/a", Mode: ModeFile, ID: "worktree"}, limit); err == nil {
		t.Errorf("read %q", data)
	}
	if _, err := fs.Stat(tree.FS(ctx), "d/.sops.yaml"); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	entries, err := tree.Entries(ctx)
	if err != nil || len(entries) != 2 || entries[0].Path != "b" || entries[1].Path != "d" || !entries[1].Mode.IsSymlink() {
		t.Errorf("%v %v", entries, err)
	}
}

// A question that is called off is answered so, and the next one is answered.
func TestCancelled(t *testing.T) {
	r := newRepo(t)
	r.commit("a", "1\n")
	repo := r.open()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, _, err := repo.Head(ctx); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := repo.StagedChanges(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, born, err := repo.Head(t.Context()); !born || err != nil {
		t.Error(born, err)
	}
}
