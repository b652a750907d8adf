package atomicfile

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// syncWhole syncs each file system that holds one of the files. It reports
// false if that cannot be done.
func syncWhole(files []*Pending) bool {
	done := map[uint64]bool{}
	for _, dir := range folders(files) {
		f, err := os.Open(dir)
		if err != nil {
			return false
		}
		info, err := f.Stat()
		stat, ok := info.Sys().(*syscall.Stat_t)
		if err == nil && ok && !done[uint64(stat.Dev)] {
			done[uint64(stat.Dev)] = true
			err = unix.Syncfs(int(f.Fd()))
		}
		if closeErr := f.Close(); err != nil || closeErr != nil || !ok {
			return false
		}
	}
	return true
}
