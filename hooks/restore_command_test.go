package hooks

import (
	"fmt"
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

// Whatever command a finding names, it works, mends the finding, and leaves the edits of the working tree as they are,
// or asks.
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

// The command that mends a file must not lose what stands in the working tree.
func TestFixesKeepTheWorkingTree(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	broken := strings.Replace(good, "ENC[", "x ENC[", 1)
	r := newRepo(t)
	r.Add("secrets/a.yaml", broken)
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
	if err != nil || len(report.Findings) == 0 || report.Findings[0].Fix != "git rm --cached -f -- secrets/a.yaml" {
		t.Errorf("on a branch without commits: %+v, %v", report, err)
	}
	r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", good)
	r.Add("secrets/a.yaml", broken, "secrets/new.yaml", broken)
	r.Write("secrets/a.yaml", "edits")
	report, err = r.open().JudgeStaged(t.Context(), StagedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	fixes := map[string]string{}
	for _, f := range report.Findings {
		fixes[f.Path] = f.Fix
	}
	want := map[string]string{"secrets/a.yaml": "git restore --staged -- secrets/a.yaml", "secrets/new.yaml": "git restore --staged -- secrets/new.yaml"}
	if fmt.Sprint(fixes) != fmt.Sprint(want) {
		t.Errorf("got %v, want %v", fixes, want)
	}
}

// What is in a commit that is sent is not mended by another commit.
func TestFixesOfCommits(t *testing.T) {
	r := newRepo(t)
	root := r.Commit(".sops.yaml", onePolicy, "secrets/z.yaml", plainYAML)
	second := r.Commit("secrets/a.yaml", plainYAML)
	last := r.Commit("secrets/a.yaml", seal(t, onePolicy, "secrets/a.yaml", plainYAML), "secrets/0.yaml", plainYAML)
	repo := r.open()
	report, err := repo.JudgePush(t.Context(), []RefUpdate{{Ref: "refs/heads/main", New: last}}, toOrigin())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range report.Findings {
		if f.Line != 1 {
			continue
		}
		got = append(got, f.Commit[:12]+" "+f.Path+" "+f.Fix)
		if want := fmt.Sprintf("mark %s as edit, then gitsecrets encrypt -i %s && git add -- %s && git commit --amend --no-edit --allow-empty && git rebase --continue", f.Commit[:12], f.Path, f.Path); f.Then != want {
			t.Errorf("then %q, want %q", f.Then, want)
		}
	}
	want := []string{
		string(root[:12]) + " secrets/z.yaml git rebase -i --root",
		string(second[:12]) + " secrets/a.yaml git rebase -i " + string(second[:12]) + "^",
		string(last[:12]) + " secrets/0.yaml git rebase -i " + string(last[:12]) + "^",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	whole, err := repo.JudgeTree(t.Context(), "HEAD", Options{})
	if err != nil || len(whole.Findings) == 0 || whole.Findings[0].Then != "" {
		t.Errorf("--all: %+v, %v", whole, err)
	}
}

// What one side of a merge has and the other does not is mended so that no change is dropped.
func TestFixOfAConflict(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	r := newRepo(t)
	r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", good)
	r.Git("checkout", "-q", "-b", "side")
	r.Commit("secrets/a.yaml", seal(t, onePolicy, "secrets/a.yaml", "user: other\n"))
	r.Git("checkout", "-q", "main")
	ours := seal(t, onePolicy, "secrets/a.yaml", "user: ours\n")
	r.Commit("secrets/a.yaml", ours)
	if out := r.fails("merge", "-q", "side"); !strings.Contains(out, "CONFLICT") {
		t.Fatal(out)
	}
	r.Git("add", "secrets/a.yaml")
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
	if got := codesOf(t, report, err); got != "metadata" {
		t.Fatalf("got %q", got)
	}
	f := report.Findings[0]
	if !strings.Contains(f.Message, "merge conflict") || !strings.HasPrefix(f.Fix, "git checkout -m -- secrets/a.yaml && git checkout --ours -- secrets/a.yaml && gitsecrets edit") {
		t.Errorf("got %q, %q", f.Message, f.Fix)
	}
	// The first two commands bring back our side, with which the index can be committed.
	r.Git("checkout", "-m", "--", "secrets/a.yaml")
	r.Git("checkout", "--ours", "--", "secrets/a.yaml")
	r.Git("add", "secrets/a.yaml")
	if got := r.codes(); got != "" {
		t.Errorf("got %q", got)
	}
}
