//go:build unix

package outputs

import (
	"io/fs"
	"os"
	"syscall"
)

// errNotFolder is a file where a path needs a folder.
const errNotFolder = syscall.ENOTDIR

// identityOf returns what tells a file from all others on this machine.
func identityOf(info fs.FileInfo) (dev, ino uint64) {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		return uint64(s.Dev), uint64(s.Ino)
	}
	return 0, 0
}

// isOurs reports whether a file belongs to the user of this process.
func isOurs(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(s.Uid) == os.Geteuid()
}

// isPrivate reports whether nobody else may read or write.
func isPrivate(info fs.FileInfo) bool { return info.Mode().Perm()&0o077 == 0 }
