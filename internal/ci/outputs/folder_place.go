package outputs

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Place returns where a folder to write into lies, which may not be there yet, without symbolic links. One that [Open]
// would refuse is an error: so it shows before anything is opened.
func Place(dir string) (string, error) {
	real, _, err := placeFor(Options{Dir: dir})
	return real, err
}

// RepositoryAbove returns the nearest folder, from dir upwards, in which there is something called .git. A folder that
// cannot be looked into counts: there may be.
func RepositoryAbove(dir string) (top string, found bool) {
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); !isAbsent(err) {
			return dir, true
		}
		if dir == filepath.Dir(dir) {
			return "", false
		}
	}
}

// isAbsent reports whether an error says that a file, or the folder for it, does not exist.
func isAbsent(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotFolder)
}

// refuseLinks refuses a folder that somebody who may change the checkout could have led elsewhere: with a symbolic link
// as its last part, or as any part below the top of a repository or the working folder, wherever the command runs.
func refuseLinks(dir string) error {
	here, err := os.Getwd()
	if err != nil {
		return err
	}
	for part := dir; part != filepath.Dir(part); part = filepath.Dir(part) {
		rel, err := filepath.Rel(here, part)
		below := err == nil && rel != "." && filepath.IsLocal(rel)
		if _, inRepository := RepositoryAbove(filepath.Dir(part)); !below && !inRepository && (part != dir || rel == ".") {
			continue
		}
		info, err := os.Lstat(part)
		if err == nil && info.Mode()&fs.ModeSymlink != 0 {
			return &call.Error{Failure: call.Unsafe, Text: "plaintext is not written through the symbolic link " + text.QuoteName(part)}
		}
		if err != nil && !isAbsent(err) {
			return err
		}
	}
	return nil
}
