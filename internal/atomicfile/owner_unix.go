//go:build unix

package atomicfile

import (
	"io/fs"
	"os"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// keepOwner gives the new file the owner and group of the old. Who may not
// give files away keeps them, but hands them to the old group if a member of
// it.
func keepOwner(f *os.File, old fs.FileInfo) error {
	stat, ok := old.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	err := f.Chown(int(stat.Uid), int(stat.Gid))
	if err == nil || os.Geteuid() == 0 {
		return err
	}
	_ = f.Chown(-1, int(stat.Gid)) // no member of it: nobody could keep the group
	return nil
}

// writable reports whether the file may be written. Its folder alone decides
// whether it can be replaced, but who made a file read-only meant it.
func writable(path string) bool { return unix.Access(path, unix.W_OK) == nil }

var umaskOnce sync.Mutex

// umask reads the process's umask, which can only be read by setting it.
func umask() fs.FileMode {
	umaskOnce.Lock()
	defer umaskOnce.Unlock()
	mask := syscall.Umask(0o077)
	syscall.Umask(mask)
	return fs.FileMode(mask)
}
