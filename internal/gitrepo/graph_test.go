package gitrepo

import (
	"fmt"
	"math/rand/v2"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The parents of a merge are judged by what they come from. What the graph says of that is what git says, in histories
// of any shape, and it says it of ordinary merges.
func TestMergeBasesOfAGraph(t *testing.T) {
	told, asked := 0, 0
	for seed := range uint64(4) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		r := newRepo(t)
		ids := r.randomHistory(rnd, 40)
		repo := r.open()
		for range 12 {
			a, b := ids[rnd.IntN(len(ids))], ids[len(ids)-1-rnd.IntN(8)]
			commits, err := repo.Range(t.Context(), a, b)
			if err != nil {
				t.Fatal(err)
			}
			sent := &Sent{Commits: commits, Has: a}
			if rnd.IntN(3) == 0 {
				sent.Has = "" // several commits vouch for what is not sent
			}
			graph := NewGraph(sent)
			for _, c := range commits {
				if len(c.Parents) < 2 {
					continue
				}
				for i := range c.Parents {
					others := slices.Delete(slices.Clone(c.Parents), i, i+1)
					got, ok := graph.MergeBases(c.Parents[i], others...)
					if asked++; !ok {
						continue
					}
					told++
					want, err := repo.MergeBases(t.Context(), c.Parents[i], others...)
					if err != nil {
						t.Fatal(err)
					}
					slices.Sort(got)
					slices.Sort(want)
					if !slices.Equal(got, want) {
						t.Errorf("seed %d, %s..%s: of %s and %s: %s, git says %s", seed, a, b, c.Parents[i], others, got, want)
					}
				}
			}
		}
	}
	if told*2 < asked {
		t.Errorf("the graph told the bases of %d merges of %d", told, asked)
	}
	if _, ok := NewGraph(&Sent{}).MergeBases("a", "b"); ok {
		t.Error("a graph without commits tells merge bases")
	}
}

// randomHistory makes commits with up to three parents, mostly among the last ones.
func (r *testRepo) randomHistory(rnd *rand.Rand, n int) []ID {
	r.T.Helper()
	var in strings.Builder
	for i := 1; i <= n; i++ {
		fmt.Fprintf(&in, "reset refs/heads/b%d\ncommit refs/heads/b%d\nmark :%d\ncommitter a <a@example.org> %d +0000\ndata 1\nx", i, i, i, 1700000000+rnd.IntN(9))
		parents := map[int]bool{}
		for range min(i-1, []int{1, 1, 1, 2, 2, 3}[rnd.IntN(6)]) {
			parents[max(1, i-1-rnd.IntN(5))] = true
		}
		word := "from"
		for p := range parents {
			fmt.Fprintf(&in, "\n%s :%d", word, p)
			word = "merge"
		}
		fmt.Fprintf(&in, "\nM 100644 inline f%d\ndata 1\nx\n\n", i%7)
	}
	cmd := exec.Command("git", "fast-import", "--quiet")
	cmd.Dir, cmd.Env, cmd.Stdin = r.Dir, r.Env, strings.NewReader(in.String())
	if out, err := cmd.CombinedOutput(); err != nil {
		r.T.Fatalf("git fast-import: %v\n%s", err, out)
	}
	var ids []ID
	for i := 1; i <= n; i++ {
		ids = append(ids, ID(fmt.Sprintf("refs/heads/b%d", i)))
	}
	args := []string{"rev-parse"}
	for _, id := range ids {
		args = append(args, string(id))
	}
	for i, id := range strings.Fields(r.Git(args...)) {
		ids[i] = ID(id)
	}
	return ids
}

// What a merge changes in each of its parents tells what it changes itself, as git diff-tree -c lists it.
func TestChangesFromEachParent(t *testing.T) {
	r := newRepo(t)
	base := r.commit("same", "1", "ours", "1", "theirs", "1", "both", "1")
	r.commit("ours", "2", "both", "2", "new", "2")
	r.Git("checkout", "-q", "-b", "side", string(base))
	side := r.commit("theirs", "3", "both", "3")
	r.Git("checkout", "-q", "main")
	r.Git("merge", "-q", "--no-commit", "-s", "ours", string(side))
	r.Git("checkout", string(side), "--", "theirs")
	r.Write("both", "4", "own", "4")
	r.Git("add", ".")
	r.Git("commit", "-q", "-m", "merge")
	repo := r.open()
	commits, err := repo.Range(t.Context(), base, ID(r.Git("rev-parse", "HEAD")))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = repo.ChangesFromEach(t.Context(), commits, func(c Commit, diffs [][]Change) error {
		line := fmt.Sprint(len(c.Parents))
		for _, list := range diffs {
			line += " |"
			for _, change := range list {
				line += " " + change.Path
			}
		}
		got = append(got, line)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(got)
	want := []string{"1 | both new ours", "1 | both theirs", "2 | both own theirs | both new ours own"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
