// Package gittest makes repositories for tests, with the real git and without the configuration of whoever runs them.
// Only tests import it.
package gittest

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Repo is a repository in a folder of the test's own.
type Repo struct {
	T   testing.TB
	Dir string
	Env []string
}

// New makes a repository whose first branch is main. args are for git init.
func New(t testing.TB, args ...string) *Repo {
	t.Helper()
	r := &Repo{T: t, Dir: filepath.Join(t.TempDir(), "repo"), Env: []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL=/dev/null",
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.org",
		"GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.org",
	}}
	if err := os.Mkdir(r.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	r.Git(append([]string{"init", "-q", "-b", "main"}, args...)...)
	return r
}

// At is another folder for the same person.
func (r *Repo) At(dir string) *Repo { return &Repo{T: r.T, Dir: dir, Env: r.Env} }

// Git runs git and returns what it printed. A git that fails ends the test.
func (r *Repo) Git(args ...string) string {
	r.T.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir, cmd.Env = r.Dir, r.Env
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		r.T.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, said.String())
	}
	return strings.TrimSpace(string(out))
}

// Write writes files of the working tree: path and text in turn.
func (r *Repo) Write(files ...string) {
	r.T.Helper()
	for i := 0; i < len(files); i += 2 {
		path := filepath.Join(r.Dir, files[i])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			r.T.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(files[i+1]), 0o644); err != nil {
			r.T.Fatal(err)
		}
	}
}

// Add writes files and stages them, even if Git ignores them.
func (r *Repo) Add(files ...string) {
	r.T.Helper()
	r.Write(files...)
	for i := 0; i < len(files); i += 2 {
		r.Git("--literal-pathspecs", "add", "-f", "--", files[i])
	}
}

// Commit stages files and commits them without asking a hook. It returns the id.
func (r *Repo) Commit(files ...string) string {
	r.T.Helper()
	r.Add(files...)
	r.Git("commit", "-q", "--no-verify", "--allow-empty", "-m", "x")
	return r.Git("rev-parse", "HEAD")
}
