package gitrepo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/test/gittest"
)

// testRepo is a real repository.
type testRepo struct{ *gittest.Repo }

func newRepo(t testing.TB, args ...string) *testRepo {
	t.Helper()
	return &testRepo{gittest.New(t, args...)}
}

func (r *testRepo) commit(files ...string) ID {
	r.T.Helper()
	return ID(r.Commit(files...))
}

func (r *testRepo) at(dir string) *testRepo { return &testRepo{r.At(dir)} }

func (r *testRepo) open() *Repo {
	r.T.Helper()
	repo, err := Open(Options{Dir: r.Dir, Env: r.Env})
	if err != nil {
		r.T.Fatal(err)
	}
	r.T.Cleanup(func() { repo.Close() })
	return repo
}

const limit = 1 << 20

// Repositories of every shape hold the same: two commits, .sops.yaml at the top and in a folder, a link, and names that
// bite.
func shapes(t *testing.T) map[string]*testRepo {
	odd := []string{"d/.sops.yaml", "nested", ".sops.yaml", "top", "a\nb", "x", "-f", "x", "*", "x", ":(top)m", "x", "\xff\xfe", "x", "HEAD", "x", "d/\"q'", "x"}
	fill := func(r *testRepo) *testRepo {
		r.commit(odd...)
		if err := os.Symlink("../elsewhere", filepath.Join(r.Dir, "d/link")); err != nil {
			t.Fatal(err)
		}
		r.Git("add", "d/link")
		r.commit("d/new", "content\n")
		return r
	}
	plain := fill(newRepo(t))
	out := map[string]*testRepo{"plain": plain, "sha256": fill(newRepo(t, "--object-format=sha256"))}

	for name, args := range map[string][]string{
		"split index": {"update-index", "--split-index"}, "index v4": {"update-index", "--index-version", "4"},
		"sparse index": {"sparse-checkout", "set", "--sparse-index", "d"}, "packed": {"gc", "-q", "--aggressive"},
		"commit graph": {"commit-graph", "write", "--reachable"}, "untracked cache": {"update-index", "--force-untracked-cache"},
	} {
		r := fill(newRepo(t))
		r.Git(args...)
		out[name] = r
	}
	clone := func(name string, args ...string) *testRepo {
		c := plain.at(filepath.Join(t.TempDir(), "clone"))
		plain.Git(append(append([]string{"-c", "protocol.file.allow=always", "clone", "-q"}, args...), "file://"+plain.Dir, c.Dir)...)
		out[name] = c
		return c
	}
	clone("shallow", "--depth=1")
	clone("bare", "--bare")
	shared := plain.at(filepath.Join(t.TempDir(), "shared"))
	plain.Git("clone", "-q", "--shared", plain.Dir, shared.Dir)
	out["alternates"] = shared
	linked := plain.at(filepath.Join(t.TempDir(), "linked"))
	plain.Git("worktree", "add", "-q", "--detach", linked.Dir)
	out["linked worktree"] = linked
	super := newRepo(t)
	super.Git("-c", "protocol.file.allow=always", "submodule", "add", "-q", plain.Dir, "sub")
	out["submodule"] = super.at(filepath.Join(super.Dir, "sub"))
	return out
}

func TestEveryShape(t *testing.T) {
	for name, r := range shapes(t) {
		t.Run(name, func(t *testing.T) {
			ctx := t.Context()
			repo := r.open()
			head, born, err := repo.Head(ctx)
			if err != nil || !born || string(head) != r.Git("rev-parse", "HEAD") {
				t.Fatalf("HEAD %s %t %v", head, born, err)
			}
			commit, id, err := repo.Commit(ctx, "HEAD")
			if err != nil || id != head {
				t.Fatal(id, err)
			}
			trees := []Tree{commit}
			if bare, err := repo.Bare(ctx); err != nil {
				t.Fatal(err)
			} else if !bare {
				trees = append(trees, repo.Index(""))
			}
			want := strings.Split(strings.TrimSuffix(r.Git("ls-tree", "-r", "-z", "--name-only", "HEAD"), "\x00"), "\x00")
			for _, tree := range trees {
				entries, err := tree.Entries(ctx)
				if err != nil {
					t.Fatalf("%s: %v", tree.Name(), err)
				}
				var got []string
				for _, e := range entries {
					got = append(got, e.Path)
					found, ok, err := tree.Lookup(ctx, e.Path)
					if err != nil || !ok || found.ID != e.ID {
						t.Errorf("%s: lookup of %q: %v %t %v", tree.Name(), e.Path, found, ok, err)
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s: entries %q, want %q", tree.Name(), got, want)
				}
				for name, text := range map[string]string{".sops.yaml": "top", "d/.sops.yaml": "nested"} {
					if src, err := fs.ReadFile(tree.FS(ctx), name); err != nil || string(src) != text {
						t.Errorf("%s: %s is %q, %v", tree.Name(), name, src, err)
					}
				}
				for _, name := range []string{"e/.sops.yaml", "d/new/.sops.yaml", "HEAD/.sops.yaml", ".sops.yml"} {
					if _, err := fs.Stat(tree.FS(ctx), name); !errors.Is(err, fs.ErrNotExist) {
						t.Errorf("%s: %s: %v", tree.Name(), name, err)
					}
				}
				for _, dir := range []string{"", "d", "nothing", "d/new"} {
					var inDir []string
					for _, name := range want {
						if up, base := path.Split(name); strings.TrimSuffix(up, "/") == dir {
							inDir = append(inDir, base)
						}
					}
					names, err := tree.Names(ctx, dir)
					slices.Sort(names)
					slices.Sort(inDir)
					if names = slices.DeleteFunc(names, func(n string) bool { return n == ".git" }); err != nil || !slices.Equal(names, inDir) {
						t.Errorf("%s: names in %q: %q, %v, want %q", tree.Name(), dir, names, err, inDir)
					}
				}
				e, _, _ := tree.Lookup(ctx, "d/new")
				if data, err := tree.Blob(ctx, e, limit); err != nil || string(data) != "content\n" {
					t.Errorf("%s: blob %q, %v", tree.Name(), data, err)
				}
				var large *TooLargeError
				if _, err := tree.Blob(ctx, e, 3); !errors.As(err, &large) || large.Size != 8 {
					t.Errorf("%s: blob above the limit: %v", tree.Name(), err)
				}
				if _, ok, err := tree.Lookup(ctx, "nothing"); ok || err != nil {
					t.Errorf("%s: found nothing: %t %v", tree.Name(), ok, err)
				}
			}
			err = repo.CommitChanges(ctx, []ID{head}, func(id ID, changes []Change) error {
				if name == "shallow" {
					return nil // its first commit has everything
				}
				if len(changes) != 2 || changes[0].Path != "d/link" || changes[0].New.Mode != ModeSymlink || changes[1].Path != "d/new" {
					t.Errorf("changes of %s: %+v", id, changes)
				}
				return nil
			})
			if err != nil {
				t.Error(err)
			}
			files := 0
			err = repo.History(ctx, limit, func(b HistoryBlob) error {
				files++
				return nil
			})
			if err != nil || files != 5 { // top, nested, x, link, content
				t.Errorf("history has %d contents, %v", files, err)
			}
		})
	}
}

// What is not there is an error, never an empty answer, and nothing is fetched.
func TestWhatIsMissing(t *testing.T) {
	ctx := t.Context()
	origin := newRepo(t)
	origin.Git("config", "uploadpack.allowFilter", "true")
	origin.commit("a", "one\n")
	origin.commit("a", "two\n")
	partial := origin.at(filepath.Join(t.TempDir(), "partial"))
	origin.Git("-c", "protocol.file.allow=always", "clone", "-q", "--filter=blob:none", "--no-checkout", "file://"+origin.Dir, partial.Dir)
	repo := partial.open()
	tree, _, err := repo.Commit(ctx, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	e, ok, err := tree.Lookup(ctx, "a")
	if err != nil || !ok {
		t.Fatal(ok, err)
	}
	if data, err := tree.Blob(ctx, e, limit); err == nil {
		t.Errorf("a blob that is not here: %q", data)
	}
	if err := repo.History(ctx, limit, func(HistoryBlob) error { return nil }); err == nil {
		t.Error("a history that is not here")
	}

	damaged := newRepo(t)
	damaged.commit("a", "one\n")
	id := damaged.Git("rev-parse", "HEAD:a")
	object := filepath.Join(damaged.Dir, ".git/objects", id[:2], id[2:])
	os.Chmod(object, 0o644)
	if err := os.WriteFile(object, []byte("nonsense"), 0o644); err != nil {
		t.Fatal(err)
	}
	repo = damaged.open()
	tree, _, err = repo.Commit(ctx, "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	e, _, _ = tree.Lookup(ctx, "a")
	if _, err := tree.Blob(ctx, e, limit); err == nil {
		t.Error("a damaged blob was read")
	}
	if _, err := tree.Blob(ctx, e, limit); err == nil {
		t.Error("a damaged blob was read the second time")
	}

	os.WriteFile(filepath.Join(damaged.Dir, ".git/index"), []byte("DIRC nonsense"), 0o644)
	if _, err := damaged.open().StagedChanges(ctx, ""); err == nil {
		t.Error("a damaged index has no changes")
	}
	if err := newRepo(t).at(t.TempDir()).open().Locate(ctx); !errors.Is(err, ErrNoRepository) {
		t.Errorf("no repository: %v", err)
	}
	unborn := newRepo(t)
	if _, born, err := unborn.open().Head(ctx); born || err != nil {
		t.Errorf("unborn: %t %v", born, err)
	}
	unborn.Write("a", "x")
	unborn.Git("add", "a")
	if changes, err := unborn.open().StagedChanges(ctx, ""); err != nil || len(changes) != 1 {
		t.Errorf("unborn: %v %v", changes, err)
	}
}

// A repository's configuration runs nothing.
func TestHostileConfiguration(t *testing.T) {
	r := newRepo(t)
	r.commit("a", "1\n")
	mark := filepath.Join(t.TempDir(), "ran")
	script := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(script, []byte(fmt.Sprintf("#!/bin/sh\ntouch '%s'\n", mark)), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"core.fsmonitor", "core.pager", "diff.external", "diff.x.textconv", "diff.x.command", "filter.x.clean", "filter.x.smudge",
		"core.sshCommand", "core.editor", "credential.helper", "core.alternateRefsCommand", "core.askPass"} {
		r.Git("config", name, script)
	}
	r.Git("config", "color.ui", "always")
	r.Git("config", "diff.relative", "true")
	r.Git("config", "diff.noprefix", "true")
	r.Git("config", "core.quotePath", "true")
	os.WriteFile(filepath.Join(r.Dir, ".gitattributes"), []byte("* diff=x filter=x\n"), 0o644)
	os.WriteFile(filepath.Join(r.Dir, "ü"), []byte("2\n"), 0o644)
	cmd := exec.Command("git", "-c", "core.fsmonitor=false", "-c", "filter.x.clean=cat", "add", ".")
	cmd.Dir, cmd.Env = r.Dir, r.Env
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s", out)
	}
	os.Remove(mark)
	ctx, repo := t.Context(), r.open()
	head, _, err := repo.Head(ctx)
	if err != nil {
		t.Fatal(err)
	}
	changes, err := repo.StagedChanges(ctx, head)
	if err != nil || len(changes) != 2 || changes[1].Path != "ü" {
		t.Errorf("%v %v", changes, err)
	}
	tree, err := repo.Worktree(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if entries, err := tree.Entries(ctx); err != nil || len(entries) != 3 {
		t.Errorf("%v %v", entries, err)
	}
	if err := repo.History(ctx, limit, func(HistoryBlob) error { return nil }); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(mark); err == nil {
		t.Error("the configuration ran a program")
	}
}

// A repository that was closed answers with an error, and at once.
func TestClosedRepository(t *testing.T) {
	r := newRepo(t)
	r.commit("a", "1")
	repo := r.open()
	if err := repo.Close(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, _, err := repo.Head(ctx); err == nil || ctx.Err() != nil {
		t.Errorf("Head: %v", err)
	}
}
