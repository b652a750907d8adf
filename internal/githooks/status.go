package githooks

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// ProblemMissing is the Problem of a hook that nobody has installed.
const ProblemMissing = "is not there"

// Status is what a hook is and does.
type Status struct {
	Name    string `json:"name"`
	Path    string `json:"path"`
	Ours    bool   `json:"ours"`
	Version int    `json:"version,omitempty"`
	Program string `json:"program,omitempty"`
	// Before is the hook that runs first; empty if there is none. It is not
	// run for the canary: what it does to the working tree is not known.
	Before    string `json:"before,omitempty"`
	BeforeRan bool   `json:"before_ran"`
	// Refused: a made-up credential was put before this hook, as Git would
	// run it, and gitsecrets refused it.
	Refused bool `json:"refused"`
	// Problem says why the hook does not protect; empty if it does.
	Problem string `json:"problem,omitempty"`
}

// Proof sums up the canaries: made-up credentials that were put before the
// hooks that Git would run.
type Proof struct {
	Refused bool   `json:"refused"`
	Problem string `json:"problem,omitempty"`
}

// Look says which hooks are active, and proves each: it is run as Git would
// run it, on a scratch index or a commit with a made-up credential, which must
// be refused. Nothing of it stays in the repository. Hooks of others that ran
// before ours are not run. A hook that is another program's own is run in a scratch working tree.
func Look(ctx context.Context, site *Site) ([]Status, *Proof, error) {
	p, err := site.locate(ctx)
	if err != nil {
		return nil, nil, err
	}
	c, err := site.newDecoy(ctx, p)
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(c.dir)
	var all []Status
	proof := &Proof{Refused: true}
	for _, name := range site.present(p) {
		h, err := readHook(filepath.Join(p.dir, name))
		if err != nil {
			return nil, nil, err
		}
		s, err := c.look(ctx, name, h)
		if err != nil {
			return nil, nil, err
		}
		if !s.Refused && proof.Refused {
			proof = &Proof{Problem: name + " " + s.Problem}
		}
		all = append(all, s)
	}
	if err := os.RemoveAll(c.dir); err != nil {
		return nil, nil, err
	}
	return all, proof, nil
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
func (c *decoy) look(ctx context.Context, name string, h *hook) (Status, error) {
	s := Status{Name: name, Path: h.path, Ours: h.ours}
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

// Warnings says what of a server weakens its hooks though they are active: a HEAD
// that names no branch of it, so that no policy is that of every branch.
func Warnings(ctx context.Context, site *Site) ([]string, error) {
	if !site.Server {
		return nil, nil
	}
	_, err := site.git(ctx, nil, nil, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
	var failed *gitFailed
	if err == nil || !errors.As(err, &failed) || failed.exitCode() != 1 {
		return nil, err
	}
	named, err := site.git(ctx, nil, nil, "symbolic-ref", "--quiet", "HEAD")
	if err != nil {
		return nil, err
	}
	branches, err := site.git(ctx, nil, nil, "for-each-ref", "--sort=-committerdate", "--format=%(refname)", "refs/heads/")
	if err != nil {
		return nil, err
	}
	if branches == "" {
		return []string{fmt.Sprintf("HEAD names %s, which nobody has pushed yet; if the default branch has another name: git symbolic-ref HEAD refs/heads/main", text.Path(named))}, nil
	}
	list := strings.Split(branches, "\n")
	best := list[0]
	if slices.Contains(list, "refs/heads/main") {
		best = "refs/heads/main"
	}
	return []string{fmt.Sprintf("HEAD names %s, which is not there: no policy holds for every branch, and nothing that is accepted counts on a new one; git symbolic-ref HEAD %s", text.Path(named), text.ShellPath(best))}, nil
}
