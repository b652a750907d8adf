package policy

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"sort"
	"strings"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// alternateName is a file name that people use by mistake: a policy in it is not read.
const alternateName = ".sops.yml"

// ErrIrregular says that a policy is not a regular file, but a folder, or a link without a target.
var ErrIrregular = errors.New("is not a regular file")

// Resolver finds the policies of a tree of files: for each file the nearest .sops.yaml in its folder or above. It
// reads each policy once, also an invalid one. Several goroutines may use it.
type Resolver struct {
	// Called, if not nil, returns the name of a file of the tree for messages and for Source. It is set before the
	// first use.
	Called func(name string) string
	// Absolute, if not nil, returns the path by which the rules of a policy see a file outside of the policy's
	// folder. Without it they see the path in the tree.
	Absolute func(name string) string

	tree  fs.FS
	parse func(name string, src []byte) (*Policy, error)
	mu    sync.Mutex
	dirs  map[string]*resolved
}

// Found is the result of a look-up for one file.
type Found struct {
	Policy *Policy // nil: it does not parse, or cannot be read
	Dir    string  // the policy's folder in the tree; "." is the root
	Path   string  // the file as the policy's rules see it
}

// Rule returns the rule that governs the file, or nil. A policy itself is never governed. A nil Found has no rules.
func (f *Found) Rule() *Rule {
	if f == nil || path.Base(f.Path) == FileName {
		return nil
	}
	return f.Policy.Rule(f.Path)
}

type resolved struct {
	once    sync.Once
	policy  *Policy // nil: there is none in this folder
	err     error
	warning string
}

// NewResolver returns a resolver for a tree. The root of the tree is the highest folder that is searched for a
// policy.
func NewResolver(tree fs.FS) *Resolver {
	return &Resolver{tree: tree, parse: Parse, dirs: map[string]*resolved{}}
}

// Rule returns the rule that governs a file, or nil. name is the path in the tree, with forward slashes. A .sops.yaml
// is never governed. An invalid policy is an *Error.
func (r *Resolver) Rule(name string) (*Rule, error) {
	if path.Base(name) == FileName {
		return nil, nil
	}
	found, err := r.Find(name, "")
	if err != nil {
		return nil, err
	}
	return found.Rule(), nil
}

// Find returns the policy for a file: the nearest one in the file's folder or above; if there is none, the nearest
// one in the folder otherwise or above, unless otherwise is empty. The first policy found decides, even if none of
// its rules matches the file. The result is nil if there is no policy. If the policy is invalid, the result has its
// folder, and the error is an *Error.
func (r *Resolver) Find(name, otherwise string) (*Found, error) {
	name = path.Clean(name)
	if !inTree(name) {
		return nil, fmt.Errorf("%q is not a path within the tree", name)
	}
	p, dir, err := r.above(path.Dir(name))
	if p == nil && err == nil && otherwise != "" {
		p, dir, err = r.above(path.Clean(otherwise))
	}
	if p == nil && err == nil {
		return nil, nil
	}
	return r.Named(p, dir, name), err
}

// Named is the result of a look-up for a policy that somebody named. dir is its folder.
func (r *Resolver) Named(p *Policy, dir, name string) *Found {
	within, inside := strings.CutPrefix(name, dirPrefix(dir))
	if !inside && r.Absolute != nil {
		within = r.Absolute(name)
	}
	return &Found{Policy: p, Dir: dir, Path: within}
}

// Policy returns the policy for a file, and its folder. Both are empty if there is none.
func (r *Resolver) Policy(name string) (*Policy, string, error) {
	found, err := r.Find(name, "")
	if found == nil {
		return nil, "", err
	}
	return found.Policy, found.Dir, err
}

// above searches a folder and those above it.
func (r *Resolver) above(dir string) (*Policy, string, error) {
	for ; ; dir = path.Dir(dir) {
		at := r.at(dir)
		if at.policy != nil || at.err != nil {
			return at.policy, dir, at.err
		}
		if dir == "." {
			return nil, "", nil
		}
	}
}

// inTree reports whether a clean path stays within the tree. A name of a file need not be UTF-8.
func inTree(name string) bool {
	return name != "" && name[0] != '/' && name != ".." && !strings.HasPrefix(name, "../")
}

// Warnings returns the warnings about the folders that were searched so far: a .sops.yml, which neither sops nor this
// program reads.
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
	at.once.Do(func() { r.read(dir, at) })
	return at
}

func (r *Resolver) read(dir string, at *resolved) {
	name := dirPrefix(dir) + FileName
	src, err := readPolicy(r.tree, name)
	switch {
	case err == nil:
		at.policy, at.err = r.parse(r.called(name), src)
	case errors.Is(err, fs.ErrNotExist):
		if _, err := fs.Lstat(r.tree, name); err == nil {
			at.err = fmt.Errorf("%s: %w: the target of the link does not exist", r.called(name), ErrIrregular)
			return
		}
		other := dirPrefix(dir) + alternateName
		if _, err := fs.Stat(r.tree, other); err == nil {
			at.warning = r.called(other) + " is not read: a policy must be called " + FileName
		}
	default:
		if !r.insideFile(dir) {
			at.err = fmt.Errorf("%s: %w", r.called(name), err)
		}
	}
}

func (r *Resolver) called(name string) string {
	if r.Called == nil {
		return name
	}
	return r.Called(name)
}

// insideFile reports whether a file stands where the path has a folder. This can be so for a path that was removed,
// or that does not exist yet. There is no policy then.
func (r *Resolver) insideFile(dir string) bool {
	for ; ; dir = path.Dir(dir) {
		if info, err := fs.Stat(r.tree, dir); err == nil {
			return !info.IsDir()
		}
		if dir == "." {
			return false
		}
	}
}

// readPolicy reads at most one byte more than the largest policy. It opens only regular files, because a FIFO would
// block.
func readPolicy(tree fs.FS, name string) ([]byte, error) {
	info, err := fs.Stat(tree, name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, ErrIrregular
	}
	f, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	src, err := bounded.Read(f, MaxSize+1)
	if errors.Is(err, bounded.ErrTooLong) {
		err = nil // Parse says so
	}
	return src, errors.Join(err, f.Close())
}
