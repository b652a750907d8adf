package hooks

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
)

// Done is what was done about one hook.
type Done struct {
	Name, Path string
	What       string // "installed", "up to date", "upgraded", "removed", "left alone", "not there"
	Before     string // the hook that was there before, and is run first; empty if there was none
}

// Install puts the hooks where this repository looks for them. A hook that is
// there runs first, with its arguments, stdin and exit code. The error is a
// *RefusedError where hooks must not be written: nothing was changed then.
func Install(ctx context.Context, site *Site) ([]Done, error) {
	p, err := site.locate(ctx)
	if err != nil {
		return nil, err
	}
	if err := site.mayWrite(p); err != nil {
		return nil, err
	}
	for _, name := range site.names() { // refuse before the first is written
		if err := site.ready(filepath.Join(p.dir, name)); err != nil {
			return nil, err
		}
	}
	folder := false
	if _, err := os.Stat(p.dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.Mkdir(p.dir, 0o755); err != nil {
			return nil, err
		}
		folder = true
	}
	var out []Done
	for _, name := range site.names() {
		d, err := site.install(filepath.Join(p.dir, name), name, folder)
		if err != nil {
			return out, fmt.Errorf("%s: %w", name, err)
		}
		out = append(out, d)
	}
	return out, nil
}

// ready refuses a hook that cannot be chained.
func (s *Site) ready(path string) error {
	text, ours, err := readHook(path)
	if err != nil || ours {
		return err
	}
	if name, instead := manager(text); name != "" {
		return &RefusedError{Why: fmt.Sprintf("%s is kept by %s, which overwrites what is put in its place", path, name), Instead: instead}
	}
	_, oldErr := os.Lstat(path + backupSuffix)
	_, err = os.Lstat(path)
	if oldErr == nil && err == nil {
		return &RefusedError{Why: fmt.Sprintf("both %s and %s%s are there, and neither is ours: another program has replaced our hook", path, path, backupSuffix), Instead: "Join the two into one, then run this again."}
	}
	return nil
}

// readHook reads a hook and tells whether it is ours; "" if there is none.
func readHook(path string) (text string, ours bool, err error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", false, err
	}
	if info.IsDir() {
		return "", false, &RefusedError{Why: path + " is a folder"}
	}
	if info.Mode()&fs.ModeSymlink != 0 {
		if _, err := os.Stat(path); err != nil {
			return "", false, nil // leads nowhere: Git ignores it, and it stays as it is
		}
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return "", false, err
	}
	_, ours = isOurs(string(src))
	return string(src), ours && info.Mode().IsRegular(), nil
}

func (s *Site) install(path, name string, folder bool) (Done, error) {
	d := Done{Name: name, Path: path, What: "installed"}
	old, ours, err := readHook(path)
	if err != nil {
		return d, err
	}
	if ours {
		text, err := script(name, s.Program, containsMade(old))
		if err != nil {
			return d, err
		}
		if d.Before, err = before(path); err != nil {
			return d, err
		}
		info, err := os.Stat(path)
		if err != nil {
			return d, err
		}
		if d.What = "up to date"; old == text && info.Mode()&0o111 == 0o111 {
			return d, nil
		}
		d.What = "upgraded"
		return d, writeHook(path, text)
	}
	text, err := script(name, s.Program, folder)
	if err != nil {
		return d, err
	}
	if _, err := os.Lstat(path); err == nil {
		if err := os.Rename(path, path+backupSuffix); err != nil {
			return d, err
		}
	}
	if err := writeHook(path, text); err != nil {
		if _, there := os.Lstat(path + backupSuffix); there == nil {
			err = errors.Join(err, os.Rename(path+backupSuffix, path))
		}
		return d, err
	}
	d.Before, err = before(path)
	return d, err
}

func writeHook(path, text string) error {
	if err := atomicfile.Write(path, []byte(text), atomicfile.Options{Mode: 0o755}); err != nil {
		return err
	}
	return os.Chmod(path, 0o755)
}

// before names the hook that runs before ours.
func before(path string) (string, error) {
	_, err := os.Lstat(path + backupSuffix)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return path + backupSuffix, err
}

// Uninstall gives back what was there before Install. A hook that somebody has
// changed since is left alone.
func Uninstall(ctx context.Context, site *Site) ([]Done, error) {
	p, err := site.locate(ctx)
	if err != nil {
		return nil, err
	}
	var out []Done
	folder := false
	for _, name := range site.names() {
		d := Done{Name: name, Path: filepath.Join(p.dir, name), What: "removed"}
		text, ours, err := readHook(d.Path)
		switch {
		case err != nil:
			return out, err
		case text == "":
			d.What = "not there"
		case !ours || !isUntouched(name, text):
			d.What = "left alone"
		default:
			folder = folder || containsMade(text)
			if d.Before, err = before(d.Path); err == nil && d.Before != "" {
				err = os.Rename(d.Before, d.Path)
			} else if err == nil {
				err = os.Remove(d.Path)
			}
			if err != nil {
				return out, fmt.Errorf("%s: %w", name, err)
			}
		}
		out = append(out, d)
	}
	if folder {
		os.Remove(p.dir) // if nothing else has come into it
	}
	return out, nil
}
