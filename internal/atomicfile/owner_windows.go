package atomicfile

import (
	"io/fs"
	"os"
)

func keepOwner(*os.File, fs.FileInfo) error { return nil }

// writable: Windows itself refuses to replace a read-only file.
func writable(string) bool { return true }

func umask() fs.FileMode { return 0 }
