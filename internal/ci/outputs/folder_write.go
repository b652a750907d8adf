package outputs

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// File is a file to write.
type File struct {
	Name string // below the folder, with slashes
	Data []byte
}

// writing is one file on its way.
type writing struct {
	manifestFile
	data []byte
	old  *replaced // nil if there was no file

	made, moved bool
}

// replaced is a file that another one replaces.
type replaced struct {
	data []byte
	mode fs.FileMode
	ours bool // a run of the same job wrote it
}

// Write writes files, all or none. A name that leads out of the folder or through a symbolic link is refused, and so is
// one where something is already: unless it is what a run of the same job wrote and nobody changed, or Force was given
// and it is a regular file.
func (out *Folder) Write(files []File) (err error) {
	batch, folders, err := out.plan(files)
	if err != nil {
		return err
	}
	var made []string
	firstMade, first := 0, 0
	err = out.manifest.change(func(s *manifestState) {
		f := &s.Folders[out.folder]
		firstMade, first = len(f.Made), len(f.Files)
		f.Made = append(f.Made, folders...)
		for _, w := range batch {
			f.Files = append(f.Files, w.manifestFile)
		}
	})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			failed := out.undo(batch, made)
			out.wrote = out.wrote || failed != nil
			if failed == nil {
				failed = out.manifest.change(func(s *manifestState) {
					f := &s.Folders[out.folder]
					f.Made, f.Files = f.Made[:firstMade], f.Files[:first]
				})
			}
			err = errors.Join(err, failed)
		}
	}()
	out.stage("noted")
	for _, folder := range folders {
		if err := out.root.Mkdir(folder, 0o700); err != nil {
			return explainWrite(folder, err)
		}
		made = append(made, folder)
		out.stage("folder")
	}
	for _, w := range batch {
		if err := out.fill(w); err != nil {
			return explainWrite(w.Name, err)
		}
		out.stage("written")
	}
	err = out.manifest.change(func(s *manifestState) {
		for i, w := range batch {
			s.Folders[out.folder].Files[first+i] = w.manifestFile
		}
	})
	if err != nil {
		return err
	}
	out.stage("all written")
	for _, w := range batch {
		if err := out.root.Rename(w.Temp, w.Name); err != nil {
			return explainWrite(w.Name, err)
		}
		w.moved = true
		out.stage("in place")
	}
	out.wrote = out.wrote || len(batch) > 0
	return nil
}

// fill writes the temporary file of w.
func (out *Folder) fill(w *writing) error {
	f, err := out.root.OpenFile(w.Temp, os.O_WRONLY|os.O_CREATE|os.O_EXCL|atomicfile.NoFollow, 0o600)
	if err != nil {
		return err
	}
	w.made = true
	out.stage("created")
	_, err = f.Write(w.data)
	if err == nil {
		var info fs.FileInfo
		if info, err = f.Stat(); err == nil {
			w.Dev, w.Ino = identityOf(info)
			w.Written = true
		}
	}
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	return err
}

// undo reverts a batch.
func (out *Folder) undo(batch []*writing, made []string) error {
	var errs []error
	for _, w := range batch {
		switch {
		case w.moved && w.old != nil && !w.old.ours: // what this job wrote earlier is no loss
			errs = append(errs, out.restore(w))
		case w.moved:
			errs = append(errs, out.root.Remove(w.Name))
		case w.made:
			errs = append(errs, out.root.Remove(w.Temp))
		}
	}
	for _, folder := range slices.Backward(made) {
		errs = append(errs, out.root.Remove(folder))
	}
	for i, err := range errs {
		if err != nil {
			errs[i] = fmt.Errorf("plaintext may be left in %s: %w", out.dir, err)
		}
	}
	return errors.Join(errs...)
}

// restore puts back what stood in the place of w.
func (out *Folder) restore(w *writing) error {
	temp := tempBeside(w.Name)
	if err := out.root.WriteFile(temp, w.old.data, 0o600); err != nil {
		return err
	}
	if err := out.root.Chmod(temp, w.old.mode); err != nil {
		return err
	}
	return out.root.Rename(temp, w.Name)
}

// explainWrite says which file could not be written, whatever the temporary one is called.
func explainWrite(name string, err error) error {
	var pathErr *fs.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		err = pathErr.Err
	case errors.As(err, &linkErr):
		err = linkErr.Err
	}
	return fmt.Errorf("cannot write %s: %w", text.QuoteName(name), err)
}

// sumOf returns the digest of a file below the folder.
func sumOf(root *os.Root, name string) (string, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|atomicfile.NoFollow, 0)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// tempBeside returns a new name in the folder of a file.
func tempBeside(name string) string {
	return filepath.Join(filepath.Dir(name), ".gitsecrets-"+randomHex()+".tmp")
}
