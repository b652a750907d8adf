package hooks

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// A ref may name a file or a folder without any commit. That is sent, and judged.
func TestRefsThatNameNoCommit(t *testing.T) {
	r := newRepo(t)
	first := r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", seal(t, onePolicy, "secrets/a.yaml", plainYAML), "leak.txt", "token = "+fakeToken(21)+"\n")
	r.Commit("leak.txt", "no more\n", "ok.txt", "fine\n", "secrets/a.yaml", plainYAML)
	r.Git("tag", "-a", "-m", "x", "annotated", first+":leak.txt")
	for _, c := range []struct{ name, object, want string }{
		{"a file with a credential", first + ":leak.txt", "leak:github-pat"},
		{"an annotated tag of it", "annotated", "leak:github-pat"},
		{"a file", "HEAD:ok.txt", ""},
		{"a folder of plaintext, without a policy of its own", "HEAD:secrets", ""},
		{"a whole tree", "HEAD^{tree}", "plaintext"},
		{"a whole tree with a credential", first + "^{tree}", "leak:github-pat"},
	} {
		t.Run(c.name, func(t *testing.T) {
			update := []RefUpdate{{Ref: "refs/tags/x", New: r.Git("rev-parse", c.object)}}
			pushed, err := r.open().JudgePush(t.Context(), update, toOrigin())
			if got := codesOf(t, pushed, err); got != c.want {
				t.Errorf("a push: got %q, want %q", got, c.want)
			}
			received, err := r.open().JudgeReceived(t.Context(), update, Options{})
			if got := codesOf(t, received, err); got != c.want {
				t.Errorf("a server: got %q, want %q", got, c.want)
			}
		})
	}
}

// What is accepted in the branch that is pushed counts on its machine. A server takes it from its own branches alone.
func TestWhereAcceptedFindingsCount(t *testing.T) {
	server, r := newRepo(t, "--bare"), newRepo(t)
	r.Commit("README.md", "x\n")
	leak := "token = " + fakeToken(22) + "\n"
	r.Add("a.txt", leak)
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
	if err != nil || report.Verdict != Refused {
		t.Fatalf("%+v, %v", report, err)
	}
	tip := r.Commit("a.txt", leak, BaselineName, string(Baseline(report)))
	update := []RefUpdate{{Ref: "refs/heads/main", New: tip}}
	pushed, err := r.open().JudgePush(t.Context(), update, toOrigin())
	if err != nil || pushed.Verdict != Clean || len(pushed.Accepted) != 1 {
		t.Errorf("a push: %+v, %v", pushed, err)
	}
	r.Git("push", "-q", server.Dir, tip+":refs/staging/x") // its objects, and no branch
	server.Git("update-ref", "-d", "refs/staging/x")
	received, err := server.open().JudgeReceived(t.Context(), update, Options{})
	if got := codesOf(t, received, err); got != "leak:github-pat" {
		t.Errorf("a server: got %q", got)
	}
}

// A repository that cannot be read gives an error, and never a verdict.
func TestNothingIsJudgedWithoutARepository(t *testing.T) {
	r := newRepo(t)
	tip := r.Commit("a", "1\n")
	empty := &testRepo{r.At(t.TempDir())}
	ctx := t.Context()
	for name, judge := range map[string]func(repo *Repo) (*Report, error){
		"staged": func(repo *Repo) (*Report, error) { return repo.JudgeStaged(ctx, StagedOptions{}) },
		"push": func(repo *Repo) (*Report, error) {
			return repo.JudgePush(ctx, []RefUpdate{{Ref: "refs/heads/x", New: tip}}, toOrigin())
		},
		"received": func(repo *Repo) (*Report, error) {
			return repo.JudgeReceived(ctx, []RefUpdate{{Ref: "refs/heads/x", New: tip}}, Options{})
		},
		"worktree": func(repo *Repo) (*Report, error) { return repo.JudgeWorktree(ctx, nil, Options{}) },
		"tree":     func(repo *Repo) (*Report, error) { return repo.JudgeTree(ctx, "HEAD", Options{}) },
		"commit":   func(repo *Repo) (*Report, error) { return repo.JudgeCommit(ctx, tip, Options{}) },
		"range":    func(repo *Repo) (*Report, error) { return repo.JudgeRange(ctx, tip, tip, Options{}) },
		"proposed": func(repo *Repo) (*Report, error) { return repo.JudgeProposed(ctx, tip, tip, Options{}) },
		"history":  func(repo *Repo) (*Report, error) { return repo.JudgeHistory(ctx, Options{}) },
	} {
		if report, err := judge(empty.open()); err == nil {
			t.Errorf("%s outside of a repository: %+v", name, report)
		}
		if name == "worktree" || name == "staged" {
			continue
		}
		other := newRepo(t) // that has no such commit
		if report, err := judge(other.open()); err == nil {
			t.Errorf("%s without the commit: %+v", name, report)
		}
	}
	if _, err := empty.open().Root(ctx); err == nil || !strings.Contains(err.Error(), ErrNoRepository.Error()) {
		t.Errorf("got %v, want ErrNoRepository", err)
	}
	if root, err := r.open().Root(ctx); err != nil || root != r.Git("rev-parse", "--show-toplevel") {
		t.Errorf("got %q, %v", root, err)
	}
}

// Commits that were judged long ago are forgotten, the ends of the push are not.
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
	d := newSeries(repo, nil)
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
