package text

import (
	"errors"
	"io/fs"
)

// Reason is what a system call says, without the call and the path.
func Reason(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
