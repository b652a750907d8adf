// Package bounded reads no more than somebody reckoned with: [Read] for streams,
// [ReadFile] for files, [Buffer] for what others write.
package bounded

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
)

var (
	// ErrTooLong: there is more than the limit.
	ErrTooLong = errors.New("too long")
	// ErrIrregular: what the path names is a folder, a pipe or a device.
	ErrIrregular = errors.New("not a regular file")
)

// Read reads all of r, up to limit bytes. If there is more, it returns the first
// limit bytes and [ErrTooLong]. A file that says how long it is is read at once.
func Read(r io.Reader, limit int64) ([]byte, error) {
	var data bytes.Buffer
	if f, ok := r.(interface{ Stat() (fs.FileInfo, error) }); ok {
		if info, err := f.Stat(); err == nil {
			data.Grow(int(min(max(info.Size(), 0), limit)) + bytes.MinRead)
		}
	}
	_, err := data.ReadFrom(io.LimitReader(r, limit+1))
	if int64(data.Len()) > limit {
		return data.Bytes()[:limit], ErrTooLong
	}
	return data.Bytes(), err
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
