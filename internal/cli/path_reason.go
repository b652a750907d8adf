package cli

import (
	"errors"
	"io/fs"
)

// reason is what a system call says, without the call and the path.
func reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
