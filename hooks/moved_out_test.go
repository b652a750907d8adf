package hooks

import (
	"fmt"
	"strings"
	"testing"
)

// Among very many files that go away, those are looked at that may have been sealed: by their names, or because a rule
// governed them.
func TestMovedOutAmongManyFiles(t *testing.T) {
	good := seal(t, onePolicy, "secrets/prod", appYAML)
	for _, c := range []struct{ name, path, want string }{
		{"governed", "secrets/prod", "moved-out"},
		{"by its name", "old/prod.enc", "moved-out"},
		{"neither", "old/prod", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			files := []string{".sops.yaml", onePolicy, c.path, good}
			for i := range maxGone + 1 {
				files = append(files, fmt.Sprintf("gone/%d", i), fmt.Sprint(i))
			}
			r.Write(files...)
			r.Git("add", "-A")
			r.Git("commit", "-q", "-m", "x")
			r.Git("rm", "-q", "-r", "gone", c.path)
			r.Add("prod.txt", appYAML)
			if got := withoutLeaks(r.codes()); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A merge that leaves out a sealed file, as one of its sides does, may hold its plaintext where that side had it
// already: it was judged there. What the merge itself brings is refused.
func TestMergeThatLeavesOutASealedFile(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", appYAML)
	for _, c := range []struct {
		name, side, merge string // what dump.txt holds on the side that removes the file, and in the merge
		want              string
	}{
		{"the side had it", appYAML, "# more\n" + appYAML, ""},
		{"the merge brings it", "nothing\n", appYAML, "moved-out"},
		{"nobody has it", "nothing\n", "nothing at all\n", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", good, "dump.txt", "\n", "other", "1\n")
			r.Git("checkout", "-q", "-b", "side")
			r.Git("rm", "-q", "secrets/a.yaml")
			r.Commit("dump.txt", c.side)
			r.Git("checkout", "-q", "main")
			r.Commit("other", "2\n")
			r.Git("merge", "-q", "--no-commit", "--no-ff", "side")
			r.Add("dump.txt", c.merge)
			if got := withoutLeaks(r.codes()); got != c.want {
				t.Errorf("staged: got %q, want %q", got, c.want)
			}
			r.Git("commit", "-q", "--no-verify", "-m", "merge")
			report, err := r.open().JudgeCommit(t.Context(), "HEAD", Options{})
			if got := withoutLeaks(codesOf(t, report, err)); got != c.want {
				t.Errorf("committed: got %q, want %q", got, c.want)
			}
		})
	}
}

// A file that is too large to be looked at, and goes away, hides none of the others that do.
func TestMovedOutBesideALargeFile(t *testing.T) {
	r := newRepo(t)
	r.Commit(".sops.yaml", onePolicy, "a.txt", strings.Repeat("x", 9000), "secrets/a.yaml", seal(t, onePolicy, "secrets/a.yaml", plainYAML))
	r.Git("rm", "-q", "a.txt", "secrets/a.yaml")
	r.Add("plain/a.yaml", plainYAML)
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{Options: Options{MaxSize: 8000}})
	if got := codesOf(t, report, err); got != "moved-out" {
		t.Errorf("got %q", got)
	}
}
