package remotes

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/test/gittest"
)

func TestAddresses(t *testing.T) {
	for _, same := range [][]string{
		{"https://example.org/o/r.git", "https://example.org/o/r", "https://user:pw@Example.ORG/o/r.git/", "https://example.org:443/o/r?x=y",
			"git@example.org:o/r.git", "ssh://git@example.org/o/r.git", "ssh://example.org:22/o/r", "git://example.org/o/r.git"},
		{"https://example.org:8443/o/r.git"},
		{"https://example.org/o/R"},
		{"https://example.com/o/r"},
		{"ssh://example.org:2222/o/r.git"},
		{"/srv/git/r.git", "/srv/git/r.git/", "file:///srv/git/r.git"},
		{"/srv/git/r"},
		{"../r.git"},
		{"C:/git/r", "C:/git/r/"},
		{"codecommit://profile@r"},
		{"ext::ssh -i key host %S o/r"},
		{""},
	} {
		for _, url := range same {
			if addressOf(url) != addressOf(same[0]) {
				t.Errorf("%q is %q, %q is %q", url, addressOf(url), same[0], addressOf(same[0]))
			}
			if strings.Contains(addressOf(url), "pw") {
				t.Errorf("%q has the password in %q", url, addressOf(url))
			}
		}
	}
	all := map[string]string{}
	for _, url := range []string{"https://example.org/o/r", "https://example.org:8443/o/r.git", "https://example.org/o/R", "https://example.com/o/r",
		"/srv/git/r.git", "/srv/git/r", "../r.git", "codecommit://profile@r", ""} {
		if other, ok := all[hashOf(url)]; ok {
			t.Errorf("%q and %q have one hash", url, other)
		}
		all[hashOf(url)] = url
	}
	if !sameAddress("/srv/git/r.git", "/srv/git/r") || !sameAddress("https://u:p@example.org/r.git", "https://example.org/r") || sameAddress("", "") {
		t.Error("what git writes of an address")
	}
}

// What is remembered of remotes has bounds, whatever they say.
func TestMemoryIsBounded(t *testing.T) {
	dir := t.TempDir()
	id := gitrepo.ID(strings.Repeat("ab", 20))
	m, err := readMemory(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 * maxAddresses {
		said := m.of(hashOf(fmt.Sprint(i)))
		for j := range 3 * maxToldRefs {
			said.set(fmt.Sprint("refs/heads/", j), id)
		}
	}
	for i := range 3 * maxRemotes {
		m.Remotes[fmt.Sprint(i)] = tracked{Address: hashOf(fmt.Sprint(i))}
	}
	if err := m.write(); err != nil {
		t.Fatal(err)
	}
	m, err = readMemory(dir)
	if err != nil || len(m.Told) != maxAddresses || len(m.Remotes) != maxRemotes || len(m.Told[0].Refs) != maxToldRefs {
		t.Errorf("%d addresses, %d remotes, %v", len(m.Told), len(m.Remotes), err)
	}
	if m.Told[0].Address != hashOf(fmt.Sprint(3*maxAddresses-1)) || m.Told[0].Refs[0].Ref != fmt.Sprint("refs/heads/", 3*maxToldRefs-1) {
		t.Error("what was told last does not come first")
	}
	var many []gitrepo.Ref
	for i := range maxStale + 1 {
		many = append(many, gitrepo.Ref{Name: fmt.Sprint("refs/remotes/origin/", i), ID: id})
	}
	if fresh := (tracked{Stale: staleMarks(many)}).fresh(many); len(fresh) != 0 {
		t.Errorf("%d of too many stale branches count", len(fresh))
	}
	if info, err := os.Stat(memoryPath(dir)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
}

// A memory that nobody wrote like this says nothing, and is not taken for one that
// is not there: tracking branches would count then, whatever address they are from.
func TestBrokenMemory(t *testing.T) {
	for _, text := range []string{"", "{", "[]", `{"told":[null]}`, `{"told":[{"refs":[{"ref":"x","id":"HEAD"}]}]}`, `{"told":[{"refs":[{"ref":"x","id":""}]}]}`, `{"remotes":{"origin":1}}`} {
		dir := t.TempDir()
		if err := os.MkdirAll(filepath.Dir(memoryPath(dir)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(memoryPath(dir), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		m, err := readMemory(dir)
		if err != nil || len(m.Told) != 0 || len(m.Remotes) != 0 || !m.unread {
			t.Errorf("%q: %+v, %v", text, m, err)
		}
	}
}

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

// What vouches for a new branch: what is known to be at the address that is pushed
// to, and nothing else.
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
