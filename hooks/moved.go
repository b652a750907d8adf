package hooks

import (
	"errors"
	"path"
	"slices"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// findLeaving looks at the encrypted files that go away in the change, but only if
// anything else comes or changes: who decrypts a file and moves it out of its
// rule's reach leaves both.
func (j *judge) findLeaving() error {
	leave, comes := 0, false
	for _, c := range j.snap.Changes {
		if leaves(c) {
			leave++
		} else if c.New.Mode.IsRegular() {
			comes = true
		}
	}
	if !comes {
		return nil
	}
	j.gone = slices.Clip(j.snap.gone)
	for _, c := range j.snap.Changes {
		if !leaves(c) || leave > maxGone && !j.maySealAt(c.Path) {
			continue
		}
		s, err := j.leavingOf(c)
		if err != nil {
			return err
		}
		if s != nil {
			j.gone = append(j.gone, s)
		}
	}
	return nil
}

// leaves reports whether a file goes away in a change, is emptied, or gives way to
// a link.
func leaves(c gitrepo.Change) bool {
	return c.Old.Mode.IsRegular() && (!c.New.Mode.IsRegular() || isEmptyBlob(c.New.ID))
}

// leavingOf looks at a file that goes away; nil if it was not encrypted.
func (j *judge) leavingOf(c gitrepo.Change) (*shape, error) {
	c.Old.Path = c.Path
	return j.shape(c.Old)
}

// maxGone is how many files that go away are looked at whatever they are called.
const maxGone = 256

// maySealAt reports whether a file may have been sealed, by its name or because a
// rule governs it.
func (j *judge) maySealAt(name string) bool {
	if maySeal(path.Base(name)) {
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

// movedFrom names the encrypted file whose values this plaintext holds, by their
// names where the file is new, by names and lengths anywhere; empty if there is
// none.
func (f *judged) movedFrom() string {
	p := &plaintext{path: f.path, src: f.src}
	for _, s := range f.gone {
		if s.path != f.path && (f.old.ID == "" && p.hasNames(s) || p.copies(s)) {
			return s.path
		}
	}
	return ""
}

// oldBlob reads what stood at a place before; nil if it is too large to have
// been judged.
func (j *judge) oldBlob(e gitrepo.Entry) ([]byte, error) { return j.blob(e, j.limit()) }

// blob reads a file; nil if it is larger than limit.
func (j *judge) blob(e gitrepo.Entry, limit int64) ([]byte, error) {
	src, err := j.snap.Tree.Blob(j.ctx, e, limit)
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
	_, err = encrypt.Inspect(encrypt.FileAt(f.path), src)
	return err == nil || !errors.Is(err, encrypt.ErrNotSealed) && (&judged{src: src}).claimsSealed(), nil
}
