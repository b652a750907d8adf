package atomicfile

import (
	"os"

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
		var stat unix.Stat_t
		err = unix.Fstat(int(f.Fd()), &stat)
		if err == nil && !done[uint64(stat.Dev)] {
			done[uint64(stat.Dev)] = true
			err = unix.Syncfs(int(f.Fd()))
		}
		if closeErr := f.Close(); err != nil || closeErr != nil {
			return false
		}
	}
	return true
}
