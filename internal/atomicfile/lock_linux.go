package atomicfile

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// lockSystem takes a lock of the open file description (fcntl(2)): unlike
// that of flock(2) it does not stand against people who wrap our verbs in
// flock(1) on the same file, and network file systems have it. Kernels without it have
// flock.
func lockSystem(f *os.File, wait bool) error {
	cmd := unix.F_OFD_SETLK
	if wait {
		cmd = unix.F_OFD_SETLKW
	}
	err := unix.FcntlFlock(f.Fd(), cmd, &unix.Flock_t{Type: unix.F_WRLCK})
	if errors.Is(err, unix.EINVAL) {
		return lockBSD(f, wait)
	}
	return err
}
