package hooks

import (
	"errors"
	"path"
	"slices"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/policy"
)

// leaving is an encrypted file that goes away in a change, and the paths of
// the values in it.
type leaving struct {
	path  string
	names map[string]bool
}

// findLeaving looks at what goes away in the change, but only if anything new
// comes: who decrypts a file and moves it out of its rule's reach leaves both.
func (j *judge) findLeaving() error {
	comes := false
	for _, c := range j.snap.Changes {
		comes = comes || c.New.ID != "" && c.Old.ID == "" && c.New.Mode.IsRegular()
	}
	if !comes {
		return nil
	}
	j.gone = slices.Clip(j.snap.gone)
	for _, c := range j.snap.Changes {
		l, ok, err := j.leavingOf(c)
		if err != nil {
			return err
		}
		if ok {
			j.gone = append(j.gone, l)
		}
	}
	return nil
}

// leavingOf looks at a file that goes away; false if it was not encrypted.
func (j *judge) leavingOf(c gitrepo.Change) (leaving, bool, error) {
	l := leaving{path: c.Path, names: map[string]bool{}}
	if c.New.ID != "" || !c.Old.Mode.IsRegular() {
		return l, false, nil
	}
	src, err := j.oldBlob(c.Old)
	if src == nil || err != nil {
		return l, false, err
	}
	all, err := encrypt.SealedSelection(encrypt.FileAt(c.Path), src)
	if err != nil {
		return l, false, nil // was not sealed
	}
	for _, s := range all {
		if s.Encrypted {
			l.names[s.Path] = true
		}
	}
	return l, len(l.names) > 0, nil
}

// movedFrom names the encrypted file whose values this plaintext holds, by
// their names; empty if there is none.
func (f *judged) movedFrom() string {
	if len(f.gone) == 0 || f.old.ID != "" {
		return ""
	}
	all, err := encrypt.Selection(&policy.Rule{}, encrypt.FileAt(f.path), f.src)
	if err != nil {
		return ""
	}
	here := map[string]bool{}
	for _, s := range all {
		here[s.Path] = true
	}
	for _, l := range f.gone {
		found := 0
		for name := range l.names {
			if here[name] {
				found++
			}
		}
		// One name in common is chance, unless the file is called the same.
		if found*5 >= len(l.names)*4 && (found > 1 || path.Base(l.path) == path.Base(f.path)) {
			return l.path
		}
	}
	return ""
}

// oldBlob reads what stood at a place before; nil if it is too large to have
// been judged.
func (j *judge) oldBlob(e gitrepo.Entry) ([]byte, error) {
	src, err := j.snap.Tree.Blob(j.ctx, e, j.limit())
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
