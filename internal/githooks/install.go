// Package githooks puts the hooks that judge commits and pushes where Git looks for them, takes them away again, and
// proves that they are active.
package githooks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/remotes"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Done is what was done about one hook.
type Done struct {
	Name, Path string
	What       string // one of the words below
	Before     string // the hook that was there before, and is run first; empty if there was none
	// BeforeIdle: that hook is not executable. It was not run before, and is not now.
	BeforeIdle bool
}

// What can be done about a hook.
const (
	Installed = "installed"
	UpToDate  = "up to date"
	Upgraded  = "upgraded"
	Removed   = "removed"
	LeftAlone = "left alone"
	NotThere  = "not there"
)

// Install puts the hooks where this repository looks for them. A hook that is there runs first, with its arguments,
// stdin and exit code. The error is a *RefusedError where hooks must not be written; whatever the error, nothing was
// changed. The notes are words for the person.
func Install(ctx context.Context, site *Site) (done []Done, notes []string, err error) {
	p, err := site.locate(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := site.mayWrite(ctx, p); err != nil {
		return nil, nil, err
	}
	var all []*hook
	for _, name := range site.names() { // refuse before the first is written
		h, err := readHook(filepath.Join(p.dir, name))
		if err == nil {
			err = h.ready()
		}
		if err != nil {
			return nil, nil, err
		}
		all = append(all, h)
	}
	folder := false
	if _, err := os.Stat(p.dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.Mkdir(p.dir, 0o755); err != nil {
			return nil, nil, err
		}
		folder = true
	}
	for _, h := range all {
		d, err := h.install(site.Program, folder)
		if err != nil {
			err = fmt.Errorf("%s: %w", d.Name, err)
			for j := range done {
				err = errors.Join(err, all[j].undo(done[j]))
			}
			if folder {
				err = errors.Join(err, os.Remove(p.dir))
			}
			return nil, nil, err
		}
		done = append(done, d)
	}
	if !site.Server {
		notes = soonReplaced(p.top)
		if err := site.rememberRemotes(ctx); err != nil {
			notes = append(notes, "the addresses of the remotes are not recorded, so a change of an address may go unnoticed: "+err.Error())
		}
		if p.set && within(p.dir, p.top) && !within(p.dir, p.gitDir) {
			notes = append(notes, "the hooks are in the working tree and contain a path of this machine: do not commit them")
		}
	}
	return done, notes, nil
}

// rememberRemotes takes down where the remotes are.
func (s *Site) rememberRemotes(ctx context.Context) error {
	repo, err := gitrepo.Open(gitrepo.Options{Dir: s.Dir, Env: s.Env})
	if err != nil {
		return err
	}
	defer repo.Close()
	return remotes.Note(ctx, repo)
}

// hook is what stands where Git looks for one.
type hook struct {
	path      string
	text      string
	mode      fs.FileMode
	there     bool   // something has the name
	ours      bool   // made by this program
	untouched bool   // and as it was made
	before    string // the hook that was there before ours; empty if there is none
}

// readHook reads a hook.
func readHook(path string) (*hook, error) {
	h := &hook{path: path}
	if _, err := os.Lstat(path + backupSuffix); err == nil {
		h.before = path + backupSuffix
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return h, nil
	}
	if err != nil {
		return nil, err
	}
	h.there = true
	if h.mode = info.Mode(); h.mode&fs.ModeSymlink != 0 {
		if info, err = os.Stat(path); err != nil {
			return h, nil // leads nowhere: Git ignores it, and it stays as it is
		}
	}
	if !info.Mode().IsRegular() {
		return nil, &RefusedError{Why: text.Path(path) + " is not a file", Instead: "Move it away, then run this again."}
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	h.text = string(src)
	_, h.untouched, h.ours = isOurs(h.text)
	h.ours = h.ours && h.mode.IsRegular()
	return h, nil
}

// executable reports whether Git would run a hook. On Windows, where there are no modes, it runs every one.
func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && (runtime.GOOS == "windows" || info.Mode()&0o111 != 0)
}

// ready refuses a hook that cannot be chained or replaced.
func (h *hook) ready() error {
	switch name, instead := manager(h.text); {
	case h.ours && !h.untouched:
		return &RefusedError{
			Why:     text.Path(h.path) + " was made by gitsecrets, and somebody has changed it since",
			Instead: "Keep what was added elsewhere, remove the file, then run this again.",
		}
	case h.ours:
	case name != "":
		return &RefusedError{Why: fmt.Sprintf("%s is kept by %s, which overwrites what is put in its place", text.Path(h.path), name), Instead: instead}
	case h.there && h.before != "":
		return &RefusedError{
			Why:     fmt.Sprintf("both %s and %s are there, and neither is ours: another program has replaced our hook", text.Path(h.path), text.Path(h.before)),
			Instead: "Join the two into one, then run this again.",
		}
	}
	return nil
}

func (h *hook) install(program string, folder bool) (d Done, err error) {
	name := filepath.Base(h.path)
	d = Done{Name: name, Path: h.path, What: Installed, Before: h.before}
	defer func() { d.BeforeIdle = d.Before != "" && !executable(d.Before) }()
	text, err := script(name, program, folder || h.ours && containsMade(h.text))
	if err != nil {
		return d, err
	}
	if h.ours {
		if d.What = UpToDate; h.text != text || !executable(h.path) {
			d.What, err = Upgraded, writeHook(h.path, text)
		}
		return d, err
	}
	if h.there {
		if err := os.Rename(h.path, h.path+backupSuffix); err != nil {
			return d, err
		}
		d.Before = h.path + backupSuffix
	}
	if err = writeHook(h.path, text); err != nil && h.there {
		err = errors.Join(err, os.Rename(d.Before, h.path))
	}
	return d, err
}

// undo takes back what install has done.
func (h *hook) undo(d Done) error {
	switch {
	case d.What == Upgraded:
		return atomicfile.Write(h.path, []byte(h.text), atomicfile.Options{Mode: h.mode.Perm()})
	case d.What == Installed && h.there:
		return os.Rename(d.Before, h.path)
	case d.What == Installed:
		return os.Remove(h.path)
	}
	return nil
}

func writeHook(path, text string) error {
	if err := atomicfile.Write(path, []byte(text), atomicfile.Options{Mode: 0o755}); err != nil {
		return err
	}
	return os.Chmod(path, 0o755)
}

// Print says what hooks that others keep must call, for the managers whose settings stand in this repository, or for
// any hook.
func Print(ctx context.Context, site *Site) (string, error) {
	p, err := site.locate(ctx)
	if err != nil {
		return "", err
	}
	var parts []string
	if !site.Server {
		for _, i := range used(p.top) {
			parts = append(parts, settings[i].lines)
		}
	}
	if len(parts) == 0 {
		parts = append(parts, "Add to the hooks, as the last line:\n"+snippet(site.names()))
	}
	return strings.Join(parts, "\n\n"), nil
}
