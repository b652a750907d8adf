package outputs

import (
	"io/fs"
	"syscall"
)

// errNotFolder is a file where a path needs a folder.
const errNotFolder = syscall.ERROR_PATH_NOT_FOUND

// identityOf returns nothing: a path alone does not identify a file here, so its content decides.
func identityOf(fs.FileInfo) (dev, ino uint64) { return 0, 0 }

// isOurs and isPrivate: the folder's access list decides, which is the user's own in a user's temporary folder.
func isOurs(fs.FileInfo) bool { return true }

func isPrivate(fs.FileInfo) bool { return true }
