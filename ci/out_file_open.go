package ci

import (
	"errors"
	"os"
)

var errNotRegular = errors.New("not a regular file")

// openNoFollow opens a regular file. A symbolic link in its place is not followed, and
// a FIFO or a device not waited for.
func openNoFollow(path string, flag int, mode os.FileMode) (*os.File, error) {
	before, lerr := os.Lstat(path)
	if lerr == nil && !before.Mode().IsRegular() {
		return nil, &os.PathError{Op: "open", Path: path, Err: errNotRegular}
	}
	f, err := os.OpenFile(path, flag|noFollow, mode)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular(), lerr == nil && !os.SameFile(before, info):
		err = &os.PathError{Op: "open", Path: path, Err: errNotRegular}
	default:
		return f, nil
	}
	f.Close()
	return nil, err
}
