//go:build !unix

package gitrepo

import "os"

// openFile opens a file.
func openFile(name string) (*os.File, error) { return os.Open(name) }
