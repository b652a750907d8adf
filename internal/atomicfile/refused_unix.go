//go:build unix

package atomicfile

import (
	"errors"
	"io/fs"
	"syscall"
)

// isRefused reports whether a folder does not take a new file, or does not let the
// old one be replaced, while the file itself could be written: it is read-only, the file is
// mounted on its own, or belongs to somebody else. A full disk is none of these.
func isRefused(err error) bool {
	for _, refusal := range []error{fs.ErrPermission, syscall.EROFS, syscall.EBUSY, syscall.EXDEV} {
		if errors.Is(err, refusal) {
			return true
		}
	}
	return false
}

// isUnmapped reports whether an owner or a mode is one that cannot be given here, such as a
// user whom a container does not know.
func isUnmapped(err error) bool {
	return errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP)
}
