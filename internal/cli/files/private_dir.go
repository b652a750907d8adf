package files

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/cli"
)

// privateDir is a folder that only this person can enter, in memory where
// there is such a place, for plaintext that another program has to find in a
// file.
type privateDir struct{ path string }

// newPrivateDir makes a folder of mode 0700 and in it a file of mode 0600 with
// the given content. It falls back to the next place where one has no room.
func newPrivateDir(getenv func(string) string, name string, content []byte) (dir *privateDir, file string, err error) {
	for _, base := range append(cli.MemoryFolders(getenv), os.TempDir()) {
		if dir, file, err = privateDirIn(base, name, content); err == nil {
			return dir, file, nil
		}
	}
	return nil, "", cli.Coded(cli.ExitWrite, fmt.Errorf("cannot make a private folder: %w", err))
}

func privateDirIn(base, name string, content []byte) (*privateDir, string, error) {
	path, err := os.MkdirTemp(base, "gitsecrets-")
	if err != nil {
		return nil, "", err
	}
	d := &privateDir{path}
	file, err := d.write(name, content)
	if err != nil {
		d.remove()
		return nil, "", err
	}
	return d, file, nil
}

// write makes a new file of mode 0600 in the folder.
func (d *privateDir) write(name string, content []byte) (string, error) {
	path := filepath.Join(d.path, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(content)
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return path, err
}

// remove deletes the folder and all in it, with what an editor left beside the
// file. Windows refuses while another program has a file open, and gets
// some time.
func (d *privateDir) remove() error {
	var err error
	for range 10 {
		if err = os.RemoveAll(d.path); err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("plaintext may be left in %s, remove it: %w", d.path, err)
}

// keepPlaintext saves a text that could not be encrypted, and returns where.
func keepPlaintext(getenv func(string) string, name string, text []byte) (string, error) {
	_, file, err := newPrivateDir(getenv, name, text)
	return file, err
}
