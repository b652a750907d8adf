package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/term"
	"github.com/gitsecrets/gitsecrets/policy"
)

// foundPolicy is a policy file that was read, or what came of trying.
type foundPolicy struct {
	path   string // of the file; empty: there is none
	policy *policy.Policy
	err    error
}

// findPolicy returns the policy that speaks for a file, nil if there is none:
// the one that --config names, else the nearest .sops.yaml from the working
// directory upwards, as sops looks for it, else from the file's folder
// upwards.
func (a *app) findPolicy(c *cli.Context, file string) (*foundPolicy, error) {
	if name := c.String("config"); name != "" {
		p := a.policyAt(name)
		if p.err != nil {
			return nil, p.err
		}
		if p.policy == nil {
			return nil, coded(exitGeneric, fmt.Errorf("could not read config file: open %s: no such file or directory", name))
		}
		return p, nil
	}
	found, err := a.policyAbove(".")
	if err != nil || file == "" {
		return found, err
	}
	nearer, err := a.policyAbove(filepath.Dir(file))
	if err != nil {
		return nil, err
	}
	if found == nil {
		return nearer, nil
	}
	if nearer != nil && nearer.path != found.path && strings.HasPrefix(nearer.path, filepath.Dir(found.path)+string(filepath.Separator)) {
		a.warnOnce("%s is used, as sops would from this folder, though %s is nearer to the file", term.Escape(a.shortName(found.path)), term.Escape(a.shortName(nearer.path)))
	}
	return found, nil
}

// policyAbove looks for a policy in a folder and above it. nil: there is none.
func (a *app) policyAbove(dir string) (*foundPolicy, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	for {
		p := a.policyAt(filepath.Join(dir, policy.FileName))
		if p.err != nil {
			return nil, p.err
		}
		if p.policy != nil {
			return p, nil
		}
		other := filepath.Join(dir, ".sops.yml")
		if _, err := os.Stat(other); err == nil {
			a.warnOnce("%s is not read: a policy must be called %s", term.Escape(a.shortName(other)), policy.FileName)
		}
		up := filepath.Dir(dir)
		if up == dir {
			return nil, nil
		}
		dir = up
	}
}

// policyAt reads a policy file once. A file that is not there leaves policy
// and err nil.
func (a *app) policyAt(path string) *foundPolicy {
	a.mu.Lock()
	defer a.mu.Unlock()
	if p := a.policies[path]; p != nil {
		return p
	}
	p := &foundPolicy{}
	a.policies[path] = p
	src, err := readSmall(path, policy.MaxSize+1)
	if errors.Is(err, fs.ErrNotExist) {
		return p
	}
	if p.path, p.err = filepath.Abs(path); p.err != nil {
		return p
	}
	if err != nil {
		p.err = fmt.Errorf("the policy cannot be read: %w", err)
		return p
	}
	p.policy, err = policy.Parse(a.shortName(path), src)
	if err != nil {
		p.err = &codedError{err: err, code: exitGeneric, hint: "nothing is done with a policy that may not mean what it says; gitsecrets lint checks it"}
	}
	return p
}

// shortName is a path from the working directory where that is shorter.
func (a *app) shortName(path string) string {
	wd, err := os.Getwd()
	if err != nil {
		return path
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if rel, err := filepath.Rel(wd, abs); err == nil && !strings.HasPrefix(rel, ".."+string(filepath.Separator)+"..") {
		return rel
	}
	return abs
}

// pathFor is how rules see a file: from the policy's folder, with forward
// slashes, or absolute if it lies outside.
func (p *foundPolicy) pathFor(file string) (string, error) {
	abs, err := filepath.Abs(file)
	if err != nil {
		return "", err
	}
	abs = strings.TrimPrefix(abs, filepath.Dir(p.path)+string(filepath.Separator))
	return filepath.ToSlash(abs), nil
}

// ruleFor returns the policy's rule for a file, nil if no policy is there or
// none of its rules matches.
func (a *app) ruleFor(c *cli.Context, file string) (*policy.Rule, *foundPolicy, error) {
	if file == "" { // standard input, by no name
		return nil, nil, nil
	}
	p, err := a.findPolicy(c, file)
	if err != nil || p == nil {
		return nil, nil, err
	}
	path, err := p.pathFor(file)
	if err != nil {
		return nil, nil, err
	}
	if filepath.Base(file) == policy.FileName {
		return nil, p, nil
	}
	return p.policy.Rule(path), p, nil
}

// readSmall reads a file of at most max bytes.
func readSmall(path string, max int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, fmt.Errorf("%s is a folder", path)
	}
	if info.Size() > max {
		return nil, fmt.Errorf("%s is larger than 1 MiB", path)
	}
	return io.ReadAll(io.LimitReader(f, max))
}
