package hooks

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// A file that is too large to be looked at, and goes away, hides none of the
// others that do.
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

func TestLoosePolicyByItsOwnName(t *testing.T) {
	r := newRepo(t)
	r.Write("it's/.sops.yml", onePolicy)
	r.Add("it's/secrets/a.yaml", plainYAML)
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
	if err != nil || len(report.Findings) != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	f := report.Findings[0]
	if want := `mv -n -- 'it'\''s/.sops.yml' 'it'\''s/.sops.yaml' && git add -- 'it'\''s/.sops.yaml'`; f.Fix != want {
		t.Errorf("fix %s, want %s", f.Fix, want)
	}
	if f.Rule != "it's/.sops.yml:2" || !strings.Contains(f.Message, "it's/.sops.yml governs it") {
		t.Errorf("rule %s: %s", f.Rule, f.Message)
	}
}

// To be too large is no way out for a file that was encrypted.
func TestDecryptedAndTooLarge(t *testing.T) {
	r := newRepo(t)
	r.Commit("a.yaml", seal(t, onePolicy, "secrets/a.yaml", plainYAML))
	r.Add("a.yaml", plainYAML+strings.Repeat("# padding\n", 1000), "b.txt", strings.Repeat("x", 9000))
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{Options: Options{MaxSize: 8000, AllowLarge: true}})
	if got := codesOf(t, report, err); got != "too-large" || report.Findings[0].Path != "a.yaml" || len(report.Warnings) != 1 {
		t.Errorf("got %q: %+v", got, report)
	}
}

// A policy with many problems is not told whole for each file under it.
func TestBrokenPolicyInBrief(t *testing.T) {
	r := newRepo(t)
	r.Add(".sops.yaml", "creation_rules:\n"+strings.Repeat("  - path_regex: (\n    nonsense: x\n", 50), "a.txt", "x", "b.txt", "y")
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range report.Findings {
		if f.Path == ".sops.yaml" {
			continue
		}
		if seen++; len(f.Message) > 300 || !strings.Contains(f.Message, " more") {
			t.Errorf("%d bytes: %.400s", len(f.Message), f.Message)
		}
	}
	if seen != 2 {
		t.Errorf("%d findings", seen)
	}
}

// Commits that were judged long ago are forgotten, the ends of the push are
// not.
func TestTreesAreForgotten(t *testing.T) {
	r := newRepo(t)
	r.Commit(".sops.yaml", onePolicy)
	for i := range 3 * maxRecent {
		r.Git("commit", "-q", "--no-verify", "--allow-empty", "-m", fmt.Sprint(i))
	}
	ctx, repo := t.Context(), r.open().git
	ids, err := repo.Range(ctx, gitrepo.ID(r.Git("rev-list", "--max-parents=0", "HEAD")), gitrepo.ID(r.Git("rev-parse", "HEAD")))
	if err != nil {
		t.Fatal(err)
	}
	d := newDocket(repo, nil)
	first, err := d.keep(ctx, ids[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range ids {
		tree, err := d.tree(ctx, c.ID)
		if err != nil {
			t.Fatal(err)
		}
		d.jury.resolver(ctx, tree)
	}
	if len(d.trees) > maxRecent+1 || len(d.jury.resolvers) > maxRecent+1 || d.trees[ids[0].ID] != first {
		t.Errorf("%d trees, %d resolvers", len(d.trees), len(d.jury.resolvers))
	}
}

// A merge may not bring into the clear what only its second parent held
// encrypted.
func TestMergeOfPlaintextAndSealed(t *testing.T) {
	r := newRepo(t)
	r.Commit("b", "x")
	r.Git("checkout", "-q", "-b", "side")
	r.Commit("a.yaml", seal(t, onePolicy, "secrets/a.yaml", plainYAML))
	r.Git("checkout", "-q", "main")
	first := r.Commit("a.yaml", "user: before\n")
	r.Git("merge", "-q", "--no-commit", "-s", "ours", "side")
	r.Add("a.yaml", "user: "+canary+"\n")
	if got := r.codes(); got != "decrypted" {
		t.Errorf("commit: got %q", got)
	}
	merge := r.Commit()
	report, err := r.open().JudgePush(t.Context(), []RefUpdate{{Ref: "refs/heads/main", New: merge, Old: first}}, toOrigin())
	if got := codesOf(t, report, err); got != "decrypted" {
		t.Errorf("push: got %q", got)
	}
}
