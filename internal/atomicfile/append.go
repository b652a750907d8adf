package atomicfile

import (
	"io/fs"
	"os"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
)

// OpenRegular opens a regular file; anything else is [bounded.ErrIrregular]. A symbolic
// link in its place is not followed, and a FIFO or a device not waited for.
func OpenRegular(path string, flag int, mode fs.FileMode) (*os.File, error) {
	irregular := &fs.PathError{Op: "open", Path: path, Err: bounded.ErrIrregular}
	before, lerr := os.Lstat(path)
	if lerr == nil && !before.Mode().IsRegular() {
		return nil, irregular
	}
	f, err := os.OpenFile(path, flag|NoFollow, mode)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	switch {
	case err != nil:
	case !info.Mode().IsRegular(), lerr == nil && !os.SameFile(before, info):
		err = irregular
	default:
		return f, nil
	}
	f.Close()
	return nil, err
}

// AppendOptions: the zero value appends to a file that is there.
type AppendOptions struct {
	// Create is the mode of a file that is made if there is none; 0 makes none.
	Create fs.FileMode
	// Sync waits until the lines are on the disk.
	Sync bool
}

// Append appends lines to a regular file by one write, or leaves the file as it was. What
// stands there without a line end gets one before them. Lines of processes that append at
// the same time stay whole.
func Append(path string, lines []byte, o AppendOptions) (err error) {
	flag := os.O_RDWR | os.O_APPEND
	if o.Create != 0 {
		flag |= os.O_CREATE
	}
	f, err := OpenRegular(path, flag, o.Create)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
	}()
	if _, err := lock(f, true); err != nil {
		return err
	}
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if size := info.Size(); size > 0 {
		var last [1]byte
		if _, err := f.ReadAt(last[:], size-1); err != nil {
			return err
		}
		if last[0] != '\n' {
			lines = append([]byte{'\n'}, lines...)
		}
	}
	if n, err := f.Write(lines); err != nil {
		// What was cut short is taken back, if nobody else has written since.
		if now, statErr := f.Stat(); statErr == nil && now.Size() == info.Size()+int64(n) {
			_ = f.Truncate(info.Size()) // the error to report is that of the write
		}
		return err
	}
	if o.Sync {
		return f.Sync()
	}
	return nil
}
