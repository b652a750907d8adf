package githooks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Site is a repository whose hooks are installed, removed or looked at.
type Site struct {
	// Dir is a folder in the repository; empty means the current one.
	Dir string
	// Env is the environment of git, as of os.Environ.
	Env []string
	// Program is the absolute path of the gitsecrets that the hooks call.
	Program string
	// Server: a bare repository that is pushed to, with the hooks of a server.
	Server bool
	// PerRef takes the hook update in place of pre-receive: a server then refuses each ref by itself instead of the
	// whole push.
	PerRef bool
}

// names lists the hooks that a site gets.
func (s *Site) names() []string {
	switch {
	case s.Server && s.PerRef:
		return []string{"update"}
	case s.Server:
		return []string{"pre-receive"}
	}
	return []string{"pre-commit", "pre-merge-commit", "pre-push"}
}

// place is where Git looks for the hooks of a site.
type place struct {
	dir    string // absolute
	top    string // of the working tree; in a bare repository the repository itself
	gitDir string // what linked worktrees share
	config string // core.hooksPath as it is set
	set    bool   // it is set
	scope  string // of that setting: local, worktree, global, system, command
}

// RefusedError is a place where hooks must not be written, and what to do instead.
type RefusedError struct{ Why, Instead string }

func (e *RefusedError) Error() string { return e.Why }

// locate finds where Git looks for hooks.
func (s *Site) locate(ctx context.Context) (*place, error) {
	bare, err := s.git(ctx, nil, nil, "rev-parse", "--is-bare-repository")
	if err != nil {
		return nil, err
	}
	switch {
	case s.Server && bare != "true":
		return nil, &RefusedError{Why: "this is not a bare repository: --server is for repositories that are pushed to", Instead: "gitsecrets hooks install"}
	case !s.Server && bare == "true":
		return nil, &RefusedError{Why: "this is a bare repository: nobody commits in it", Instead: "gitsecrets hooks install --server"}
	}
	p := &place{}
	if p.gitDir, err = s.path(ctx, "--git-common-dir"); err != nil {
		return nil, err
	}
	if p.top = p.gitDir; bare != "true" {
		if p.top, err = s.path(ctx, "--show-toplevel"); err != nil {
			return nil, err
		}
	}
	if p.dir, err = s.path(ctx, "--git-path", "hooks"); err != nil {
		return nil, err
	}
	setting, err := s.git(ctx, nil, nil, "config", "--show-scope", "--get", "core.hooksPath")
	if exitCode(err) == 1 {
		return p, nil // it is not set
	}
	if err != nil {
		return nil, err
	}
	p.set = true
	p.scope, p.config, _ = strings.Cut(setting, "\t")
	return p, nil
}

// path asks rev-parse for a path and makes it absolute.
func (s *Site) path(ctx context.Context, args ...string) (string, error) {
	out, err := s.git(ctx, nil, nil, append([]string{"rev-parse"}, args...)...)
	if err != nil {
		return "", err
	}
	if out = filepath.FromSlash(out); filepath.IsAbs(out) {
		return filepath.Clean(out), nil
	}
	return filepath.Abs(filepath.Join(s.Dir, out))
}

// mayWrite refuses a place where a hook would reach further than this repository, or would be overwritten, or is not
// ours to change.
func (s *Site) mayWrite(ctx context.Context, p *place) error {
	lines := "Add to the hooks there:\n" + snippet(s.names())
	switch {
	case p.set && isHusky(p.config):
		return &RefusedError{Why: "the hooks of this repository are made by husky, which overwrites what is written there", Instead: huskyLines}
	case p.set && p.scope != "local" && p.scope != "worktree":
		return &RefusedError{
			Why: fmt.Sprintf("core.hooksPath is set in the %s configuration to %s, which applies to all your repositories", p.scope, text.Path(p.config)),
			Instead: lines + "\nor let this repository have its own: git config --local core.hooksPath " +
				text.ShellPath(filepath.ToSlash(filepath.Join(p.gitDir, "hooks"))),
		}
	}
	info, err := os.Lstat(p.dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return err
	case info.Mode()&fs.ModeSymlink != 0:
		return &RefusedError{Why: text.Path(p.dir) + " is a link: what it leads to may be shared, or tracked by Git", Instead: lines}
	case !info.IsDir():
		return &RefusedError{Why: text.Path(p.dir) + " is not a folder, so Git runs no hooks here", Instead: "git config --unset core.hooksPath"}
	}
	if p.set && !within(p.dir, p.gitDir) {
		tracked, err := s.tracked(ctx, p.dir)
		if err != nil {
			return err
		}
		if tracked {
			return &RefusedError{
				Why: fmt.Sprintf("core.hooksPath is %s, and Git tracks what is in that folder: "+
					"others would get hooks that are made for this machine", text.Path(p.config)),
				Instead: lines,
			}
		}
	}
	return nil
}

// tracked reports whether some repository tracks files in a folder.
func (s *Site) tracked(ctx context.Context, dir string) (bool, error) {
	at := &Site{Dir: dir, Env: []string{"LC_ALL=C"}}
	for {
		if info, err := os.Stat(at.Dir); err == nil && info.IsDir() {
			break
		}
		up := filepath.Dir(at.Dir)
		if up == at.Dir {
			return false, nil
		}
		at.Dir = up
	}
	for _, v := range s.Env {
		if !strings.HasPrefix(v, "GIT_") && !strings.HasPrefix(v, "LC_ALL=") {
			at.Env = append(at.Env, v)
		}
	}
	inside, err := at.git(ctx, nil, nil, "rev-parse", "--is-inside-work-tree")
	if errors.Is(err, gitrepo.ErrNoRepository) {
		return false, nil
	}
	if err != nil || inside != "true" {
		return false, err
	}
	files, err := at.git(ctx, nil, nil, "--literal-pathspecs", "ls-files", "-z", "--", dir)
	return files != "", err
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
