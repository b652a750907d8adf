package identity

import (
	"fmt"
	"strings"
)

// placeError is a place for identities that could not be read. It says
// where, and never what stands there.
type placeError struct {
	source string // the variable or file
	line   int    // 0 if it is not about a line
	msg    string
	err    error // may be nil
}

func (e *placeError) Error() string {
	if e.line > 0 {
		return fmt.Sprintf("%s: line %d %s", e.source, e.line, e.msg)
	}
	return fmt.Sprintf("%s: %s", e.source, e.msg)
}

func (e *placeError) Unwrap() error { return e.err }

// placeErrors are the failures of several places, told on one line.
type placeErrors []error

func (e placeErrors) Error() string {
	msgs := make([]string, len(e))
	for i, err := range e {
		msgs[i] = err.Error()
	}
	return strings.Join(msgs, "; ")
}

func (e placeErrors) Unwrap() []error { return e }

// NowhereError lists the places where no identity was found. None of them is broken: the
// person has none yet, or keeps it elsewhere.
type NowhereError []string

func (e NowhereError) Error() string { return "looked in " + strings.Join(e, ", ") }
