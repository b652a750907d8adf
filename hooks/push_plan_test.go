package hooks

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// gates judges what HEAD would bring to a branch that stands at old, in every way in which that can be asked.
func (r *testRepo) gates(old string) map[string]string {
	r.T.Helper()
	ctx, tip := r.T.Context(), r.Git("rev-parse", "HEAD")
	branch := r.Git("symbolic-ref", "HEAD")
	r.Git("update-ref", "refs/remotes/origin/main", old)
	r.Git("update-ref", branch, old) // a server's, before
	defer r.Git("update-ref", branch, tip)
	update := []RefUpdate{{Ref: "refs/heads/main", New: tip, Old: old}}
	fresh := []RefUpdate{{Ref: "refs/heads/new", New: tip}}
	got := map[string]string{}
	for gate, judge := range map[string]func(context.Context, *Repo) (*Report, error){
		"pre-push": func(ctx context.Context, repo *Repo) (*Report, error) {
			return repo.JudgePush(ctx, update, toOrigin())
		},
		"pre-push of a new branch": func(ctx context.Context, repo *Repo) (*Report, error) {
			return repo.JudgePush(ctx, fresh, toOrigin())
		},
		"pre-receive": func(ctx context.Context, repo *Repo) (*Report, error) {
			return repo.JudgeReceived(ctx, update, Options{})
		},
		"pre-receive of a new branch": func(ctx context.Context, repo *Repo) (*Report, error) {
			return repo.JudgeReceived(ctx, fresh, Options{})
		},
		"check --base": func(ctx context.Context, repo *Repo) (*Report, error) {
			return repo.JudgeProposed(ctx, old, tip, Options{})
		},
		"check --range": func(ctx context.Context, repo *Repo) (*Report, error) {
			return repo.JudgeRange(ctx, old, tip, Options{})
		},
	} {
		report, err := judge(ctx, r.open())
		got[gate] = codesOf(r.T, report, err)
	}
	return got
}

// What one commit alone does not show, all that is sent together does. The policy that has a say is that of before,
// whatever the first commit makes of it.
func TestCommitsAreJudgedTogether(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	narrow := strings.Replace(onePolicy, "^secrets/", "^secrets/b", 1)
	released := onePolicy + "gitsecrets:\n  released:\n    - {path: '^secrets/a\\.yaml$', reason: nothing secret in it since}\n"
	for _, c := range []struct {
		name string
		make func(r *testRepo) // after a commit of onePolicy, secrets/a.yaml and ad-hoc.yaml, both sealed
		then func(r *testRepo) // what is sent
		want string
	}{
		{"decrypted in its place", nil, func(r *testRepo) { r.Commit("ad-hoc.yaml", plainYAML) }, "decrypted"},
		{"removed, and back in the clear", nil, func(r *testRepo) {
			r.remove("ad-hoc.yaml")
			r.Commit("ad-hoc.yaml", plainYAML)
		}, "decrypted"},
		{"removed, back in the clear, and sealed again", nil, func(r *testRepo) {
			r.remove("ad-hoc.yaml")
			r.Commit("ad-hoc.yaml", plainYAML)
			r.Commit("ad-hoc.yaml", good)
		}, "decrypted"},
		{"emptied, filled in the clear, and sealed again", nil, func(r *testRepo) {
			r.Commit("ad-hoc.yaml", "")
			r.Commit("ad-hoc.yaml", plainYAML)
			r.Commit("ad-hoc.yaml", good)
		}, "decrypted"},
		{"a link, a plain file, and sealed again", nil, func(r *testRepo) {
			r.Git("rm", "-q", "ad-hoc.yaml")
			if err := os.Symlink("b", filepath.Join(r.Dir, "ad-hoc.yaml")); err != nil {
				r.T.Fatal(err)
			}
			r.Git("add", "ad-hoc.yaml")
			r.Commit()
			r.Git("rm", "-q", "ad-hoc.yaml")
			r.Commit("ad-hoc.yaml", plainYAML)
			r.Commit("ad-hoc.yaml", good)
		}, "decrypted"},
		{"removed, and in the clear elsewhere", nil, func(r *testRepo) {
			r.remove("secrets/a.yaml")
			r.Commit("plain/x.yaml", plainYAML)
		}, "moved-out"},
		{"removed, in the clear elsewhere, and that removed again", nil, func(r *testRepo) {
			r.remove("secrets/a.yaml")
			r.Commit("plain/x.yaml", plainYAML)
			r.remove("plain/x.yaml")
		}, "moved-out"},
		{"the rule narrowed and used", nil, func(r *testRepo) {
			r.Commit(".sops.yaml", narrow)
			r.Commit("secrets/a.yaml", plainYAML)
		}, "decrypted"},
		{"the policy removed, the file opened, the policy back", nil, func(r *testRepo) {
			r.remove(".sops.yaml")
			r.Commit("secrets/a.yaml", plainYAML)
			r.Commit(".sops.yaml", onePolicy)
		}, "decrypted"},
		{"the rule loosened, new plaintext under it", nil, func(r *testRepo) {
			r.Commit(".sops.yaml", narrow)
			r.Commit("secrets/new.yaml", plainYAML)
		}, "plaintext"},
		{"removed for good", nil, func(r *testRepo) { r.remove("secrets/a.yaml") }, ""},
		{"moved, still sealed", nil, func(r *testRepo) {
			r.remove("secrets/a.yaml")
			r.Commit("secrets/c.yaml", good)
		}, ""},

		{"the rule was narrowed first", func(r *testRepo) { r.Commit(".sops.yaml", narrow) }, func(r *testRepo) {
			r.Commit("secrets/a.yaml", plainYAML)
		}, ""},
		{"the rule was removed first", func(r *testRepo) { r.Commit(".sops.yaml", "creation_rules: []\n") }, func(r *testRepo) {
			r.Commit("b", "2")
			r.Commit("secrets/a.yaml", plainYAML)
		}, ""},
		{"a rule was narrowed first, which never took this file", func(r *testRepo) { r.Commit(".sops.yaml", narrow) }, func(r *testRepo) {
			r.Commit("ad-hoc.yaml", plainYAML)
		}, "decrypted"},
		{"a rule for all was there", func(r *testRepo) { r.Commit(".sops.yaml", "creation_rules:\n  - age: "+recipient+"\n") }, func(r *testRepo) {
			r.Commit("secrets/a.yaml", plainYAML)
		}, "decrypted"},
		{"the rule was narrowed to other values first", func(r *testRepo) { r.Commit(".sops.yaml", onePolicy+"    encrypted_regex: ^nothing$\n") }, func(r *testRepo) {
			r.Commit("secrets/a.yaml", plainYAML)
		}, ""},
		{"the rule was narrowed first, and is back", func(r *testRepo) { r.Commit(".sops.yaml", narrow) }, func(r *testRepo) {
			r.Commit(".sops.yaml", onePolicy)
			r.Commit("secrets/a.yaml", plainYAML)
		}, "decrypted"},
		{"released first, the rule narrowed with it", func(r *testRepo) { r.Commit(".sops.yaml", released) }, func(r *testRepo) {
			r.Commit(".sops.yaml", strings.Replace(released, "^secrets/", "^secrets/b", 1), "secrets/a.yaml", plainYAML)
		}, ""},
		{"released, but the rule demands it still", func(r *testRepo) { r.Commit(".sops.yaml", released) }, func(r *testRepo) {
			r.Commit("secrets/a.yaml", plainYAML)
		}, "plaintext"},
		{"another file is released", func(r *testRepo) { r.Commit(".sops.yaml", released) }, func(r *testRepo) {
			r.Commit("ad-hoc.yaml", plainYAML)
		}, "decrypted"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r := newRepo(t)
			r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", good, "ad-hoc.yaml", good, "b", "1")
			if c.make != nil {
				c.make(r)
			}
			old := r.Git("rev-parse", "HEAD")
			c.then(r)
			for gate, got := range r.gates(old) {
				if strings.Fields(got + " -")[0] != strings.Fields(c.want + " -")[0] {
					t.Errorf("%s: got %q, want %q", gate, got, c.want)
				}
			}
		})
	}
}

// A release that comes with the change counts for the person's own hooks, as an accepted finding does, and not where
// the verdict is enforced.
func TestReleaseInTheSameChange(t *testing.T) {
	r := newRepo(t)
	old := r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", seal(t, onePolicy, "secrets/a.yaml", plainYAML))
	r.Commit(".sops.yaml", "creation_rules: []\ngitsecrets:\n  released:\n    - {path: ^secrets/a, reason: old}\n", "secrets/a.yaml", plainYAML)
	want := map[string]string{"check --base": "decrypted", "pre-receive": "decrypted", "pre-receive of a new branch": "decrypted"}
	for gate, got := range r.gates(old) {
		if got != want[gate] {
			t.Errorf("%s: got %q, want %q", gate, got, want[gate])
		}
	}
}

// What shows of all commits together only is mended in the one that brought it.
func TestFixOfTheWhole(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	r := newRepo(t)
	old := r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", good)
	copied := r.Commit("secrets/.sops.yaml", "creation_rules: []\n", "copy/a.yaml", plainYAML)
	r.remove("secrets/a.yaml")
	tip := r.Commit("b", "1")
	report, err := r.open().JudgePush(t.Context(), []RefUpdate{{Ref: "refs/heads/main", New: tip, Old: old}}, toOrigin())
	if err != nil || len(report.Findings) == 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	f := report.Findings[0]
	if want := "git rebase -i " + string(copied[:12]) + "^"; f.Commit != string(copied) || f.Fix != want || !strings.Contains(f.Then, "git rm --cached -- copy/a.yaml") {
		t.Errorf("%+v, want the fix %s", f, want)
	}
}

// Branches that are pushed together have no say in each other.
func TestBranchesOfOnePush(t *testing.T) {
	r := newRepo(t)
	main := r.Commit(".sops.yaml", onePolicy, "b", "1")
	r.Git("checkout", "-q", "-b", "old")
	old := r.Commit(".sops.yaml", "creation_rules: []\n")
	tip := r.Commit("secrets/a.yaml", plainYAML) // no rule here
	r.Git("checkout", "-q", "main")
	next := r.Commit("c", "1")
	update := []RefUpdate{
		{Ref: "refs/heads/main", New: next, Old: main},
		{Ref: "refs/heads/old", New: tip, Old: old},
	}
	report, err := r.open().JudgePush(t.Context(), update, toOrigin())
	if got := codesOf(t, report, err); got != "" {
		t.Errorf("got %q", got)
	}
	// Where main goes where the other is, its rule has a say, for it is the trunk.
	update[0].New = tip
	r.Git("update-ref", "refs/heads/main", main)
	r.Git("update-ref", "refs/heads/old", old)
	report, err = r.open().JudgeReceived(t.Context(), update, Options{})
	if got := codesOf(t, report, err); got != "plaintext" {
		t.Errorf("main, too: got %q", got)
	}
}

// Where a branch takes up the trunk, a rule that was changed there counts as it is there; what a side branch makes of
// it does not count for the trunk.
func TestTheTrunkDecides(t *testing.T) {
	r := newRepo(t)
	base := r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", seal(t, onePolicy, "secrets/a.yaml", plainYAML), "b", "1")
	r.Git("checkout", "-q", "-b", "opened")
	r.Commit(".sops.yaml", "creation_rules: []\n")
	opened := r.Commit("secrets/a.yaml", plainYAML)
	r.Git("checkout", "-q", "main")
	sealed := r.Commit("b", "2")
	r.Git("merge", "-q", "--no-verify", "--no-edit", "opened")
	tip := r.Commit("secrets/a.yaml", plainYAML+"more: values\n")
	r.Git("update-ref", "refs/remotes/origin/sealed", sealed)
	r.Git("update-ref", "refs/remotes/origin/opened", string(opened))
	r.Git("update-ref", "refs/remotes/origin/base", base)
	for trunk, want := range map[string]string{"opened": "", "sealed": "plaintext"} {
		r.Git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/"+trunk)
		update := []RefUpdate{{Ref: "refs/heads/sealed", New: tip, Old: sealed}}
		report, err := r.open().JudgePush(t.Context(), update, toOrigin())
		if got := codesOf(t, report, err); got != want {
			t.Errorf("push, %s is the trunk: got %q, want %q", trunk, got, want)
		}
		r.Git("update-ref", "refs/heads/main", sealed)
		r.Git("symbolic-ref", "HEAD", "refs/heads/"+map[string]string{"opened": "opened", "sealed": "main"}[trunk])
		report, err = r.open().JudgeReceived(t.Context(), update, Options{})
		if got := codesOf(t, report, err); got != want {
			t.Errorf("server, %s is the trunk: got %q, want %q", trunk, got, want)
		}
	}
}

// remove removes a file and commits that.
func (r *testRepo) remove(name string) {
	r.T.Helper()
	r.Git("rm", "-q", name)
	r.Commit()
}
