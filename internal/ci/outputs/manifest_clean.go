package outputs

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Cleaned is what a cleanup did.
type Cleaned struct {
	Removed []string // files and folders that are gone now
	Kept    []Kept   // what was written and is not what it was any more
	Names   []string // variables that were exported, which the caller can blank
}

// Kept is something that was left where it is.
type Kept struct{ Path, Why string }

// Cleanup removes what the manifest at a path names: files only if they are still the ones that were written, byte for
// byte; folders that were made only if they are empty. Symbolic links are never followed. What is gone already, the
// manifest too, is fine. The manifest goes at the end, unless something that should have gone could not be removed; the
// error says so then.
func Cleanup(ctx context.Context, path string) (removed []string, kept []Kept, err error) {
	if path, err = filepath.Abs(path); err != nil {
		return nil, nil, err
	}
	if err := checkPrivateFolder(filepath.Dir(path)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return nil, nil, err
	}
	c, err := cleanManifests(ctx, []string{path})
	return c.Removed, c.Kept, err
}

// CleanupFolder is Cleanup for the manifests of one job in a folder, see [NewManifest], or for those of all where run
// is empty.
func CleanupFolder(ctx context.Context, folder, run string) (Cleaned, error) {
	folder, err := filepath.Abs(folder)
	if err != nil {
		return Cleaned{}, err
	}
	paths, err := manifestsOf(folder, run)
	if err != nil {
		return Cleaned{}, err
	}
	cleaned, err := cleanManifests(ctx, paths)
	_ = os.Remove(folder) // if it is empty: a run may have ended before it noted anything
	return cleaned, err
}

// cleaner cleans up. What one manifest keeps another one may remove: a file that was written twice, or a folder that
// one run made and two runs used.
type cleaner struct {
	Cleaned
	errs []error
}

func cleanManifests(ctx context.Context, paths []string) (Cleaned, error) {
	var c cleaner
	states, failed := map[string]*manifestState{}, map[string]bool{}
	for _, path := range paths {
		s, err := readManifest(path)
		if err != nil {
			c.errs = append(c.errs, err)
			continue
		}
		states[path] = s
		for _, name := range s.Names {
			if checkName(name) == nil && !slices.Contains(c.Names, name) {
				c.Names = append(c.Names, name)
			}
		}
	}
	each := func(do func(*manifestFolder)) {
		for _, path := range paths {
			if s := states[path]; s != nil {
				before := len(c.errs)
				for i := range s.Folders {
					if ctx.Err() == nil {
						do(&s.Folders[i])
					}
				}
				failed[path] = failed[path] || len(c.errs) > before
			}
		}
	}
	each(c.files)
	each(c.folders)
	if ctx.Err() != nil {
		return c.Cleaned, errors.Join(append(c.errs, ctx.Err())...)
	}
	for path := range states {
		if !failed[path] {
			c.fail(path, os.Remove(path+".tmp"))
			c.fail(path, os.Remove(path))
		}
	}
	for path := range states {
		if manifestName().MatchString(filepath.Base(path)) {
			_ = os.Remove(filepath.Dir(path)) // it goes with the last manifest, if it is empty
		}
	}
	c.settle()
	return c.Cleaned, errors.Join(c.errs...)
}

// files removes the files of a folder.
func (c *cleaner) files(f *manifestFolder) {
	if !f.Opened {
		return // nothing was written yet
	}
	root, err := f.open()
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return
	case err != nil:
		c.keep(f.Path, err)
		return
	}
	defer root.Close()
	for _, file := range f.Files {
		path := filepath.Join(f.Path, file.Name)
		if !filepath.IsLocal(file.Name) {
			c.keep(file.Name, bounded.ErrIrregular)
			continue
		}
		c.temporary(root, f, file)
		if !file.Written {
			continue // it never got its name
		}
		switch err := isStill(root, file); {
		case err == nil:
			c.done(path, root.Remove(file.Name))
		case errors.Is(err, fs.ErrNotExist):
		default:
			c.keep(path, err)
		}
	}
}

var tempName = text.Lazily(`^\.gitsecrets-[0-9a-f]{32}\.tmp$`)

// temporary removes what was written of a file before it got its name. Nobody else makes files of such names.
func (c *cleaner) temporary(root *os.Root, f *manifestFolder, file manifestFile) {
	if !tempName().MatchString(filepath.Base(file.Temp)) || filepath.Dir(file.Temp) != filepath.Dir(file.Name) {
		return
	}
	info, err := lstatBelow(root, file.Temp)
	path := filepath.Join(f.Path, file.Temp)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		c.keep(path, err)
	case !info.Mode().IsRegular() || !isOurs(info) || !isPrivate(info):
		c.keep(path, errOtherFile)
	default:
		c.done(path, root.Remove(file.Temp))
	}
}

// folders removes the folders that were made in and for a folder, if they are empty.
func (c *cleaner) folders(f *manifestFolder) {
	root, err := f.open()
	switch {
	case err == nil:
		for _, name := range slices.Backward(f.Made) {
			info, err := lstatBelow(root, name)
			if err == nil && info.IsDir() && isOurs(info) {
				c.folder(filepath.Join(f.Path, name), root.Remove(name))
			}
		}
		root.Close()
	case !errors.Is(err, fs.ErrNotExist):
		c.keep(f.Path, err)
		return
	}
	for _, path := range slices.Backward(f.Above) {
		rel, err := filepath.Rel(path, f.Path)
		if err != nil || !filepath.IsLocal(rel) || !filepath.IsAbs(path) {
			continue // no folder above this one
		}
		if info, err := os.Lstat(path); err == nil && info.IsDir() && isOurs(info) {
			c.folder(path, os.Remove(path))
		}
	}
}

// open opens the folder, if it is still the same one.
func (f *manifestFolder) open() (*os.Root, error) {
	if !filepath.IsAbs(f.Path) || f.Path != filepath.Clean(f.Path) {
		return nil, bounded.ErrIrregular
	}
	real, err := filepath.EvalSymlinks(f.Path)
	switch {
	case err != nil:
		return nil, err
	case real != f.Path:
		return nil, errLink
	}
	root, err := os.OpenRoot(f.Path)
	if err != nil {
		return nil, err
	}
	info, err := root.Stat(".")
	if err == nil && f.Opened {
		if dev, ino := identityOf(info); dev != f.Dev || ino != f.Ino {
			err = errors.New("another folder is in its place")
		}
	}
	if err != nil {
		root.Close()
		return nil, err
	}
	return root, nil
}

func (c *cleaner) keep(path string, why error) {
	c.Kept = append(c.Kept, Kept{path, why.Error()})
}

// done notes that something was removed, or why not.
func (c *cleaner) done(path string, err error) {
	if err == nil {
		c.Removed = append(c.Removed, path)
	}
	c.fail(path, err)
}

func (c *cleaner) fail(path string, err error) {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		c.errs = append(c.errs, err)
		c.keep(path, err)
	}
}

// folder is done for a folder, which may be full of other things.
func (c *cleaner) folder(path string, err error) {
	if err != nil {
		if entries, readErr := os.ReadDir(path); readErr == nil && len(entries) > 0 {
			c.keep(path, errors.New("other files are in it"))
			return
		}
	}
	c.done(path, err)
}

// settle drops from what was kept that which is gone in the end, and says each thing once.
func (c *cleaner) settle() {
	seen := map[string]bool{}
	c.Kept = slices.DeleteFunc(c.Kept, func(k Kept) bool {
		_, err := os.Lstat(k.Path)
		gone := errors.Is(err, fs.ErrNotExist) || seen[k.Path]
		seen[k.Path] = true
		return gone
	})
}
