//go:build interop

package interop

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// managed is a repository whose hooks a manager keeps, the manager's programs
// and ours in PATH.
type managed struct {
	t   *testing.T
	dir string
	env []string
}

// newManaged makes a repository with a policy, a sealed first commit without
// hooks, and a server to push to.
func newManaged(t *testing.T, programs ...string) *managed {
	t.Helper()
	bin := t.TempDir()
	node, err := filepath.Abs("../../../.cache/node/node_modules/.bin")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(ours, filepath.Join(bin, "gitsecrets")); err != nil {
		t.Fatal(err)
	}
	m := &managed{t: t, dir: filepath.Join(t.TempDir(), "repo"), env: []string{
		"PATH=" + bin + string(os.PathListSeparator) + node + string(os.PathListSeparator) + os.Getenv("PATH"),
		"HOME=" + t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "LC_ALL=C.UTF-8", "CI=",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org",
	}}
	for _, program := range programs {
		if _, err := os.Stat(filepath.Join(node, program)); err == nil {
			continue
		}
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%s is not installed: run make hook-managers", program)
		}
	}
	if err := os.Mkdir(m.dir, 0o755); err != nil {
		t.Fatal(err)
	}
	m.must("git", "init", "-q", "-b", "main", "--template=")
	m.must("git", "init", "-q", "--template=", "--bare", "../server.git")
	m.must("git", "remote", "add", "origin", "../server.git")
	m.write(".sops.yaml", "creation_rules:\n  - path_regex: ^secrets/\n    age: "+keyText(t, "age.txt", "# public key: ")+"\n", 0o644)
	return m
}

func (m *managed) write(name, text string, mode os.FileMode) {
	m.t.Helper()
	path := filepath.Join(m.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		m.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		m.t.Fatal(err)
	}
}

// run runs a program and returns its exit code and what it said.
func (m *managed) run(program string, args ...string) (int, string) {
	m.t.Helper()
	cmd := exec.CommandContext(m.t.Context(), "env", append([]string{program}, args...)...)
	cmd.Dir, cmd.Env = m.dir, m.env
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		m.t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

func (m *managed) must(program string, args ...string) string {
	m.t.Helper()
	code, said := m.run(program, args...)
	if code != 0 {
		m.t.Fatalf("%s %s exits %d:\n%s", program, strings.Join(args, " "), code, said)
	}
	return said
}

// refused demands that a command fails, and says why.
func (m *managed) refused(want, program string, args ...string) {
	m.t.Helper()
	code, said := m.run(program, args...)
	if code == 0 || !strings.Contains(said, want) {
		m.t.Errorf("%s %s exits %d, want a refusal with %q:\n%s", program, strings.Join(args, " "), code, want, said)
	}
}

// shape is what could change: files, index, refs, stash.
func (m *managed) shape() string {
	m.t.Helper()
	return m.must("git", "status", "--porcelain=v2", "--untracked-files=all") + m.must("git", "for-each-ref") +
		m.must("git", "ls-files", "-s") + m.must("git", "stash", "list") + m.must("sh", "-c", "cksum .git/hooks/p*; cat notes")
}

// guarded demands that plaintext is refused by a commit and by a push, that
// status proves it, and that nothing is changed by any of them.
func (m *managed) guarded() {
	m.t.Helper()
	m.write("notes", "not committed\n", 0o644)
	m.must("git", "add", ".sops.yaml")
	m.must("git", "commit", "-q", "-m", "policy")
	m.must("git", "push", "-q", "origin", "main")
	m.write("secrets/db.yaml", "password: hunter2\n", 0o644)
	m.must("git", "add", "secrets")
	before := m.shape()
	m.refused("this commit is refused", "git", "commit", "-q", "-m", "plain")
	objects := m.must("git", "count-objects") // a commit that is refused leaves trees, as without hooks
	if said := m.must("gitsecrets", "hooks", "status"); !strings.Contains(said, "canary: a made-up credential was refused") {
		m.t.Errorf("status says\n%s", said)
	}
	if after := m.must("git", "count-objects"); after != objects {
		m.t.Errorf("status leaves objects: %s, were %s", after, objects)
	}
	if after := m.shape(); after != before {
		m.t.Errorf("something was changed:\n%s\nwas\n%s", after, before)
	}
	m.must("git", "commit", "-q", "--no-verify", "-m", "plain")
	m.refused("this push is refused", "git", "push", "-q", "origin", "main")
	m.must("git", "reset", "-q", "--soft", "HEAD^")
	m.must("gitsecrets", "encrypt", "-i", "secrets/db.yaml")
	m.must("git", "add", "secrets")
	m.must("git", "commit", "-q", "-m", "sealed")
	m.must("git", "push", "-q", "origin", "main")
}

// keeps demands that hooks install changes nothing and names the manager.
func (m *managed) keeps(name string) {
	m.t.Helper()
	before := m.must("sh", "-c", "cksum .git/hooks/p* .git/config .husky/_/p* 2>/dev/null; ls -A .git/hooks .husky 2>/dev/null; true")
	m.refused("nothing was changed", "gitsecrets", "hooks", "install")
	m.refused(name, "gitsecrets", "hooks", "install")
	after := m.must("sh", "-c", "cksum .git/hooks/p* .git/config .husky/_/p* 2>/dev/null; ls -A .git/hooks .husky 2>/dev/null; true")
	if after != before {
		m.t.Errorf("install changed something:\n%s\nwas\n%s", after, before)
	}
}

// printed returns the lines that hooks install --print gives to put somewhere.
func (m *managed) printed() string {
	m.t.Helper()
	_, lines, _ := strings.Cut(m.must("gitsecrets", "hooks", "install", "--print"), "\n")
	return lines
}

func TestLefthook(t *testing.T) {
	m := newManaged(t, "lefthook")
	m.write("lefthook.yml", "{}\n", 0o644)
	lines := m.printed()
	m.write("lefthook.yml", strings.ReplaceAll("\n"+lines, "\n  ", "\n"), 0o644)
	m.must("lefthook", "install")
	m.keeps("lefthook")
	m.guarded()
}

// A repository may also take the lines from ours.
func TestLefthookRemote(t *testing.T) {
	m := newManaged(t, "lefthook")
	shipped := &managed{t: t, dir: t.TempDir(), env: m.env}
	shipped.must("git", "init", "-q", "-b", "main")
	shipped.write("docs/lefthook.yml", readFile(t, "../../../docs/lefthook.yml"), 0o644)
	shipped.must("git", "add", ".")
	shipped.must("git", "commit", "-q", "-m", "x")
	m.write("lefthook.yml", "remotes:\n  - git_url: "+shipped.dir+"\n    configs: [docs/lefthook.yml]\n", 0o644)
	m.must("lefthook", "install")
	m.keeps("lefthook")
	m.guarded()
}

func TestHusky(t *testing.T) {
	m := newManaged(t, "husky")
	m.must("husky")
	for _, name := range []string{"pre-commit", "pre-merge-commit", "pre-push"} {
		m.write(".husky/"+name, "gitsecrets hook "+name+" \"$@\"\n", 0o644)
	}
	lines := m.printed()
	for _, want := range []string{"gitsecrets hook pre-commit\n", "gitsecrets hook pre-merge-commit\n", "gitsecrets hook pre-push \"$@\"\n"} {
		if !strings.Contains(lines, want) {
			t.Errorf("--print has no %q:\n%s", want, lines)
		}
	}
	m.keeps("husky")
	m.guarded()
}

// The framework runs first and keeps its hook; ours is the last word.
func TestPreCommitFramework(t *testing.T) {
	m := newManaged(t, "pre-commit")
	m.write(".pre-commit-config.yaml", "repos:\n  - repo: local\n    hooks:\n      - id: ran\n        name: ran\n        entry: sh -c 'echo ran >> ../ran'\n        language: system\n        pass_filenames: false\n        always_run: true\n", 0o644)
	m.must("git", "add", ".pre-commit-config.yaml")
	m.must("pre-commit", "install")
	shim := m.must("cat", ".git/hooks/pre-commit")
	m.must("gitsecrets", "hooks", "install")
	m.guarded()
	if said := m.must("cat", "../ran"); said == "" {
		t.Error("the framework's hooks were not run")
	}
	m.must("gitsecrets", "hooks", "uninstall")
	if got := m.must("cat", ".git/hooks/pre-commit"); got != shim {
		t.Errorf("uninstall gave back\n%s\nwant\n%s", got, shim)
	}
}

// Installed after ours, the framework keeps ours and runs it.
func TestPreCommitFrameworkLater(t *testing.T) {
	m := newManaged(t, "pre-commit")
	m.write(".pre-commit-config.yaml", "repos: []\n", 0o644)
	m.must("git", "add", ".pre-commit-config.yaml")
	m.must("gitsecrets", "hooks", "install")
	m.must("pre-commit", "install")
	m.guarded()
}

// The lines that we print, and the manifest that we ship, refuse by themselves.
func TestPreCommitFrameworkCallsUs(t *testing.T) {
	for _, shipped := range []bool{false, true} {
		m := newManaged(t, "pre-commit")
		m.write(".pre-commit-config.yaml", "repos: []\n", 0o644)
		lines, _, _ := strings.Cut(m.printed(), "pre-commit hands")
		if shipped {
			repo := &managed{t: t, dir: t.TempDir(), env: m.env}
			repo.must("git", "init", "-q", "-b", "main")
			repo.write(".pre-commit-hooks.yaml", readFile(t, "../../../.pre-commit-hooks.yaml"), 0o644)
			repo.must("git", "add", ".")
			repo.must("git", "commit", "-q", "-m", "x")
			lines = "  - repo: " + repo.dir + "\n    rev: " + strings.TrimSpace(repo.must("git", "rev-parse", "HEAD")) + "\n    hooks:\n      - id: gitsecrets\n"
		}
		m.write(".pre-commit-config.yaml", "repos:\n"+lines, 0o644)
		m.must("pre-commit", "install", "-t", "pre-commit", "-t", "pre-merge-commit")
		m.must("git", "add", ".")
		m.must("git", "commit", "-q", "-m", "policy")
		m.write("secrets/db.yaml", "password: hunter2\n", 0o644)
		m.write(".sops.yaml", readFile(t, filepath.Join(m.dir, ".sops.yaml"))+"# not staged\n", 0o644)
		m.must("git", "add", "secrets")
		m.refused("this commit is refused", "git", "commit", "-q", "-m", "plain")
		before := m.must("git", "status", "--porcelain=v2") + m.must("git", "diff")
		code, said := m.run("gitsecrets", "hooks", "status") // pre-push is not there
		if code != 1 || !strings.Contains(said, "pre-commit: active: kept by another program") || !strings.Contains(said, "pre-merge-commit: active: kept") {
			t.Errorf("status exits %d:\n%s", code, said)
		}
		if after := m.must("git", "status", "--porcelain=v2") + m.must("git", "diff"); after != before {
			t.Errorf("status changed the working tree:\n%s\nwas\n%s", after, before)
		}
	}
}
