package atomicfile

import (
	"context"
	"errors"
	"os"
)

// Undo takes Commit or Rename back: old, what the file held, is written again.
// A file that was not there is removed. What somebody else wrote since stays, and is an
// error.
func (p *Pending) Undo(old []byte) error {
	switch {
	case !p.done:
		return nil
	case !p.existed:
		return p.remove()
	case old == nil:
		return errors.New("the old bytes are not known")
	}
	if err := Write(p.target, old, Options{Expect: p.data}); err != nil {
		return p.inPlace.keep(err)
	}
	return nil
}

// remove takes a new file away again.
func (p *Pending) remove() error {
	lock, err := LockFile(context.Background(), p.target, LockOptions{Patience: brief})
	if err != nil {
		return err
	}
	defer lock.Unlock()
	if err := holds(p.target, p.data); err != nil {
		return err
	}
	return os.Remove(p.target)
}
