package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// disk is the whole file system as the one tree in which verbs look for
// policies. Names in it are absolute paths with forward slashes, without the
// first slash.
type disk struct{}

// InDisk is the name of a file in the tree. Links are not resolved.
func InDisk(file string) (string, error) {
	abs, err := filepath.Abs(file)
	return strings.TrimLeft(filepath.ToSlash(abs), "/"), err
}

// OnDisk is the absolute path of a name in the tree.
func OnDisk(name string) string {
	switch {
	case filepath.Separator == '/':
		return "/" + name
	case filepath.VolumeName(name) != "": // C:/folder
		return filepath.FromSlash(name)
	}
	return filepath.FromSlash("//" + name) // server/share/folder
}

func (disk) Open(name string) (fs.File, error)           { return os.Open(OnDisk(name)) }
func (disk) Stat(name string) (fs.FileInfo, error)       { return os.Stat(OnDisk(name)) }
func (disk) Lstat(name string) (fs.FileInfo, error)      { return os.Lstat(OnDisk(name)) }
func (disk) ReadLink(name string) (link string, _ error) { return os.Readlink(OnDisk(name)) }

// newResolver makes the look-up of this run.
func (a *App) newResolver() *policy.Resolver {
	r := policy.NewResolver(disk{})
	r.Called = func(name string) string { return a.ShortName(OnDisk(name)) }
	r.Absolute = func(name string) string { return filepath.ToSlash(OnDisk(name)) }
	return r
}

// FindPolicy returns the policy that speaks for a file, nil if there is none:
// the one that --config names, else the nearest .sops.yaml in the file's folder
// or above it, else in the working directory or above that. Standard input, a
// file of no name, lies in the working directory.
func (a *App) FindPolicy(c *urfave.Context, file string) (*policy.Found, error) {
	here, err := InDisk(".")
	if err != nil {
		return nil, err
	}
	name := path.Join(here, "-")
	if file != "" {
		if name, err = InDisk(file); err != nil {
			return nil, err
		}
	}
	if config := c.String("config"); config != "" {
		return a.namedPolicy(config, name)
	}
	found, err := a.Policies.Find(name, here)
	for _, warning := range a.Policies.Warnings() {
		a.WarnOnce("%s", text.Escape(warning))
	}
	return found, a.badPolicy(found, err)
}

// badPolicy adds to an error of a policy what the person can do.
func (a *App) badPolicy(found *policy.Found, err error) error {
	if err == nil || found == nil {
		return err
	}
	return &CodedError{Err: err, Code: ExitGeneric, Hint: "a policy with a problem is not used; gitsecrets lint " + text.ShellPath(a.PolicyName(found)) + " checks it"}
}

// PolicyName is what messages call the file of a policy.
func (a *App) PolicyName(found *policy.Found) string {
	if found.Policy != nil {
		return found.Policy.Name
	}
	return a.ShortName(filepath.Join(OnDisk(found.Dir), policy.FileName))
}

// namedPolicy is the policy that --config names, as it speaks for a file.
func (a *App) namedPolicy(config, name string) (*policy.Found, error) {
	file, err := InDisk(config)
	if err != nil {
		return nil, err
	}
	p, err := a.readNamed(config)
	var bad *policy.Error
	if errors.As(err, &bad) {
		err = &CodedError{Err: err, Code: ExitGeneric, Hint: "a policy with a problem is not used; gitsecrets lint " + text.ShellPath(a.ShortName(config)) + " checks it"}
	}
	if err != nil {
		return nil, err
	}
	return a.Policies.Named(p, path.Dir(file), name), nil
}

// readNamed reads the policy that --config names, once.
func (a *App) readNamed(config string) (*policy.Policy, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.config != nil {
		return a.config, nil
	}
	src, err := ReadSmall(config, policy.MaxSize+1)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, Coded(ExitGeneric, fmt.Errorf("could not read config file: open %s: no such file or directory", config))
	}
	if err != nil {
		return nil, fmt.Errorf("the policy cannot be read: %w", err)
	}
	a.config, err = policy.Parse(a.ShortName(config), src)
	return a.config, err
}

// ShortName is a path from the working directory where that is shorter.
func (a *App) ShortName(path string) string {
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

// RuleFor returns the policy's rule for a file, nil if no policy is there or
// none of its rules matches.
func (a *App) RuleFor(c *urfave.Context, file string) (*policy.Rule, *policy.Found, error) {
	if file == "" { // standard input, by no name
		return nil, nil, nil
	}
	found, err := a.FindPolicy(c, file)
	if err != nil {
		return nil, nil, err
	}
	return found.Rule(), found, nil
}

// ReadSmall reads a file of at most max bytes.
func ReadSmall(path string, max int64) ([]byte, error) {
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
	b, err := bounded.Read(f, max)
	if errors.Is(err, bounded.ErrTooLong) {
		return nil, fmt.Errorf("%s is larger than 1 MiB", path)
	}
	return b, err
}
