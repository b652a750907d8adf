package policy

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"
)

// Resolver finds the policies of a tree of files: for each file the nearest
// .sops.yaml up the tree. It reads each policy once, also one that does not
// parse, and may be used by several goroutines.
type Resolver struct {
	tree fs.FS
	mu   sync.Mutex
	dirs map[string]*resolved
}

type resolved struct {
	once    sync.Once
	policy  *Policy // nil: there is none in this folder
	err     error
	warning string
}

// NewResolver returns a resolver for a tree, whose root is the highest folder
// in which a policy is looked for.
func NewResolver(tree fs.FS) *Resolver {
	return &Resolver{tree: tree, dirs: map[string]*resolved{}}
}

// Rule returns the rule that governs a file, by its path in the tree with
// forward slashes. nil means that none does. A .sops.yaml is never governed.
func (r *Resolver) Rule(name string) (*Rule, error) {
	if path.Base(name) == FileName {
		return nil, nil
	}
	p, dir, err := r.Policy(name)
	if p == nil || err != nil {
		return nil, err
	}
	return p.Rule(strings.TrimPrefix(name, dirPrefix(dir))), nil
}

// Policy returns the policy that speaks for a file, and its folder. nil means
// that there is none.
func (r *Resolver) Policy(name string) (*Policy, string, error) {
	name = path.Clean(name)
	if !fs.ValidPath(name) {
		return nil, "", fmt.Errorf("%q is no path within the tree", name)
	}
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		at := r.at(dir)
		if at.policy != nil || at.err != nil {
			return at.policy, dir, at.err
		}
		if dir == "." {
			return nil, "", nil
		}
	}
}

// Warnings returns what should be said of the folders looked at so far: a
// .sops.yml, which sops and we do not read.
func (r *Resolver) Warnings() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []string
	for _, at := range r.dirs {
		if at.warning != "" {
			out = append(out, at.warning)
		}
	}
	sort.Strings(out)
	return out
}

func dirPrefix(dir string) string {
	if dir == "." {
		return ""
	}
	return dir + "/"
}

func (r *Resolver) at(dir string) *resolved {
	r.mu.Lock()
	at := r.dirs[dir]
	if at == nil {
		at = &resolved{}
		r.dirs[dir] = at
	}
	r.mu.Unlock()
	at.once.Do(func() {
		name := dirPrefix(dir) + FileName
		src, err := readPolicy(r.tree, name)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			other := dirPrefix(dir) + ".sops.yml"
			if _, err := fs.Stat(r.tree, other); err == nil {
				at.warning = other + " is not read: a policy must be called " + FileName
			}
		case err != nil:
			at.err = fmt.Errorf("%s: %w", name, err)
		default:
			at.policy, at.err = Parse(name, src)
		}
	})
	return at
}

// readPolicy reads at most one byte more than a policy may have.
func readPolicy(tree fs.FS, name string) ([]byte, error) {
	f, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("is no regular file")
	}
	return io.ReadAll(io.LimitReader(f, MaxSize+1))
}
