package gitrepo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// versions asks for what Git has of a file, from a folder, and returns it as sorted text.
func versions(t *testing.T, env []string, file string) string {
	t.Helper()
	got, err := Versions(t.Context(), Options{Env: env}, file, 1<<20)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	var texts []string
	for _, v := range got {
		texts = append(texts, string(v))
	}
	slices.Sort(texts)
	return strings.Join(texts, ",")
}

func TestVersionsOfAFile(t *testing.T) {
	r := newRepo(t)
	r.commit("a", "one", "d/b c", "two", "same", "both")
	file := func(name string) string { return filepath.Join(r.Dir, name) }
	r.Write("a", "staged", "new", "not tracked")
	r.Git("add", "a")
	r.Write("a", "on disk")
	t.Chdir(t.TempDir()) // where the person stands does not matter
	for name, want := range map[string]string{"a": "one,staged", "d/b c": "two", "same": "both", "new": "", "d/../a": "one,staged"} {
		if got := versions(t, r.Env, file(name)); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	// A link stands for the file that is written.
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(file("a"), link); err != nil {
		t.Fatal(err)
	}
	if got := versions(t, r.Env, link); got != "one,staged" {
		t.Errorf("a link from outside: %q", got)
	}
	if _, err := Versions(t.Context(), Options{Env: r.Env}, file("a"), 2); err == nil {
		t.Error("a version that is too large is no error")
	}

	// A merge that is under way: base, ours and theirs.
	r.Git("reset", "-q", "--hard")
	r.Git("checkout", "-q", "-b", "other")
	r.commit("a", "theirs")
	r.Git("checkout", "-q", "main")
	r.commit("a", "ours")
	r.Git("read-tree", "-m", "main~1", "main", "other")
	if got := versions(t, r.Env, file("a")); got != "one,ours,theirs" {
		t.Errorf("during a merge: %q", got)
	}
}

// A file has readers in its own repository only: the same path in another one is another file.
func TestVersionsAreThoseOfTheFilesOwnRepository(t *testing.T) {
	r := newRepo(t)
	r.commit("s.yaml", "outer", "sub/s.yaml", "outer sub")
	file := func(name string) string { return filepath.Join(r.Dir, name) }

	inner := r.at(file("nested"))
	if err := os.Mkdir(inner.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	inner.Git("init", "-q", "-b", "main")
	inner.commit("s.yaml", "inner")
	r.Git("worktree", "add", "-q", "-b", "wt", file("../wt"))
	linked := r.at(filepath.Join(filepath.Dir(r.Dir), "wt"))
	linked.commit("s.yaml", "linked")
	outside := filepath.Join(t.TempDir(), "s.yaml")
	if err := os.WriteFile(outside, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(file("sub/.git"), 0o755); err != nil { // is not a repository, and Git passes over it
		t.Fatal(err)
	}
	all := map[string]string{
		file("s.yaml"): "outer", file("sub/s.yaml"): "outer sub", inner.Dir + "/s.yaml": "inner",
		linked.Dir + "/s.yaml": "linked", outside: "",
	}
	hooks := map[string][]string{ // as Git calls a hook, and where
		"no hook":                 {r.Dir},
		"hook":                    {r.Dir, "GIT_INDEX_FILE=.git/index"},
		"hook of a linked tree":   {linked.Dir, "GIT_DIR=" + file(".git/worktrees/wt"), "GIT_INDEX_FILE=" + file(".git/worktrees/wt/index")},
		"hook of another":         {inner.Dir, "GIT_DIR=.git", "GIT_INDEX_FILE=.git/index"},
		"hook, below the top":     {file("sub"), "GIT_DIR=" + file(".git"), "GIT_PREFIX=sub/"},
		"a variable that is lost": {t.TempDir(), "GIT_DIR=/nowhere"},
	}
	for name, hook := range hooks {
		t.Chdir(hook[0])
		env := append(slices.Clone(r.Env), hook[1:]...)
		for path, want := range all {
			if got := versions(t, env, path); got != want {
				t.Errorf("%s: %s: got %q, want %q", name, path, got, want)
			}
		}
	}

	// A commit of some files has an index of its own.
	t.Chdir(r.Dir)
	r.Write("s.yaml", "in the other index")
	other := r.at(r.Dir)
	other.Env = append(slices.Clone(r.Env), "GIT_INDEX_FILE="+file(".git/next"))
	other.Git("read-tree", "HEAD")
	other.Git("add", "s.yaml")
	if got := versions(t, other.Env, "s.yaml"); got != "in the other index,outer" {
		t.Errorf("another index: %q", got)
	}
	// A work tree that only variables speak of.
	home := filepath.Dir(outside)
	t.Chdir(home)
	env := append(slices.Clone(r.Env), "GIT_DIR="+file(".git"), "GIT_WORK_TREE="+home)
	if got := versions(t, env, "s.yaml"); got != "outer" {
		t.Errorf("a work tree by variables: %q", got)
	}
}

// Outside of any repository no program is started, and a git that fails is an error, never "it has no versions".
func TestVersionsWithoutGit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "s.yaml")
	if err := os.WriteFile(file, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	broken := Options{Git: filepath.Join(t.TempDir(), "no-git"), Env: []string{"PATH=/nowhere"}}
	if got, err := Versions(t.Context(), broken, file, 1<<20); got != nil || err != nil {
		t.Errorf("outside: %q, %v", got, err)
	}
	r := newRepo(t)
	r.commit("s.yaml", "x")
	if _, err := Versions(t.Context(), broken, filepath.Join(r.Dir, "s.yaml"), 1<<20); err == nil {
		t.Error("no git: no error")
	}
	unborn := newRepo(t)
	unborn.Write("s.yaml", "x")
	if got := versions(t, unborn.Env, filepath.Join(unborn.Dir, "s.yaml")); got != "" {
		t.Errorf("before the first commit: %q", got)
	}
	if err := os.WriteFile(filepath.Join(unborn.Dir, "gone"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(unborn.Dir, ".git"), filepath.Join(unborn.Dir, "moved")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(unborn.Dir, ".git"), []byte("gitdir: nowhere\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Versions(t.Context(), Options{Env: unborn.Env}, filepath.Join(unborn.Dir, "s.yaml"), 1<<20); err == nil {
		t.Error("a .git that leads nowhere: no error")
	}
}
