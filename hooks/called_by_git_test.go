package hooks

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The hooks of these tests are this test program, called by the real git.
const hookEnv = "GITSECRETS_TEST_HOOK"

func TestMain(m *testing.M) {
	if os.Getenv(hookEnv) != "" {
		os.Exit(asHook(filepath.Base(os.Args[1]), os.Args[2:]))
	}
	os.Exit(m.Run())
}

func asHook(name string, args []string) int {
	ctx := context.Background()
	repo, err := Open("", os.Environ())
	if err == nil {
		var report *Report
		switch name {
		case "pre-commit", "pre-merge-commit":
			report, err = repo.JudgeStaged(ctx, StagedOptions{})
		case "pre-push":
			var updates []RefUpdate
			if updates, err = ParsePrePush(os.Stdin); err == nil {
				report, err = repo.JudgePush(ctx, updates, PushOptions{Remote: args[0], URL: args[1], Remember: true})
			}
		case "pre-receive":
			var updates []RefUpdate
			if updates, err = ParsePreReceive(os.Stdin); err == nil {
				report, err = repo.JudgeReceived(ctx, updates, Options{})
			}
		}
		if err == nil {
			for _, f := range report.Findings {
				fmt.Fprintf(os.Stderr, "FOUND %s %q %.8s\n", f.Code, f.Path, f.Commit)
			}
			if report.Verdict != Refused {
				return 0
			}
			return 1
		}
	}
	fmt.Fprintln(os.Stderr, "ERROR", err)
	return 2
}

// hook installs this test program as a hook.
func (r *testRepo) hook(names ...string) {
	r.T.Helper()
	self, err := os.Executable()
	if err != nil {
		r.T.Fatal(err)
	}
	dir := r.Git("rev-parse", "--git-path", "hooks")
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(r.Dir, dir)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		r.T.Fatal(err)
	}
	for _, name := range names {
		script := fmt.Sprintf("#!/bin/sh\n%s=1 exec '%s' %s \"$@\"\n", hookEnv, self, name)
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o755); err != nil {
			r.T.Fatal(err)
		}
	}
}

// try runs git and returns "" if it succeeds, else what the hook found.
func (r *testRepo) try(args ...string) string {
	r.T.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = r.Dir, r.Env
	out, err := cmd.CombinedOutput()
	if strings.Contains(string(out), "ERROR") {
		r.T.Fatalf("git %s: %s", strings.Join(args, " "), out)
	}
	if err == nil {
		return ""
	}
	var found []string
	for line := range strings.Lines(string(out)) {
		line = strings.TrimPrefix(line, "remote: ")
		if f := strings.Fields(line); len(f) > 2 && f[0] == "FOUND" {
			found = append(found, f[1]+" "+f[2])
		}
	}
	if len(found) == 0 {
		r.T.Fatalf("git %s failed without a finding: %s", strings.Join(args, " "), out)
	}
	return strings.Join(found, ", ")
}

func (r *testRepo) wants(want string, args ...string) {
	r.T.Helper()
	if got := r.try(args...); got != want {
		r.T.Errorf("git %s: got %q, want %q", strings.Join(args, " "), got, want)
	}
}

const foundA = `plaintext "secrets/a.yaml", plaintext "secrets/a.yaml"`

// Git names another index for each way to commit; the hook reads that one.
func TestTheIndexThatGitNames(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	for _, format := range []string{"", "split", "v4", "sparse"} {
		t.Run("index "+format, func(t *testing.T) {
			r := newRepo(t)
			r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", "a:\n", "b", "1")
			switch format {
			case "split":
				r.Git("update-index", "--split-index")
			case "v4":
				r.Git("update-index", "--index-version", "4")
			case "sparse":
				r.Git("sparse-checkout", "set", "--sparse-index", "secrets")
			}
			r.hook("pre-commit")
			r.Write("secrets/a.yaml", plainYAML)
			r.wants(foundA, "commit", "-qam", "x")
			r.wants(foundA, "commit", "-qm", "x", "--", "secrets/a.yaml")
			r.wants(foundA, "commit", "-qm", "x", "--include", "secrets/a.yaml")
			r.Git("add", "secrets/a.yaml")
			r.wants(foundA, "commit", "-qm", "x")
			r.Write("b", "2")
			r.wants("", "commit", "-qm", "only b", "--only", "--", "b")
			r.Write("secrets/a.yaml", good)
			r.wants("", "commit", "-qam", "x")
		})
	}
}

func TestAmendOfWhatWasNotJudged(t *testing.T) {
	r := newRepo(t)
	r.Commit(".sops.yaml", onePolicy)
	r.hook("pre-commit")
	r.Commit("secrets/a.yaml", plainYAML)
	r.wants(foundA, "commit", "-q", "--amend", "-m", "y")
	r.Add("b", "1")
	r.wants("", "commit", "-qm", "goes on")
}

func TestMerges(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	r := newRepo(t)
	r.Commit(".sops.yaml", onePolicy, "secrets/old.yaml", plainYAML, "c", "1\n2\n3\n4\n5\n")
	r.Git("checkout", "-qb", "side")
	r.Commit("secrets/a.yaml", good, "secrets/side.yaml", plainYAML, "c", "1\n2\n3\n4\nside\n")
	r.Git("checkout", "-q", "main")
	r.Commit("b", "1", "c", "main\n2\n3\n4\n5\n")
	r.hook("pre-commit", "pre-merge-commit")
	r.wants("", "merge", "-q", "--no-edit", "side") // what comes from upstream was judged there
	r.Git("reset", "-q", "--hard", "HEAD^")

	r.Git("merge", "-q", "--no-commit", "side")
	r.Add("secrets/evil.yaml", plainYAML)
	r.wants(`plaintext "secrets/evil.yaml", plaintext "secrets/evil.yaml"`, "commit", "-qm", "evil merge")
	r.Git("rm", "-qf", "secrets/evil.yaml")
	r.wants("", "commit", "-qm", "merge")

	// A conflict, concluded by hand.
	r.Git("reset", "-q", "--hard", "HEAD^")
	r.Commit("c", "1\n2\n3\n4\nmain\n")
	cmd := exec.Command("git", "merge", "-q", "side")
	cmd.Dir, cmd.Env = r.Dir, r.Env
	if cmd.Run() == nil {
		t.Fatal("no conflict")
	}
	r.Add("c", "both\n", "secrets/a.yaml", plainYAML)
	r.wants(`decrypted "secrets/a.yaml"`, "commit", "-qm", "merge") // the other side has it encrypted
}

func TestWorktreeAndSubmodule(t *testing.T) {
	r := newRepo(t)
	r.Commit(".sops.yaml", onePolicy)
	r.hook("pre-commit")
	linked := r.at(filepath.Join(t.TempDir(), "linked"))
	r.Git("worktree", "add", "-q", "-b", "linked", linked.Dir)
	linked.Add("secrets/a.yaml", plainYAML)
	linked.wants(foundA, "commit", "-qm", "x")

	super := newRepo(t)
	super.Git("-c", "protocol.file.allow=always", "submodule", "add", "-q", r.Dir, "sub")
	sub := r.at(filepath.Join(super.Dir, "sub"))
	sub.hook("pre-commit")
	sub.Add("secrets/a.yaml", plainYAML)
	sub.wants(foundA, "commit", "-qm", "x")
	super.hook("pre-commit")
	super.wants("", "commit", "-qm", "adds a submodule")
}

func TestPush(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	setup := func(t *testing.T) *testRepo {
		r := newRepo(t)
		bare := filepath.Join(t.TempDir(), "bare.git")
		r.Git("init", "-q", "--bare", "-b", "main", bare)
		r.Git("remote", "add", "origin", bare)
		r.Commit(".sops.yaml", onePolicy, "c", "1")
		r.Git("push", "-q", "origin", "main")
		r.hook("pre-push")
		return r
	}
	t.Run("good, and deletions", func(t *testing.T) {
		r := setup(t)
		r.Commit("secrets/a.yaml", good)
		r.wants("", "push", "-q", "origin", "main", "main:other")
		r.Commit("d", "1")
		r.wants("", "push", "-q", "origin", ":other", "main")
	})
	t.Run("plaintext behind a deletion", func(t *testing.T) {
		r := setup(t)
		r.Git("push", "-q", "--no-verify", "origin", "main:gone")
		r.Commit("secrets/a.yaml", plainYAML)
		r.wants(foundA, "push", "-q", "origin", ":gone", "main")
	})
	t.Run("plaintext that a later commit repairs", func(t *testing.T) {
		r := setup(t)
		r.Commit("secrets/a.yaml", plainYAML)
		r.Commit("secrets/a.yaml", good)
		r.wants(foundA, "push", "-q", "origin", "main")
	})
	t.Run("rule weakened over two commits", func(t *testing.T) {
		r := setup(t)
		r.Commit(".sops.yaml", "creation_rules: []\n")
		r.Commit("secrets/a.yaml", plainYAML)
		r.wants(foundA, "push", "-q", "origin", "main")
	})
	t.Run("plaintext older than its rule", func(t *testing.T) {
		r := setup(t)
		r.Commit(".sops.yaml", "creation_rules: []\n")
		r.Git("push", "-q", "--no-verify", "origin", "main")
		r.Commit("secrets/a.yaml", plainYAML)
		r.Commit(".sops.yaml", onePolicy)
		r.wants(foundA, "push", "-q", "origin", "main")
	})
	t.Run("in the second parent", func(t *testing.T) {
		r := setup(t)
		r.Git("checkout", "-qb", "side")
		r.Commit("secrets/a.yaml", plainYAML)
		r.Git("rm", "-q", "secrets/a.yaml")
		r.Commit()
		r.Git("checkout", "-q", "main")
		r.Commit("b", "1")
		r.Git("merge", "-q", "--no-verify", "--no-edit", "side")
		r.wants(foundA, "push", "-q", "origin", "main")
	})
	t.Run("known to another remote only", func(t *testing.T) {
		r := setup(t)
		r.Commit("secrets/a.yaml", plainYAML)
		r.Git("update-ref", "refs/remotes/private/main", "HEAD")
		r.wants(foundA, "push", "-q", "origin", "main")
	})
	t.Run("stale tracking branch", func(t *testing.T) {
		r := setup(t)
		r.Commit("secrets/a.yaml", plainYAML)
		r.Git("update-ref", "refs/remotes/origin/main", "HEAD")
		r.wants(foundA, "push", "-q", "origin", "main")
	})
	t.Run("to an address", func(t *testing.T) {
		r := setup(t)
		r.Commit("secrets/a.yaml", plainYAML)
		r.wants(foundA, "push", "-q", r.Git("remote", "get-url", "origin"), "HEAD~0:refs/heads/x")
	})
	t.Run("a tag of a tag, a blob, a tree", func(t *testing.T) {
		r := setup(t)
		r.Commit("secrets/a.yaml", plainYAML)
		r.Git("tag", "-a", "-m", "x", "v1")
		r.Git("tag", "-a", "-m", "x", "v2", "v1")
		r.Git("reset", "-q", "--hard", "HEAD^")
		r.wants(foundA, "push", "-q", "origin", "v2")
		r.Git("tag", "tree", "v1^{tree}")
		r.wants(foundA, "push", "-q", "origin", "tree")
		r.Git("tag", "fine", "HEAD:c")
		r.wants("", "push", "-q", "origin", "fine")
	})
	t.Run("replaced for the eyes", func(t *testing.T) {
		r := setup(t)
		clean := r.Commit("d", "1")
		r.Git("reset", "-q", "--hard", "HEAD^")
		bad := r.Commit("secrets/a.yaml", plainYAML)
		r.Git("replace", bad, string(clean))
		r.wants(foundA, "push", "-q", "origin", "main")
	})
}

// A server whose path Git quotes in the environment of its hooks.
func TestPreReceiveInAFolderWithAColon(t *testing.T) {
	server := newRepo(t, "--bare")
	dir := filepath.Join(filepath.Dir(server.Dir), "a:b \"c\".git")
	if err := os.Rename(server.Dir, dir); err != nil {
		t.Fatal(err)
	}
	server.Dir = dir
	server.hook("pre-receive")
	r := newRepo(t)
	r.Git("remote", "add", "origin", dir)
	r.Commit(".sops.yaml", onePolicy, "b", "1")
	r.wants("", "push", "-q", "origin", "main")
	r.Commit("secrets/a.yaml", plainYAML)
	r.wants(foundA, "push", "-q", "origin", "main")
}

// On the server the new objects are in quarantine: loose ones of a small push, a pack of a large one.
func TestPreReceive(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	for _, large := range []bool{false, true} {
		t.Run(fmt.Sprintf("large %t", large), func(t *testing.T) {
			server := newRepo(t, "--bare")
			server.hook("pre-receive")
			r := newRepo(t)
			r.Git("remote", "add", "origin", server.Dir)
			if large {
				server.Git("config", "receive.unpackLimit", "1")
			}
			r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", good)
			r.wants("", "push", "-q", "origin", "main")
			r.Commit("secrets/a.yaml", plainYAML)
			r.wants(`decrypted "secrets/a.yaml"`, "push", "-q", "origin", "main:new")
			r.Git("reset", "-q", "--hard", "HEAD^")
			r.Commit(".sops.yaml", "creation_rules: []\n")
			r.Commit("secrets/b.yaml", plainYAML)
			r.wants(`plaintext "secrets/b.yaml", plaintext "secrets/b.yaml"`, "push", "-q", "origin", "main")
			r.Git("push", "-q", "origin", "main~2:refs/heads/x")
		})
	}
}
