package hooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Site is a repository whose hooks are installed, removed or looked at.
type Site struct {
	// Dir is a folder in the repository; empty means the current one.
	Dir string
	// Env is the environment of git, as of os.Environ.
	Env []string
	// Program is the absolute path of the gitsecrets that the hooks call.
	Program string
	// Server installs the hooks that a server runs, into a bare repository.
	Server bool
}

// names lists the hooks that a site gets.
func (s *Site) names() []string {
	if s.Server {
		return []string{"pre-receive"}
	}
	return []string{"pre-commit", "pre-merge-commit", "pre-push"}
}

// place is where Git looks for the hooks of a site.
type place struct {
	dir    string // absolute
	top    string // of the working tree; empty in a bare repository
	gitDir string
	config string // core.hooksPath as it is set; empty if it is not
	scope  string // of that setting: local, worktree, global, system, command
}

// RefusedError is a place where hooks must not be written, and what to do
// instead.
type RefusedError struct{ Why, Instead string }

func (e *RefusedError) Error() string { return e.Why }

// git runs git in the site, with its own configuration: what is asked here is what that says.
func (s *Site) git(ctx context.Context, stdin []byte, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = s.Dir
	cmd.Env = append(append([]string{}, s.Env...), env...)
	cmd.Stdin = bytes.NewReader(stdin)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return "", &gitFailed{verb: args[0], err: err, said: line, all: said.String()}
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

type gitFailed struct {
	verb, said, all string // said is the first line of all
	err             error
}

func (e *gitFailed) Error() string {
	if e.said == "" {
		return fmt.Sprintf("git %s: %v", e.verb, e.err)
	}
	return fmt.Sprintf("git %s: %s", e.verb, strings.TrimPrefix(e.said, "fatal: "))
}

func (e *gitFailed) Unwrap() error { return e.err }

// exitCode is git's exit code, -1 if it did not run.
func (e *gitFailed) exitCode() int {
	var exit *exec.ExitError
	if errors.As(e.err, &exit) {
		return exit.ExitCode()
	}
	return -1
}

// locate finds where Git looks for hooks.
func (s *Site) locate(ctx context.Context) (*place, error) {
	base, err := filepath.Abs(s.Dir)
	if err != nil {
		return nil, err
	}
	abs := func(path string) string {
		if filepath.IsAbs(path) {
			return filepath.Clean(path)
		}
		return filepath.Join(base, path)
	}
	p := &place{}
	bare, err := s.git(ctx, nil, nil, "rev-parse", "--is-bare-repository")
	if err != nil {
		return nil, err
	}
	if bare != "true" {
		if p.top, err = s.git(ctx, nil, nil, "rev-parse", "--show-toplevel"); err != nil {
			return nil, err
		}
	}
	switch {
	case s.Server && bare != "true":
		return nil, &RefusedError{Why: "this is no bare repository: --server is for those that are pushed to"}
	case !s.Server && bare == "true":
		return nil, &RefusedError{Why: "this is a bare repository: nobody commits in it", Instead: "gitsecrets hooks install --server"}
	}
	hooks, err := s.git(ctx, nil, nil, "rev-parse", "--git-path", "hooks")
	if err != nil {
		return nil, err
	}
	gitDir, err := s.git(ctx, nil, nil, "rev-parse", "--git-common-dir")
	if err != nil {
		return nil, err
	}
	p.dir, p.gitDir = abs(hooks), abs(gitDir)
	setting, err := s.git(ctx, nil, nil, "config", "--show-scope", "--get", "core.hooksPath")
	var failed *gitFailed
	if errors.As(err, &failed) && failed.exitCode() == 1 {
		return p, nil // it is not set
	}
	if err != nil {
		return nil, err
	}
	p.scope, p.config, _ = strings.Cut(setting, "\t")
	return p, nil
}

// mayWrite refuses a place where a hook would reach further than this
// repository, or would be overwritten, or is not ours to change.
func (s *Site) mayWrite(p *place) error {
	lines := snippet(s.names())
	switch {
	case p.config != "" && (p.scope == "global" || p.scope == "system" || p.scope == "command"):
		return &RefusedError{
			Why:     fmt.Sprintf("core.hooksPath is set in the %s configuration to %s, which holds for every repository of yours", p.scope, quotePath(p.config)),
			Instead: "Put this into the hooks there, or run: git config --local core.hooksPath .git/hooks\n" + lines,
		}
	case p.config != "" && isHusky(p.config):
		return &RefusedError{Why: "the hooks of this repository are made by husky, which overwrites what is written there", Instead: "Put into .husky/pre-commit:\n  gitsecrets hook pre-commit\nand into .husky/pre-push:\n  gitsecrets hook pre-push \"$@\""}
	case p.config != "" && !within(p.dir, p.gitDir):
		return &RefusedError{Why: fmt.Sprintf("core.hooksPath is %s: what lies there is shared, or tracked by Git", quotePath(p.config)), Instead: "Add to the hooks there:\n" + lines}
	}
	if info, err := os.Lstat(p.dir); err == nil && info.Mode()&os.ModeSymlink != 0 {
		return &RefusedError{Why: p.dir + " is a link: what it leads to may be shared, or tracked by Git", Instead: "Add to the hooks there:\n" + lines}
	}
	return nil
}

// isHusky knows the folders to which husky points core.hooksPath.
func isHusky(path string) bool {
	path = strings.TrimSuffix(filepath.ToSlash(path), "/")
	return path == ".husky" || path == ".husky/_" || strings.HasSuffix(path, "/.husky/_") || strings.HasSuffix(path, "/.husky")
}

func within(path, dir string) bool {
	rel, err := filepath.Rel(resolved(dir), resolved(path))
	return err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}

// resolved follows the links of the part of a path that is there.
func resolved(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	if up := filepath.Dir(path); up != path {
		return filepath.Join(resolved(up), filepath.Base(path))
	}
	return path
}

// snippet is what a hook that somebody else keeps must call.
func snippet(names []string) string {
	var b strings.Builder
	for _, name := range names {
		fmt.Fprintf(&b, "  %-17s gitsecrets hook %s \"$@\" || exit $?\n", name+":", name)
	}
	return strings.TrimSuffix(b.String(), "\n")
}
