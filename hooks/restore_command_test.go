package hooks

import (
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// fakeToken looks like a token of GitHub; its letters are drawn at random.
func fakeToken(seed uint64) string {
	r := rand.New(rand.NewPCG(seed, 3))
	b := []byte("gh" + "p_")
	for range 36 {
		b = append(b, "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"[r.IntN(54)])
	}
	return string(b)
}

// Whatever command a finding names, it works, mends the finding, and leaves the
// edits of the working tree as they are, or asks.
func TestCommandsMend(t *testing.T) {
	leak, other := "token = "+fakeToken(1)+"\n", "token = "+fakeToken(2)+"\n"
	const name = "dir/a [1].txt"
	index := func(r *testRepo, amending bool) (*Report, error) {
		return r.open().JudgeStaged(r.T.Context(), StagedOptions{Amending: amending})
	}
	staged := func(r *testRepo) (*Report, error) { return index(r, false) }
	amending := func(r *testRepo) (*Report, error) { return index(r, true) }
	worktree := func(r *testRepo) (*Report, error) { return r.open().JudgeWorktree(r.T.Context(), nil, Options{}) }
	head := func(r *testRepo) (*Report, error) { return r.open().JudgeTree(r.T.Context(), "HEAD", Options{}) }
	for what, c := range map[string]struct {
		make  func(r *testRepo)
		judge func(r *testRepo) (*Report, error)
		edits bool // the person is asked about the working tree
		done  func(r *testRepo)
	}{
		"before the first commit": {make: func(r *testRepo) { r.Add(name, leak) }, judge: staged},
		"before the first commit, and edited since": {make: func(r *testRepo) {
			r.Add(name, leak)
			r.Write(name, "edited\n")
		}, judge: staged},
		"a new file":                   {make: func(r *testRepo) { r.Commit("b", ""); r.Add(name, leak) }, judge: staged},
		"a new file, edited since":     {make: func(r *testRepo) { r.Commit("b", ""); r.Add(name, leak); r.Write(name, other) }, judge: staged},
		"a file with a past":           {make: func(r *testRepo) { r.Commit(name, "old\n"); r.Add(name, leak); r.Write(name, other) }, judge: staged},
		"amending, HEAD has it":        {make: func(r *testRepo) { r.Commit(name, "old\n"); r.Commit(name, leak) }, judge: amending},
		"amending, HEAD and the index": {make: func(r *testRepo) { r.Commit(name, "old\n"); r.Commit(name, leak); r.Add(name, other) }, judge: amending},
		"amending, new in HEAD":        {make: func(r *testRepo) { r.Commit("b", ""); r.Commit(name, leak); r.Write(name, other) }, judge: amending},
		"amending the first commit":    {make: func(r *testRepo) { r.Commit(name, leak); r.Add(name, other); r.Write(name, "edited\n") }, judge: amending},
		"amending, the index only":     {make: func(r *testRepo) { r.Commit(name, "old\n"); r.Commit("b", ""); r.Add(name, leak) }, judge: amending},
		"not tracked":                  {make: func(r *testRepo) { r.Commit("b", ""); r.Write(name, leak) }, judge: worktree},
		"not tracked, no commit":       {make: func(r *testRepo) { r.Write(name, leak) }, judge: worktree},
		"staged and edited":            {make: func(r *testRepo) { r.Commit("b", ""); r.Add(name, leak); r.Write(name, other) }, judge: worktree},
		"edits of a tracked file":      {make: func(r *testRepo) { r.Commit(name, "old\n"); r.Write(name, leak) }, judge: worktree, edits: true},
		"tracked as it is":             {make: func(r *testRepo) { r.Commit(name, leak) }, judge: worktree},
		"in HEAD":                      {make: func(r *testRepo) { r.Commit("b", ""); r.Commit(name, leak) }, judge: head, done: func(r *testRepo) { r.Git("commit", "-q", "-m", "mended") }},
	} {
		t.Run(what, func(t *testing.T) {
			r := newRepo(t)
			c.make(r)
			before, err := os.ReadFile(filepath.Join(r.Dir, name))
			if err != nil {
				t.Fatal(err)
			}
			report, err := c.judge(r)
			if err != nil || len(report.Findings) != 1 {
				t.Fatalf("got %+v, %v, want one finding", report, err)
			}
			fix := report.Findings[0].Fix
			cmd := exec.Command("sh", "-c", fix)
			cmd.Dir, cmd.Env, cmd.Stdin = r.Dir, r.Env, strings.NewReader("y\n")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%s: %v\n%s", fix, err, out)
			}
			if c.done != nil {
				c.done(r)
			}
			if report, err = c.judge(r); err != nil || len(report.Findings) > 0 {
				t.Errorf("after %s: got %+v, %v", fix, report.Findings, err)
			}
			if after, err := os.ReadFile(filepath.Join(r.Dir, name)); err != nil || !c.edits && string(after) != string(before) {
				t.Errorf("%s changed the working tree: %q, %v", fix, after, err)
			}
		})
	}
}
