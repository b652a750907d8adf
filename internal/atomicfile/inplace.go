package atomicfile

import (
	"errors"
	"os"
	"path/filepath"
)

// inPlace is a file that is written itself, with a copy of its old bytes.
type inPlace struct {
	old []byte
	dir string // of the copy; empty when there is none any more
}

// prepareInPlace keeps a copy of the file. why is what keeps another file from
// taking its place.
func (p *Pending) prepareInPlace(why error) error {
	why = bare(why)
	old, err := os.ReadFile(p.target)
	if err != nil {
		return p.explain(err)
	}
	places := []string{os.TempDir(), "/dev/shm"} // the latter where all else is read-only
	if p.testOnlyPlaces != nil {
		places = p.testOnlyPlaces
	}
	dir, err := keepCopy(places, filepath.Base(p.target), old)
	if err != nil {
		return &Error{"cannot write " + p.target + ": it cannot be replaced by a new file (" + why.Error() + "), and there is no place for a copy; TMPDIR must name a writable folder", bare(err)}
	}
	p.inPlace = &inPlace{old: old, dir: dir}
	if p.told != nil {
		p.told(filepath.Join(dir, shorten(filepath.Base(p.target))), why)
	}
	return nil
}

// keepCopy writes old into a new folder that only this person can enter, in the first of places
// that takes one, and returns the folder.
func keepCopy(places []string, name string, old []byte) (string, error) {
	var first error
	for _, base := range places {
		dir, err := os.MkdirTemp(base, "gitsecrets-copy-")
		if err == nil {
			if err = writeCopy(filepath.Join(dir, shorten(name)), old); err == nil {
				return dir, nil
			}
			_ = os.RemoveAll(dir) // the error to report is the first one
		}
		if first == nil {
			first = err
		}
	}
	return "", first
}

func writeCopy(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// overwrite writes the file itself. If that fails the old bytes are written again; if that
// fails too, the copy stays and is named.
func (p *Pending) overwrite() error {
	f, err := os.OpenFile(p.target, os.O_WRONLY, 0)
	if err != nil {
		return p.explain(err)
	}
	err = rewrite(f, p.data)
	if err != nil {
		err = p.explain(err)
		if rewrite(f, p.inPlace.old) != nil {
			err = p.inPlace.keep(err)
		}
	}
	if closeErr := f.Close(); err == nil && closeErr != nil {
		err = p.explain(closeErr)
	}
	return err
}

func rewrite(f *os.File, data []byte) error {
	if _, err := f.WriteAt(data, 0); err != nil {
		return err
	}
	if err := f.Truncate(int64(len(data))); err != nil {
		return err
	}
	return f.Sync()
}

// keep leaves the copy where it is, and adds to err where that is.
func (i *inPlace) keep(err error) error {
	if i == nil || i.dir == "" {
		return err
	}
	err = &Error{"the old bytes are kept in " + i.dir, err}
	i.dir = ""
	return err
}

// discard removes the copy.
func (i *inPlace) discard() error {
	if i == nil || i.dir == "" {
		return nil
	}
	if err := os.RemoveAll(i.dir); err != nil {
		return &Error{"a copy of the old bytes stays in " + i.dir, bare(err)}
	}
	i.dir = ""
	return nil
}

// bare is an error of the system without the name that it is about.
func bare(err error) error {
	var pathErr *os.PathError
	var linkErr *os.LinkError
	switch {
	case errors.As(err, &pathErr):
		return pathErr.Err
	case errors.As(err, &linkErr):
		return linkErr.Err
	}
	return err
}
