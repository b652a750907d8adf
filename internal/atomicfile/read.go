package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
)

// Read returns the bytes of a file. FIFOs and /dev/fd are read as well, since
// shells hand over files in that way; a folder is refused.
func Read(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: errors.New("it is a folder")}
	}
	if !info.Mode().IsRegular() || info.Size() == 0 { // /proc says 0 of all
		return io.ReadAll(f)
	}
	// Exactly sized: large files are read without a second copy.
	data := make([]byte, info.Size())
	n, err := io.ReadFull(f, data)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return data[:n], nil
	}
	if err != nil {
		return nil, err
	}
	rest, err := io.ReadAll(f) // it grew meanwhile
	if len(rest) > 0 {
		data = append(data, rest...)
	}
	return data, err
}
