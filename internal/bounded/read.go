// Package bounded reads no more than somebody reckoned with: [Read] for streams,
// [ReadFile] for files, [Buffer] for what others write.
package bounded

import (
	"errors"
	"io"
	"os"
)

var (
	// ErrTooLong: there is more than the limit.
	ErrTooLong = errors.New("too long")
	// ErrIrregular: what the path names is a folder, a pipe or a device.
	ErrIrregular = errors.New("not a regular file")
)

// Read reads all of r, up to limit bytes. If there is more, it returns the first
// limit bytes and [ErrTooLong].
func Read(r io.Reader, limit int64) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(b)) > limit {
		return b[:limit], ErrTooLong
	}
	return b, err
}

// ReadFile reads a regular file of up to limit bytes. Links are followed. Anything
// else, such as a pipe that nobody writes to, is not opened.
func ReadFile(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, ErrIrregular
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := Read(f, limit)
	if err != nil {
		return nil, err
	}
	return b, nil
}
