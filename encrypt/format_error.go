package encrypt

import (
	"errors"

	"github.com/gitsecrets/gitsecrets/internal/document"
)

// SyntaxError is a file that its format does not allow, or that sops cannot hold
// (a list at the top). It quotes nothing of the file.
type SyntaxError struct {
	Format Format
	Pos    Pos // zero if unknown
	Msg    string
}

func (e *SyntaxError) Error() string {
	return (&document.SyntaxError{Format: document.Format(e.Format), Pos: document.Pos(e.Pos), Msg: e.Msg}).Error()
}

// EncodeError is a document that a format cannot hold.
type EncodeError struct {
	Format Format
	Path   string // of the value, as in set
	Msg    string
}

func (e *EncodeError) Error() string {
	return (&document.EncodeError{Format: document.Format(e.Format), Path: e.Path, Msg: e.Msg}).Error()
}

// ConflictError says where both sides of a merge changed something, and not to
// the same.
type ConflictError struct{ Paths []string } // as in set; empty for the whole document

func (e *ConflictError) Error() string {
	return (&document.ConflictError{Paths: e.Paths}).Error()
}

// public gives the errors of package document the types that others can name.
func public(err error) error {
	var syntax *document.SyntaxError
	var encode *document.EncodeError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, document.ErrNoMetadata):
		return ErrNotSealed
	case errors.As(err, &syntax):
		return &SyntaxError{Format(syntax.Format), Pos(syntax.Pos), syntax.Msg}
	case errors.As(err, &encode):
		return &EncodeError{Format(encode.Format), encode.Path, encode.Msg}
	}
	return err
}

// LineOf is the line of the source that an error of this package names, 0 if it
// names none.
func LineOf(err error) int {
	var syntax *SyntaxError
	var value *ValueError
	switch {
	case errors.As(err, &syntax):
		return int(syntax.Pos.Line)
	case errors.As(err, &value):
		return int(value.Line)
	}
	return 0
}
