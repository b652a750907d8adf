package githooks

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// ProblemMissing is the Problem of a hook that nobody has installed.
const ProblemMissing = "is not there"

// SiteStatus is what the hooks of a site are and do.
type SiteStatus struct {
	// Active: every hook refuses what it must.
	Active   bool         `json:"active"`
	Hooks    []HookStatus `json:"hooks"`
	Canary   Canary       `json:"canary"`
	Warnings []string     `json:"warnings,omitempty"`
}

// HookStatus is what a hook is and does.
type HookStatus struct {
	Name    string `json:"name"`
	Path    string `json:"path"`
	Ours    bool   `json:"ours"`
	Version int    `json:"version,omitempty"`
	Program string `json:"program,omitempty"`
	// Before is the hook that runs first; empty if there is none. It is not run for the canary: what it does to the
	// working tree is not known.
	Before    string `json:"before,omitempty"`
	BeforeRan bool   `json:"before_ran"`
	// Refused: a made-up credential was put before this hook, as Git would run it, and gitsecrets refused it.
	Refused bool `json:"refused"`
	// Problem says why the hook does not protect; empty if it does.
	Problem string `json:"problem,omitempty"`
}

// Canary sums up what became of the made-up credentials that were put before the hooks that Git would run.
type Canary struct {
	Refused bool   `json:"refused"`
	Problem string `json:"problem,omitempty"`
}

// Status says which hooks are active, and proves each: it is run as Git would run it, on a scratch index or a commit
// with a made-up credential, which must be refused. Nothing of it stays in the repository. Hooks of others that ran
// before ours are not run. A hook that is another program's own is run in a scratch working tree.
func Status(ctx context.Context, site *Site) (*SiteStatus, error) {
	p, err := site.locate(ctx)
	if err != nil {
		return nil, err
	}
	c, err := site.newDecoy(ctx, p)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(c.dir)
	status := &SiteStatus{Active: true, Canary: Canary{Refused: true}}
	for _, name := range site.present(p) {
		h, err := readHook(filepath.Join(p.dir, name))
		if err != nil {
			return nil, err
		}
		s, err := c.look(ctx, name, h)
		if err != nil {
			return nil, err
		}
		if !s.Refused && status.Canary.Refused {
			status.Canary = Canary{Problem: name + " " + s.Problem}
		}
		status.Active = status.Active && s.Refused && s.Problem == ""
		status.Hooks = append(status.Hooks, s)
	}
	if err := os.RemoveAll(c.dir); err != nil {
		return nil, err
	}
	status.Warnings, err = site.warnings(ctx)
	return status, err
}

// present lists the hooks of a site that count: of a server's two, one is enough.
func (s *Site) present(p *place) []string {
	if s.Server {
		if h, err := readHook(filepath.Join(p.dir, "update")); err == nil && h.ours {
			if h, err := readHook(filepath.Join(p.dir, "pre-receive")); err != nil || !h.ours {
				return []string{"update"}
			}
		}
	}
	return s.names()
}

// look judges one hook.
func (c *decoy) look(ctx context.Context, name string, h *hook) (HookStatus, error) {
	s := HookStatus{Name: name, Path: h.path, Ours: h.ours}
	if h.ours {
		s.Version, _, _ = isOurs(h.text)
		s.Program, s.Before = programOf(h.text), h.before
	}
	switch {
	case !h.there:
		s.Problem = ProblemMissing
		return s, nil
	case !executable(h.path):
		s.Problem = "is not executable: Git ignores it"
		return s, nil
	case h.ours && !h.untouched:
		s.Problem = "was changed since it was installed"
	}
	said, problem, err := c.put(ctx, name, h)
	if err != nil {
		return s, err
	}
	switch s.Refused = problem == ""; {
	case s.Problem == "" && h.ours && !s.Refused && !exists(s.Program):
		s.Problem = "finds no program: " + s.Program + " is gone"
	case s.Problem == "":
		s.Problem = problem
	}
	if s.Problem != "" && said != "" {
		s.Problem += ": " + said
	}
	return s, nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// warnings say what of a server weakens its hooks though they are active: a HEAD that names no branch of it, so that no
// policy is that of every branch.
func (s *Site) warnings(ctx context.Context) ([]string, error) {
	if !s.Server {
		return nil, nil
	}
	_, err := s.git(ctx, nil, nil, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	if exitCode(err) != 1 {
		return nil, err
	}
	named, err := s.git(ctx, nil, nil, "symbolic-ref", "--quiet", "HEAD")
	if err != nil {
		return nil, err
	}
	branches, err := s.git(ctx, nil, nil, "for-each-ref", "--sort=-committerdate", "--format=%(refname)", "refs/heads/")
	if err != nil {
		return nil, err
	}
	if branches == "" {
		return []string{fmt.Sprintf("HEAD names %s, which nobody has pushed yet; "+
			"if the default branch has another name: git symbolic-ref HEAD refs/heads/main", text.Path(named))}, nil
	}
	list := strings.Split(branches, "\n")
	best := list[0]
	if slices.Contains(list, "refs/heads/main") {
		best = "refs/heads/main"
	}
	return []string{fmt.Sprintf("HEAD names %s, which does not exist: no policy applies to every branch, "+
		"and accepted findings do not count on a new branch; git symbolic-ref HEAD %s", text.Path(named), text.ShellPath(best))}, nil
}
