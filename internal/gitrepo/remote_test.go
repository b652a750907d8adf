package gitrepo

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What is known of a remote after a clone: its branches, its trunk, its addresses.
func TestRemoteOfAClone(t *testing.T) {
	ctx := t.Context()
	origin, r := newRepo(t), newRepo(t)
	first := origin.commit("a", "1\n")
	origin.Git("branch", "side")
	second := origin.commit("a", "2\n")
	clone := r.at(filepath.Join(t.TempDir(), "clone"))
	r.Git("clone", "-q", "file://"+origin.Dir, clone.Dir)
	repo := clone.open()
	refs, trunk, err := repo.Tracking(ctx, "origin")
	want := []Ref{{"refs/remotes/origin/main", second}, {"refs/remotes/origin/side", first}}
	if err != nil || !slices.Equal(refs, want) || trunk != second {
		t.Errorf("got %v, %v, %v; want %v", refs, trunk, err, want)
	}
	for _, none := range []string{"", "other", "*", "file://" + origin.Dir, "a b"} {
		if refs, _, err := repo.Tracking(ctx, none); len(refs) != 0 || err != nil {
			t.Errorf("%q has %v, %v", none, refs, err)
		}
	}
	gitDir, commonDir, err := repo.Dirs(ctx)
	if err != nil || gitDir != commonDir || gitDir != filepath.Join(clone.Dir, ".git") {
		t.Errorf("got %q, %q, %v", gitDir, commonDir, err)
	}
	if url, err := ClonedFrom(gitDir); err != nil || url != "file://"+origin.Dir {
		t.Errorf("cloned from %q, %v", url, err)
	}
	if names, err := repo.Remotes(ctx); err != nil || !slices.Equal(names, []string{"origin"}) {
		t.Errorf("got %q, %v", names, err)
	}
	refs, err = repo.LsRemote(ctx, "origin")
	want = []Ref{{"HEAD", second}, {"refs/heads/main", second}, {"refs/heads/side", first}}
	if err != nil || !slices.Equal(refs, want) {
		t.Errorf("asked: got %v, %v; want %v", refs, err, want)
	}
	if refs, err := repo.LsRemote(ctx, filepath.Join(clone.Dir, "nowhere")); err == nil {
		t.Errorf("what is not there says %v", refs)
	}

	third := origin.commit("a", "3\n")
	clone.Git("fetch", "-q")
	fetched, err := LastFetched(gitDir)
	if err != nil || len(fetched) != 2 || fetched[0] != (Fetched{"main", "file://" + origin.Dir, third}) || fetched[1].Branch != "side" {
		t.Errorf("fetched %+v, %v", fetched, err)
	}
	origin.Git("tag", "v1")
	clone.Git("fetch", "-q", "origin", "tag", "v1")
	if fetched, err := LastFetched(gitDir); err != nil || len(fetched) == 0 || slices.ContainsFunc(fetched, func(f Fetched) bool { return f.Branch == "v1" }) {
		t.Errorf("a tag counts as a branch: %+v, %v", fetched, err)
	}
	for _, dir := range []string{origin.Dir, t.TempDir()} {
		if url, err := ClonedFrom(filepath.Join(dir, ".git")); url != "" || err != nil {
			t.Errorf("%s was cloned from %q, %v", dir, url, err)
		}
		if list, err := LastFetched(filepath.Join(dir, ".git")); len(list) != 0 || err != nil {
			t.Errorf("%s fetched %v, %v", dir, list, err)
		}
	}
}

// A line of FETCH_HEAD that is damaged, or not written to its end, witnesses nothing.
func TestDamagedFetchHead(t *testing.T) {
	dir := t.TempDir()
	whole := strings.Repeat("ab", 20) + "\t\tbranch 'main' of https://example.org/r\n"
	text := "nonsense\n" + whole[:20] + "\n" + "HEAD\t\tbranch 'x' of y\n" + whole + strings.TrimSuffix(whole, "\n")
	if err := os.WriteFile(filepath.Join(dir, "FETCH_HEAD"), []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := LastFetched(dir)
	if want := (Fetched{"main", "https://example.org/r", ID(strings.Repeat("ab", 20))}); err != nil || len(got) != 1 || got[0] != want {
		t.Errorf("got %+v, %v", got, err)
	}
	if err := os.Mkdir(filepath.Join(dir, "logs"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "logs", "HEAD"), 0o755); err != nil {
		t.Fatal(err)
	}
	if url, err := ClonedFrom(dir); err == nil {
		t.Errorf("a folder says %q", url)
	}
}

// The configuration says whether a remote may be asked, and whether pushes go elsewhere.
func TestConfigurationOfARemote(t *testing.T) {
	for _, c := range []struct {
		config [][]string
		want   RemoteConfig
	}{
		{nil, RemoteConfig{}},
		{[][]string{{"gitsecrets.lsRemote", "true"}}, RemoteConfig{Ask: true}},
		{[][]string{{"gitsecrets.lsRemote", "Yes"}}, RemoteConfig{Ask: true}},
		{[][]string{{"gitsecrets.lsRemote", "false"}}, RemoteConfig{}},
		{[][]string{{"gitsecrets.lsRemote", "true"}, {"--add", "gitsecrets.lsRemote", "0"}}, RemoteConfig{}},
		{[][]string{{"remote.a.b.pushurl", "https://example.org/x"}}, RemoteConfig{Apart: true}},
		{[][]string{{"remote.aXb.pushurl", "https://example.org/x"}}, RemoteConfig{}},
		{[][]string{{"url.https://example.org/.pushInsteadOf", "x:"}}, RemoteConfig{Apart: true}},
		{[][]string{{"url.https://example.org/.insteadOf", "x:"}}, RemoteConfig{}},
	} {
		r := newRepo(t)
		for _, args := range c.config {
			r.Git(append([]string{"config"}, args...)...)
		}
		if got, err := r.open().RemoteConfig(t.Context(), "a.b"); err != nil || got != c.want {
			t.Errorf("%q: got %+v, %v; want %+v", c.config, got, err, c.want)
		}
	}
	r := newRepo(t)
	r.Write(".git/config", "[gitsecrets]\n\tlsRemote\n[core]\n\trepositoryformatversion = 0\n")
	if got, err := r.open().RemoteConfig(t.Context(), "origin"); err != nil || !got.Ask {
		t.Errorf("a name alone: got %+v, %v", got, err)
	}
	r.Write(".git/config", "[broken\n")
	if got, err := r.open().RemoteConfig(t.Context(), "origin"); err == nil {
		t.Errorf("a broken configuration: got %+v", got)
	}
}

func TestAddressesOfARemote(t *testing.T) {
	ctx := t.Context()
	r := newRepo(t)
	r.Git("remote", "add", "origin", "x:o/r")
	r.Git("config", "url.https://example.org/.insteadOf", "x:")
	r.Git("remote", "set-url", "--push", "origin", "https://example.com/push")
	repo := r.open()
	for _, c := range []struct {
		name string
		ask  func() (string, error)
		want string
	}{
		{"fetch", func() (string, error) { return repo.FetchURL(ctx, "origin") }, "https://example.org/o/r"},
		{"push", func() (string, error) { return repo.PushURL(ctx, "origin") }, "https://example.com/push"},
		{"configured", func() (string, error) { return repo.ConfiguredURL(ctx, "origin") }, "x:o/r"},
		{"none", func() (string, error) { return repo.ConfiguredURL(ctx, "other") }, ""},
	} {
		if got, err := c.ask(); err != nil || got != c.want {
			t.Errorf("%s: got %q, %v; want %q", c.name, got, err, c.want)
		}
	}
	if got, err := repo.FetchURL(ctx, "other"); err == nil {
		t.Errorf("a remote that is not there is at %q", got)
	}
}

// A remote that answers with nonsense is an error, not a remote without refs.
func TestNonsenseOfARemote(t *testing.T) {
	r := newRepo(t)
	for _, said := range []string{"nonsense", "HEAD\\trefs/heads/main", strings.Repeat("0", 40) + "\\trefs/heads/main"} {
		repo := fakeGit(t, r, fmt.Sprintf("printf '%s\\n'", said))
		if refs, err := repo.LsRemote(t.Context(), "origin"); err == nil {
			t.Errorf("%q gives %v", said, refs)
		}
		if refs, _, err := repo.Tracking(t.Context(), "origin"); err == nil {
			t.Errorf("%q tracks %v", said, refs)
		}
	}
}
