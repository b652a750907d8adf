package remotes

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/test/gittest"
)

// vouchersOf says which commits vouch for a new branch.
func vouchersOf(r *gittest.Repo, url string, updates ...gitrepo.RefUpdate) string {
	r.T.Helper()
	repo, err := gitrepo.Open(gitrepo.Options{Dir: r.Dir, Env: r.Env})
	if err != nil {
		r.T.Fatal(err)
	}
	defer repo.Close()
	v, err := Vouch(r.T.Context(), repo, updates, Remote{Name: "origin", URL: url})
	if err != nil {
		r.T.Fatal(err)
	}
	sent, err := repo.Outgoing(r.T.Context(), updates, v.IDs)
	if err != nil {
		r.T.Fatal(err)
	}
	if v.Remember(updates, sent); v.problem != "" {
		r.T.Fatal(v.problem)
	}
	var names []string
	for _, id := range v.IDs {
		names = append(names, r.Git("show", "-s", "--format=%s", string(id)))
	}
	slices.Sort(names)
	return strings.Join(slices.Compact(names), " ")
}

// What vouches for a new branch: what is known to be at the address that is pushed to, and nothing else.
func TestWhatVouches(t *testing.T) {
	const a, b = "https://u:secret@example.org/a.git", "https://example.org/b.git"
	r := gittest.New(t)
	named := func(name string) gitrepo.ID {
		r.Git("commit", "-q", "--allow-empty", "-m", name)
		return gitrepo.ID(r.Git("rev-parse", "HEAD"))
	}
	one, two, three, four := named("one"), named("two"), named("three"), named("four")
	track := func(branch string, id gitrepo.ID) { r.Git("update-ref", "refs/remotes/origin/"+branch, string(id)) }
	fresh := gitrepo.RefUpdate{Ref: "refs/heads/new", New: four}
	want := func(got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	r.Git("remote", "add", "origin", a)
	track("main", two)
	track("dev", one)
	r.Git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
	want(vouchersOf(r, a, fresh), "one two")
	want(vouchersOf(r, a, fresh, gitrepo.RefUpdate{Ref: "refs/heads/main", New: four}), "one") // Git says that main is not there

	want(vouchersOf(r, b, fresh), "")
	want(vouchersOf(r, b, fresh), "") // still not
	track("dev", three)               // a fetch from b, or a push to it
	want(vouchersOf(r, b, fresh), "three")
	r.Write(".git/FETCH_HEAD", string(two)+"\tnot-for-merge\tbranch 'main' of https://example.org/a\n")
	want(vouchersOf(r, b, fresh), "three")
	r.Write(".git/FETCH_HEAD", string(one)+"\tnot-for-merge\tbranch 'main' of https://example.org/b\n")
	want(vouchersOf(r, b, fresh), "three") // main is not that here
	r.Write(".git/FETCH_HEAD", string(two)+"\tnot-for-merge\tbranch 'main' of https://example.org/b\n")
	want(vouchersOf(r, b, fresh), "three two")

	// What Git told of b, if it is there after the push.
	os.Remove(filepath.Join(r.Dir, ".git", "FETCH_HEAD"))
	r.Git("update-ref", "-d", "refs/remotes/origin/HEAD")
	r.Git("update-ref", "-d", "refs/remotes/origin/main")
	r.Git("update-ref", "-d", "refs/remotes/origin/dev")
	vouchersOf(r, b, gitrepo.RefUpdate{Ref: "refs/heads/x", New: four, Old: three})
	want(vouchersOf(r, b, fresh), "three")
	want(vouchersOf(r, b, gitrepo.RefUpdate{Ref: "refs/heads/x", New: four}), "")
	vouchersOf(r, b, gitrepo.RefUpdate{Ref: "refs/heads/x", New: four, Old: three})
	vouchersOf(r, b, gitrepo.RefUpdate{Ref: "refs/heads/x", New: one, Old: three}) // by force
	want(vouchersOf(r, b, fresh), "")
	want(vouchersOf(r, a, fresh), "one two") // the remote is back

	text, err := os.ReadFile(memoryPath(filepath.Join(r.Dir, ".git")))
	if err != nil || strings.Contains(string(text), "secret") || strings.Contains(string(text), "example") {
		t.Errorf("%v: %s", err, text)
	}

	// Of one that cannot be understood nothing is known, not even that nothing changed.
	track("main", two)
	want(vouchersOf(r, b, fresh), "two") // it has moved since, so it is of b
	r.Write(".git/gitsecrets/remotes.json", "{")
	want(vouchersOf(r, a, fresh), "")
}

func open(r *gittest.Repo) *gitrepo.Repo {
	r.T.Helper()
	repo, err := gitrepo.Open(gitrepo.Options{Dir: r.Dir, Env: r.Env})
	if err != nil {
		r.T.Fatal(err)
	}
	r.T.Cleanup(func() { repo.Close() })
	return repo
}

// A remote that may be asked says itself what it has: that counts, and nothing from before.
func TestAskedRemote(t *testing.T) {
	origin, r := gittest.New(t), gittest.New(t)
	origin.Commit("a", "1\n")
	origin.Git("tag", "-a", "-m", "x", "v1")
	r.Git("remote", "add", "origin", origin.Dir)
	r.Git("fetch", "-q", "origin")
	first := gitrepo.ID(r.Git("rev-parse", "origin/main"))
	second := gitrepo.ID(origin.Commit("a", "2\n"))
	r.Git("fetch", "-q", "origin") // so that it is here, and could be looked up
	origin.Git("update-ref", "refs/heads/main", string(first))
	r.Git("config", "gitsecrets.lsRemote", "true")
	tag := gitrepo.ID(origin.Git("rev-parse", "v1"))
	for _, to := range []Remote{{Name: "origin"}, {Name: "origin", URL: origin.Dir}, {URL: origin.Dir}} {
		v, err := Vouch(t.Context(), open(r), nil, to)
		if err != nil || v.Trunk != first || !slices.Contains(v.IDs, first) || !slices.Contains(v.IDs, tag) || slices.Contains(v.IDs, second) {
			t.Errorf("%+v: got %+v, %v", to, v, err)
		}
	}
	r.Git("config", "remote.origin.pushurl", filepath.Join(r.Dir, "nowhere"))
	if v, err := Vouch(t.Context(), open(r), nil, Remote{Name: "origin"}); err == nil || !strings.Contains(err.Error(), "gitsecrets.lsRemote") {
		t.Errorf("a remote that does not answer: %+v, %v", v, err)
	}
}

// Where it is not known what the other side has, nothing vouches, and a person is told why so much is judged.
func TestWhyMoreIsJudged(t *testing.T) {
	r := gittest.New(t)
	r.Commit("a", "1\n")
	r.Git("remote", "add", "origin", "https://example.org/a.git")
	r.Git("update-ref", "refs/remotes/origin/main", "HEAD")
	r.Git("config", "remote.origin.pushurl", "https://example.org/b.git")
	v, err := Vouch(t.Context(), open(r), nil, Remote{Name: "origin"})
	if err != nil || len(v.IDs) != 0 {
		t.Fatalf("another address to push to: %+v, %v", v, err)
	}
	for _, c := range []struct {
		commits int
		refused bool
		said    bool
	}{{0, false, false}, {1, false, false}, {1, true, true}, {manyCommits, false, true}} {
		if got := v.Warnings(c.commits, c.refused, "origin"); (len(got) == 1 && strings.Contains(got[0], "is pushed to another address")) != c.said {
			t.Errorf("%+v: got %q", c, got)
		}
	}
	if v, err = Vouch(t.Context(), open(r), nil, Remote{}); err != nil || len(v.IDs) != 0 || len(v.Warnings(manyCommits, true, "")) != 0 {
		t.Errorf("no remote at all: %+v, %v", v, err)
	}
	r.Git("config", "--unset", "remote.origin.pushurl")
	v, err = Vouch(t.Context(), open(r), nil, Remote{Name: "origin"})
	if err != nil || len(v.IDs) != 1 {
		t.Fatalf("the same address: %+v, %v", v, err)
	}
	v.Remember(nil, &gitrepo.Sent{})
	r.Git("config", "remote.origin.url", "https://example.org/c.git")
	v, err = Vouch(t.Context(), open(r), nil, Remote{Name: "origin"})
	if err != nil || len(v.IDs) != 0 || !strings.Contains(strings.Join(v.Warnings(1, true, "origin"), ""), "git fetch origin") {
		t.Errorf("a changed address: %+v, %v", v, err)
	}
}

// A memory that cannot be read or kept is said, and a reason to judge more, never less.
func TestMemoryThatCannotBeKept(t *testing.T) {
	r := gittest.New(t)
	r.Commit("a", "1\n")
	r.Git("remote", "add", "origin", "https://example.org/a.git")
	r.Git("update-ref", "refs/remotes/origin/main", "HEAD")
	path := memoryPath(filepath.Join(r.Dir, ".git"))
	if err := os.MkdirAll(path, 0o755); err != nil { // a folder in its place
		t.Fatal(err)
	}
	v, err := Vouch(t.Context(), open(r), nil, Remote{Name: "origin"})
	if err != nil || len(v.IDs) != 0 {
		t.Fatalf("got %+v, %v", v, err)
	}
	if got := strings.Join(v.Warnings(0, false, "origin"), ""); !strings.Contains(got, "cannot be read, so more may be judged") {
		t.Errorf("got %q", got)
	}
	v.Remember(nil, &gitrepo.Sent{})
	if err := os.RemoveAll(filepath.Dir(path)); err != nil {
		t.Fatal(err)
	}
	if v, err = Vouch(t.Context(), open(r), nil, Remote{Name: "origin"}); err != nil || len(v.IDs) != 1 {
		t.Fatalf("got %+v, %v", v, err)
	}
	if err := os.WriteFile(filepath.Dir(path), nil, 0o644); err != nil { // a file where its folder shall be
		t.Fatal(err)
	}
	v.Remember(nil, &gitrepo.Sent{})
	if got := strings.Join(v.Warnings(0, false, "origin"), ""); !strings.Contains(got, "cannot be kept") {
		t.Errorf("got %q", got)
	}
}

// What was taken down when the hooks came tells of a change of the address that nobody else would notice; with the
// hooks it goes.
func TestNoteAndForget(t *testing.T) {
	r := gittest.New(t)
	r.Commit("a", "1\n")
	common := filepath.Join(r.Dir, ".git")
	if err := Note(t.Context(), open(r)); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(memoryPath(common)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("without a remote something is kept: %v", err)
	}
	r.Git("remote", "add", "origin", "https://example.org/a.git")
	r.Git("update-ref", "refs/remotes/origin/main", "HEAD")
	for range 2 { // the second time changes nothing
		if err := Note(t.Context(), open(r)); err != nil {
			t.Fatal(err)
		}
	}
	r.Git("config", "remote.origin.url", "https://example.org/b.git")
	if v, err := Vouch(t.Context(), open(r), nil, Remote{Name: "origin"}); err != nil || len(v.IDs) != 0 {
		t.Errorf("another address vouches: %+v, %v", v, err)
	}
	for range 2 { // what is gone is forgotten, too
		if err := Forget(common); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := os.Stat(filepath.Dir(memoryPath(common))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is still there: %v", err)
	}
}
