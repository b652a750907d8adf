//go:build unix

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// openToLock opens a regular file. nil means that there is nothing to lock.
func openToLock(path string) *os.File {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDWR|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil
	}
	return f
}

// isAt reports whether path still leads to the open file.
func isAt(f *os.File, path string) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(path)
	return err == nil && os.SameFile(open, now)
}

// lock takes the lock on an open file. Without wait, an error means that somebody else has it.
// False, without an error, means that the file system has no locks.
func lock(f *os.File, wait bool) (locked bool, err error) {
	for {
		err := lockSystem(f, wait)
		switch {
		case err == nil:
			return true, nil
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EACCES):
			if wait {
				return false, nil // it is refused, not waited for
			}
			return false, err
		}
		return false, nil
	}
}

func lockBSD(f *os.File, wait bool) error {
	how := syscall.LOCK_EX
	if !wait {
		how |= syscall.LOCK_NB
	}
	return syscall.Flock(int(f.Fd()), how)
}
