package hooks

import (
	"errors"
	"path"
	"slices"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/copies"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// findLeaving looks at the encrypted files that go away in the change, but only if anything else comes or changes: who
// decrypts a file and moves it out of its rule's reach leaves both.
func (j *judge) findLeaving() error {
	var leave []gitrepo.Change
	comes := false
	for _, c := range j.snap.changes {
		if leaves(c) {
			leave = append(leave, c)
		} else if c.New.Mode.IsRegular() {
			comes = true
		}
	}
	if !comes {
		return nil
	}
	gone, err := j.shapesOf(leave, false)
	if err != nil {
		return err
	}
	j.gone = append(slices.Clip(j.snap.gone), gone...)
	j.left, err = j.shapesOf(j.snap.left, true)
	return err
}

// shapesOf looks at files that go away; those that were not encrypted have none. A partial clone may not have what a
// merge leaves out: it was not decrypted here.
func (j *judge) shapesOf(leave []gitrepo.Change, partly bool) ([]*copies.Shape, error) {
	var out []*copies.Shape
	for _, c := range leave {
		if len(leave) > maxGone && !j.maySealAt(c.Path) {
			continue
		}
		s, err := j.leavingOf(c)
		if partly && errors.Is(err, gitrepo.ErrMissing) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if s != nil {
			out = append(out, s)
		}
	}
	return out, nil
}

// leaves reports whether a file goes away in a change, is emptied, or gives way to a link.
func leaves(c gitrepo.Change) bool {
	return c.Old.Mode.IsRegular() && (!c.New.Mode.IsRegular() || isEmptyBlob(c.New.ID))
}

// leavingOf looks at a file that goes away; nil if it was not encrypted.
func (j *judge) leavingOf(c gitrepo.Change) (*copies.Shape, error) {
	c.Old.Path = c.Path
	return j.shape(c.Old)
}

// maxGone is how many files that go away are looked at whatever they are called.
const maxGone = 256

// maySealAt reports whether a file may have been sealed, by its name or because a rule governs it.
func (j *judge) maySealAt(name string) bool {
	if copies.MaySeal(path.Base(name)) {
		return true
	}
	for _, r := range append(j.bases[:len(j.bases):len(j.bases)], j.own) {
		if rule, err := j.rule(r, name); err != nil || demands(rule) {
			return true
		}
	}
	return false
}

// isEmptyBlob reports whether an id is that of a file without content.
func isEmptyBlob(id gitrepo.ID) bool {
	return id == "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391" || id == "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813"
}

// movedFrom names the encrypted file whose values this plaintext holds; empty if there is none. One that may be opened
// where it stood may be opened elsewhere.
func (f *judged) movedFrom() (string, error) {
	p := &copies.Plaintext{Path: f.path, Src: f.src}
	for i, s := range append(f.gone[:len(f.gone):len(f.gone)], f.left...) {
		if s.Path == f.path || !p.Holds(s, f.old.ID == "") {
			continue
		}
		may, err := (&judged{judge: f.judge, path: s.Path, src: f.src}).mayOpen()
		if err == nil && !may && i >= len(f.gone) {
			may, err = f.movedBefore(s)
		}
		if !may || err != nil {
			return s.Path, err
		}
	}
	return "", nil
}

// movedBefore reports whether a side of the merge has it here in the clear already: that was judged there.
func (f *judged) movedBefore(s *copies.Shape) (bool, error) {
	for _, t := range f.snap.merge.parents {
		e, ok, err := t.Lookup(f.ctx, f.path)
		if err != nil {
			return false, err
		}
		if !ok || !e.Mode.IsRegular() {
			continue
		}
		src, err := f.oldBlob(e)
		if err != nil {
			return false, err
		}
		if (&copies.Plaintext{Path: f.path, Src: src}).Holds(s, true) {
			return true, nil
		}
	}
	return false, nil
}

// oldBlob reads what stood at a place before; nil if it is too large to have been judged.
func (j *judge) oldBlob(e gitrepo.Entry) ([]byte, error) { return j.blob(e, j.limit()) }

// blob reads a file; nil if it is larger than limit.
func (j *judge) blob(e gitrepo.Entry, limit int64) ([]byte, error) {
	src, err := j.snap.tree.Blob(j.ctx, e, limit)
	var large *gitrepo.TooLargeError
	if errors.As(err, &large) {
		return nil, nil
	}
	return src, err
}

// isSealedBlob reports whether an older state of this file was encrypted.
func (f *judged) isSealedBlob(e gitrepo.Entry) (bool, error) {
	src, err := f.oldBlob(e)
	if err != nil || src == nil {
		return false, err
	}
	_, err = encrypt.Parse(encrypt.FileAt(f.path), src)
	return err == nil || !errors.Is(err, encrypt.ErrNotSealed) && claimsSealed(src) && !(&judged{path: f.path, src: src}).quotesSealed(), nil
}
