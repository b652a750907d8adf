//go:build unix

package gitrepo

import (
	"os"
	"syscall"
)

// openFile opens a file, never a link, and does not wait if it has become a FIFO.
func openFile(name string) (*os.File, error) {
	return os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
}
