package atomicfile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// openToLock opens a file of the user's temporary folder that stands for path:
// Windows keeps others from reading and replacing a file that is locked itself.
func openToLock(path string) *os.File {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return nil
	}
	name, err := filepath.Abs(path)
	if err != nil {
		return nil
	}
	if real, err := filepath.EvalSymlinks(name); err == nil {
		name = real
	}
	sum := sha256.Sum256([]byte(strings.ToLower(name)))
	dir := filepath.Join(os.TempDir(), "gitsecrets-locks")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil
	}
	f, err := os.OpenFile(filepath.Join(dir, hex.EncodeToString(sum[:16])), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil
	}
	return f
}

// isAt: the file that stands for path is never replaced.
func isAt(*os.File, string) bool { return true }

// lock takes the lock on an open file. Without wait, an error means that somebody else has it.
func lock(f *os.File, wait bool) (locked bool, err error) {
	flags := uint32(windows.LOCKFILE_EXCLUSIVE_LOCK)
	if !wait {
		flags |= windows.LOCKFILE_FAIL_IMMEDIATELY
	}
	err = windows.LockFileEx(windows.Handle(f.Fd()), flags, 0, 1, 0, &windows.Overlapped{})
	switch {
	case err == nil:
		return true, nil
	case errors.Is(err, windows.ERROR_LOCK_VIOLATION) && !wait:
		return false, err
	}
	return false, nil
}
