package hooks

import (
	"fmt"
	"strings"
	"testing"
)

// join commits the index as a merge of commits, as commit-tree would.
func (r *testRepo) join(parents ...string) string {
	r.T.Helper()
	args := []string{"commit-tree", "-m", "x", r.Git("write-tree")}
	for _, p := range parents {
		args = append(args, "-p", string(p))
	}
	id := r.Git(args...)
	r.Git("reset", "-q", "--hard", id)
	return id
}

// from makes a branch without a name at a commit.
func (r *testRepo) from(id string) { r.Git("checkout", "-q", "--detach", id) }

// Merges of every shape, of a file that some side has sealed, without any rule.
func TestMergesOfEveryShape(t *testing.T) {
	good := seal(t, governed, mergePath, plainYAML)
	const edited = "user: root\npassword: " + canary + "\n"
	for _, c := range []struct {
		name, want string
		make       func(r *testRepo, base string) (first string)
	}{
		{"three sides, the second is sealed, the third is taken", "decrypted", func(r *testRepo, base string) string {
			ours := r.Commit("b", "ours")
			r.from(base)
			sealed := r.Commit(mergePath, good)
			r.from(base)
			theirs := r.Commit(mergePath, edited)
			r.join(ours, sealed, theirs)
			return ours
		}},
		{"three sides, what is sealed is taken", "", func(r *testRepo, base string) string {
			ours := r.Commit("b", "ours")
			r.from(base)
			theirs := r.Commit("c", "theirs")
			r.from(base)
			sealed := r.Commit(mergePath, good)
			r.join(ours, theirs, sealed)
			return ours
		}},
		{"no common commit", "decrypted", func(r *testRepo, _ string) string {
			ours := r.Commit(mergePath, good)
			r.Git("checkout", "-q", "--orphan", "other")
			theirs := r.Commit(mergePath, edited)
			r.join(ours, theirs)
			return ours
		}},
		{"several merge bases, all plain", "decrypted", func(r *testRepo, base string) string {
			a, b := r.cross(base, "b", "1", "c", "1")
			r.from(a)
			ours := r.Commit(mergePath, good)
			r.from(b)
			theirs := r.Commit(mergePath, edited)
			r.join(ours, theirs)
			return ours
		}},
		{"several merge bases, one of them sealed", "", func(r *testRepo, base string) string {
			a, b := r.cross(base, mergePath, good, "c", "1")
			r.from(a)
			ours := r.Commit(mergePath, good)
			r.from(b)
			theirs := r.Commit(mergePath, plainYAML) // opened, and judged there
			r.join(ours, theirs)
			return ours
		}},
		{"theirs has another name for it", "moved-out", func(r *testRepo, base string) string {
			ours := r.Commit(mergePath, good)
			r.from(base)
			r.Git("mv", mergePath, "y.yaml")
			theirs := r.Commit("y.yaml", edited)
			r.join(ours, theirs)
			return ours
		}},
		{"ours has another name for it", "moved-out", func(r *testRepo, base string) string {
			r.Git("mv", mergePath, "y.yaml")
			ours := r.Commit("y.yaml", edited)
			r.from(base)
			theirs := r.Commit(mergePath, good)
			r.Git("read-tree", ours)
			r.join(ours, theirs)
			return ours
		}},
		{"theirs has removed it, and added what is like it in nothing", "", func(r *testRepo, base string) string {
			ours := r.Commit(mergePath, good)
			r.from(base)
			r.Git("rm", "-q", mergePath)
			theirs := r.Commit("y.yaml", "title: a\ncolour: red\n")
			r.join(ours, theirs)
			return ours
		}},
		{"a file among many others", "decrypted", func(r *testRepo, base string) string {
			ours := r.Commit(mergePath, good)
			r.from(base)
			var files []string
			for i := range 2 * fewTaken {
				files = append(files, "many/"+string(rune('a'+i%26))+string(rune('a'+i/26)), "x")
			}
			theirs := r.Commit(append(files, mergePath, edited)...)
			r.join(ours, theirs)
			return ours
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			base := r.Commit(mergePath, "user: admin\npassword: x\n", "a", "1")
			first := c.make(r, base)
			merge := r.Git("rev-parse", "HEAD")
			report, err := r.open().JudgeCommit(t.Context(), "HEAD", Options{})
			if got := codesOf(t, report, err); got != c.want {
				t.Errorf("check --commit: got %q, want %q", got, c.want)
			}
			r.Git("update-ref", "refs/remotes/origin/main", first)
			for i, p := range strings.Fields(r.Git("rev-parse", "HEAD^@")) {
				r.Git("update-ref", fmt.Sprintf("refs/remotes/origin/side%d", i), p)
			}
			report, err = r.open().JudgePush(t.Context(), []RefUpdate{{Ref: "refs/heads/main", New: merge, Old: first}}, toOrigin())
			if got := codesOf(t, report, err); got != c.want {
				t.Errorf("pre-push: got %q, want %q", got, c.want)
			}
		})
	}
}

// cross makes two commits and both merges of them, so that these have two merge bases. The first merge has the file of
// base, the second one that of the first commit.
func (r *testRepo) cross(base string, file, text, file2, text2 string) (a, b string) {
	r.T.Helper()
	r.from(base)
	one := r.Commit(file, text)
	r.from(base)
	two := r.Commit(file2, text2)
	a = r.join(two, one)
	r.from(one)
	return a, r.join(one, two)
}
