package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
)

// Sync brings the new bytes of files that were prepared with NoSync to the
// disk. Where the system can, a whole file system is synced at once, which
// costs far less than one file after the other.
func Sync(files []*Pending) error {
	var waiting []*Pending
	for _, p := range files {
		if p != nil && !p.synced && p.temp != "" {
			waiting = append(waiting, p)
		}
	}
	if len(waiting) > 16 && syncWhole(waiting) {
		return nil
	}
	var errs []error
	for _, p := range waiting {
		f, err := os.OpenFile(p.temp, os.O_WRONLY, 0)
		if err == nil {
			err = errors.Join(f.Sync(), f.Close())
		}
		if err != nil {
			errs = append(errs, p.explain(err))
		}
	}
	return errors.Join(errs...)
}

// folders returns the folders of files, each once.
func folders(files []*Pending) []string {
	var dirs []string
	seen := map[string]bool{}
	for _, p := range files {
		if p == nil {
			continue
		}
		if dir := filepath.Dir(p.target); !seen[dir] {
			seen[dir] = true
			dirs = append(dirs, dir)
		}
	}
	return dirs
}

// SyncFolders makes the renames of many files last, each folder once.
func SyncFolders(files []*Pending) {
	for _, dir := range folders(files) {
		syncFolder(dir)
	}
}
