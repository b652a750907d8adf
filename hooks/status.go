package hooks

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Status is what a hook is and does.
type Status struct {
	Name    string `json:"name"`
	Path    string `json:"path"`
	Ours    bool   `json:"ours"`
	Version int    `json:"version,omitempty"`
	Program string `json:"program,omitempty"`
	// Before is the hook that runs first; empty if there is none.
	Before string `json:"before,omitempty"`
	// Problem says why the hook does not protect; empty if it does.
	Problem string `json:"problem,omitempty"`
}

// Proof is the outcome of a canary: a made-up credential that was put before
// the hook that Git would run.
type Proof struct {
	Refused bool   `json:"refused"`
	Problem string `json:"problem,omitempty"`
}

const canaryName = "gitsecrets-canary.txt"

// Look says which hooks are active, and proves it: Git itself runs its
// pre-commit hook on a scratch index with a made-up credential, which must be refused.
// The hook that ran before ours is not run. Nothing of it stays in the repository.
func Look(ctx context.Context, site *Site) ([]Status, *Proof, error) {
	p, err := site.locate(ctx)
	if err != nil {
		return nil, nil, err
	}
	var all []Status
	for _, name := range site.names() {
		s := Status{Name: name, Path: filepath.Join(p.dir, name)}
		text, ours, err := readHook(s.Path)
		if err != nil {
			return nil, nil, err
		}
		info, statErr := os.Stat(s.Path)
		s.Ours = ours
		switch {
		case text == "":
			s.Problem = "is not there"
		case statErr == nil && info.Mode()&0o111 == 0:
			s.Problem = "is not executable: Git ignores it"
		case !ours && !strings.Contains(text, "gitsecrets hook"):
			s.Problem = "does not call gitsecrets"
		case ours:
			s.Version, _ = isOurs(text)
			s.Program = programOf(text)
			if _, err := os.Stat(s.Program); err != nil {
				s.Problem = "its program is gone: " + s.Program
			} else if !isUntouched(name, text) {
				s.Problem = "was changed since it was installed"
			}
			if s.Before, err = before(s.Path); err != nil {
				return nil, nil, err
			}
		}
		all = append(all, s)
	}
	if site.Server {
		return all, &Proof{Refused: all[0].Problem == ""}, nil
	}
	proof, err := site.prove(ctx, p)
	return all, proof, err
}

// prove has Git run its pre-commit hook on a canary.
func (s *Site) prove(ctx context.Context, p *place) (proof *Proof, err error) {
	dir, err := os.MkdirTemp("", "gitsecrets-canary-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if rmErr := os.RemoveAll(dir); err == nil {
			err = rmErr
		}
	}()
	objects := filepath.Join(dir, "objects")
	if err := os.Mkdir(objects, 0o700); err != nil {
		return nil, err
	}
	real, err := s.git(ctx, nil, nil, "rev-parse", "--git-path", "objects")
	if err != nil {
		return nil, err
	}
	if !filepath.IsAbs(real) {
		base, err := filepath.Abs(s.Dir)
		if err != nil {
			return nil, err
		}
		real = filepath.Join(base, real)
	}
	env := []string{"GIT_INDEX_FILE=" + filepath.Join(dir, "index"), "GIT_OBJECT_DIRECTORY=" + objects, "GIT_ALTERNATE_OBJECT_DIRECTORIES=" + real, "GITSECRETS_CANARY=1"}
	if _, err := s.git(ctx, nil, nil, "rev-parse", "--verify", "--quiet", "HEAD^{tree}"); err == nil {
		if _, err := s.git(ctx, nil, env, "read-tree", "HEAD"); err != nil {
			return nil, err
		}
	}
	canary, err := madeUpCredential()
	if err != nil {
		return nil, err
	}
	id, err := s.git(ctx, []byte(canary), env, "hash-object", "-w", "--stdin")
	if err != nil {
		return nil, err
	}
	if _, err := s.git(ctx, nil, env, "update-index", "--add", "--cacheinfo", "100644,"+id+","+canaryName); err != nil {
		return nil, err
	}
	at := *s
	at.Dir = p.top
	_, err = at.git(ctx, nil, env, "hook", "run", "pre-commit")
	if err == nil {
		return &Proof{Problem: "a made-up credential went through the pre-commit hook"}, nil
	}
	failed, ok := err.(*gitFailed)
	switch {
	case !ok || failed.exitCode() < 0:
		return nil, err
	case strings.Contains(failed.said, "cannot find a hook") || strings.Contains(failed.said, "is not a git command"):
		return &Proof{Problem: "Git finds no pre-commit hook to run"}, nil
	case !strings.Contains(failed.all, "this commit is refused") || !strings.Contains(failed.all, canaryName):
		return &Proof{Problem: "the pre-commit hook fails, but not for the made-up credential: " + failed.said}, nil
	}
	return &Proof{Refused: true}, nil
}

// madeUpCredential has the form of an age identity. Nobody has its like.
func madeUpCredential() (string, error) {
	const alphabet = "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"
	raw := make([]byte, 58)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	for i, c := range raw {
		raw[i] = alphabet[c&31]
	}
	return fmt.Sprintf("a canary of gitsecrets hooks status: %s%s\n", "AGE-SECRET-KEY-1", raw), nil
}
