package cli

import (
	"fmt"
	"strings"
)

// identityError is a place for identities that could not be read. It says
// where, and never what stands there.
type identityError struct {
	source string // the variable or file
	line   int    // 0 if it is not about a line
	msg    string
	err    error // may be nil
}

func (e *identityError) Error() string {
	if e.line > 0 {
		return fmt.Sprintf("%s: line %d %s", e.source, e.line, e.msg)
	}
	return fmt.Sprintf("%s: %s", e.source, e.msg)
}

func (e *identityError) Unwrap() error { return e.err }

// identityErrors are the failures of several places, told on one line.
type identityErrors []error

func (e identityErrors) Error() string {
	msgs := make([]string, len(e))
	for i, err := range e {
		msgs[i] = err.Error()
	}
	return strings.Join(msgs, "; ")
}

func (e identityErrors) Unwrap() []error { return e }

// nowhereError lists the places where no identity was found. None of them is broken: the
// person has none yet, or keeps it elsewhere.
type nowhereError []string

func (e nowhereError) Error() string { return "looked in " + strings.Join(e, ", ") }
