package githooks

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/gittest"
)

// judgeProgram stands in for gitsecrets: it refuses what holds an age identity, in its words.
func judgeProgram(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gitsecrets")
	const text = `#!/bin/sh
test "$1" = hook || exit 9
look() {
  if git grep -q "$1" -e AGE-SECRET-KEY-1 $2; then
    echo "this commit is refused: gitsecrets-canary.txt" >&2
    exit 10
  fi
}
case $2 in
pre-push) while read -r _ id _ _; do look --text "$id"; done ;;
pre-receive) while read -r _ id _; do look --text "$id"; done ;;
update) look --text "$5" ;;
*) look --cached ;;
esac
`
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// wordsOf is what a status says of each hook.
func wordsOf(s *SiteStatus) map[string]string {
	words := map[string]string{}
	for _, h := range s.Hooks {
		words[h.Name] = h.Problem
	}
	return words
}

// A hook that is there need not work: status proves it, and leaves nothing behind.
func TestStatusProves(t *testing.T) {
	for _, c := range []struct {
		name string
		make func(r *gittest.Repo, dir string)
		want string // of pre-commit; empty: active
	}{
		{"installed", func(*gittest.Repo, string) {}, ""},
		{"with a commit, and more staged", func(r *gittest.Repo, _ string) {
			r.Commit("a", "1\n")
			r.Add("a", "2\n")
		}, ""},
		{"removed", func(_ *gittest.Repo, dir string) { os.Remove(filepath.Join(dir, "pre-commit")) }, ProblemMissing},
		{"not executable", func(_ *gittest.Repo, dir string) { os.Chmod(filepath.Join(dir, "pre-commit"), 0o644) }, "is not executable"},
		{"changed", func(_ *gittest.Repo, dir string) { add(t, filepath.Join(dir, "pre-commit"), "true\n") }, "was changed since"},
		{"another's, which lets all through", func(_ *gittest.Repo, dir string) {
			write(t, filepath.Join(dir, "pre-commit"), "#!/bin/sh\nexit 0\n")
		}, "lets a made-up credential through"},
		{"another's, which fails always", func(_ *gittest.Repo, dir string) {
			write(t, filepath.Join(dir, "pre-commit"), "#!/bin/sh\necho out of order >&2\nexit 1\n")
		}, "fails, but not for the made-up credential: out of order"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := gittest.New(t)
			site := siteOf(r, judgeProgram(t))
			if _, _, err := Install(t.Context(), site); err != nil {
				t.Fatal(err)
			}
			c.make(r, filepath.Join(r.Dir, ".git/hooks"))
			before := state(t, r.Dir)
			s, err := Status(t.Context(), site)
			if err != nil {
				t.Fatal(err)
			}
			if after := state(t, r.Dir); after != before {
				t.Errorf("got\n%s\nwant\n%s", after, before)
			}
			words := wordsOf(s)
			if got := words["pre-commit"]; (got == "") != (c.want == "") || !strings.Contains(got, c.want) {
				t.Errorf("pre-commit: got %q, want %q", got, c.want)
			}
			if words["pre-push"] != "" || words["pre-merge-commit"] != "" {
				t.Errorf("got %q", words)
			}
			if s.Active != (c.want == "") {
				t.Errorf("active %t, but %q", s.Active, c.want)
			}
		})
	}
}

// A program that is gone is told from one that does not judge.
func TestStatusOfAProgramThatIsGone(t *testing.T) {
	r := gittest.New(t)
	program := judgeProgram(t)
	site := siteOf(r, program)
	if _, _, err := Install(t.Context(), site); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(program); err != nil {
		t.Fatal(err)
	}
	site.Env = append(slices.Clone(site.Env), "PATH=/usr/bin:/bin")
	s, err := Status(t.Context(), site)
	if err != nil {
		t.Fatal(err)
	}
	if got := wordsOf(s)["pre-commit"]; s.Active || s.Canary.Refused || !strings.Contains(got, "finds no program: "+program+" is gone") {
		t.Errorf("got %+v", s)
	}
}

// A hook of another program is run in a working tree of its own: ours is not its victim. It finds the settings of
// managers there, as they stand.
func TestStatusOfAnothersHook(t *testing.T) {
	r := gittest.New(t)
	r.Commit("file", "mine\n")
	r.Write("lefthook.yml", "pre-commit:\n", "node_modules/x/y", "1\n")
	site := siteOf(r, judgeProgram(t))
	if _, _, err := Install(t.Context(), site); err != nil {
		t.Fatal(err)
	}
	where := filepath.Join(t.TempDir(), "where")
	write(t, filepath.Join(r.Dir, ".git/hooks/pre-commit"), fmt.Sprintf(`#!/bin/sh
pwd >'%s'
test -f file && test -f lefthook.yml && test -f node_modules/x/y || exit 3
rm -f file
exec '%s' hook pre-commit
`, where, site.Program))
	s, err := Status(t.Context(), site)
	if err != nil || wordsOf(s)["pre-commit"] != "" || s.Hooks[0].Ours {
		t.Errorf("got %+v, %v", s, err)
	}
	if dir, err := os.ReadFile(where); err != nil || strings.HasPrefix(string(dir), r.Dir) {
		t.Errorf("the hook was run in %q, %v", dir, err)
	}
	if got, err := os.ReadFile(filepath.Join(r.Dir, "file")); err != nil || string(got) != "mine\n" {
		t.Errorf("the hook changed the working tree: %q, %v", got, err)
	}
}

// A server's hooks are proven as a push would run them, in either form; a HEAD that names no branch is said.
func TestStatusOfAServer(t *testing.T) {
	for _, perRef := range []bool{false, true} {
		server := gittest.New(t, "--bare")
		site := siteOf(server, judgeProgram(t))
		site.Server, site.PerRef = true, perRef
		done, _, err := Install(t.Context(), site)
		if err != nil {
			t.Fatal(err)
		}
		site.PerRef = false // whoever asks need not know
		s, err := Status(t.Context(), site)
		if err != nil || !s.Active || s.Hooks[0].Name != done[0].Name {
			t.Errorf("per ref %t: got %+v, %v", perRef, s, err)
		}
		if len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], "which nobody has pushed yet") {
			t.Errorf("empty: got %q", s.Warnings)
		}
		r := gittest.New(t)
		r.Commit("a", "1\n")
		r.Git("push", "-q", "--no-verify", server.Dir, "main:refs/heads/other")
		if s, err = Status(t.Context(), site); err != nil || len(s.Warnings) != 1 || !strings.HasSuffix(s.Warnings[0], "git symbolic-ref HEAD refs/heads/other") {
			t.Errorf("another branch: got %+v, %v", s, err)
		}
		r.Git("push", "-q", "--no-verify", server.Dir, "main")
		if s, err = Status(t.Context(), site); err != nil || !s.Active || len(s.Warnings) != 0 {
			t.Errorf("got %+v, %v", s, err)
		}
	}
}

// Hooks belong where they are run: a server's in a bare repository, the others in none.
func TestStatusOfTheWrongPlace(t *testing.T) {
	r, server := gittest.New(t), gittest.New(t, "--bare")
	var refused *RefusedError
	if _, err := Status(t.Context(), siteOf(server, "/x/gitsecrets")); !errors.As(err, &refused) || !strings.Contains(refused.Instead, "--server") {
		t.Errorf("a bare repository: %v", err)
	}
	site := siteOf(r, "/x/gitsecrets")
	site.Server = true
	if _, err := Status(t.Context(), site); !errors.As(err, &refused) || !strings.Contains(err.Error(), "is not a bare repository") {
		t.Errorf("a server with a working tree: %v", err)
	}
	if _, err := Status(t.Context(), siteOf(r.At(t.TempDir()), "/x/gitsecrets")); err == nil || err.Error() != "not in a Git repository" {
		t.Errorf("no repository: %v", err)
	}
}

// What a path may hold does not end it for Git's list of object folders.
func TestAlternates(t *testing.T) {
	r := gittest.New(t)
	lent := filepath.Join(filepath.Dir(r.Dir), `a:b "c"`)
	if err := os.Rename(r.Dir, lent); err != nil {
		t.Fatal(err)
	}
	r = r.At(lent)
	id := r.Commit("a", "1\n")
	other := gittest.New(t)
	other.Env = append(slices.Clone(other.Env), "GIT_ALTERNATE_OBJECT_DIRECTORIES="+alternate(filepath.Join(lent, ".git/objects")))
	if got := other.Git("cat-file", "-t", id); got != "commit" {
		t.Errorf("got %q", got)
	}
	site := siteOf(r, judgeProgram(t))
	if _, _, err := Install(t.Context(), site); err != nil {
		t.Fatal(err)
	}
	if s, err := Status(t.Context(), site); err != nil || !s.Active {
		t.Errorf("got %+v, %v", s, err)
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o755); err != nil {
		t.Fatal(err)
	}
}

func add(t *testing.T, path, text string) {
	t.Helper()
	old, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	write(t, path, string(old)+text)
}
