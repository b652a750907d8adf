package encrypt

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gitsecrets/gitsecrets/policy"
)

// Errors that a caller may want to tell apart.
var (
	// ErrNotSealed: the file carries no metadata of sops.
	ErrNotSealed = errors.New("sops metadata not found")
	// ErrAlreadyEncrypted: the plaintext has a top-level "sops" entry.
	ErrAlreadyEncrypted = errors.New("the file is already encrypted")
	// ErrEmpty: a YAML file without any document.
	ErrEmpty = errors.New("the file is empty: there must be at least one document")
	// ErrNothingSelected: the rule has a selector, and it selects nothing.
	ErrNothingSelected = errors.New("the rule's selector selects nothing in this file")
	// ErrLFSPointer: the file is what Git LFS puts in the place of another.
	ErrLFSPointer = errors.New("the file is a Git LFS pointer, not the content")
	// ErrNoKeys: the rule names no master key.
	ErrNoKeys = errors.New("no master keys")
)

// MACError: the MAC does not match, is missing, or cannot be decrypted.
type MACError struct{ Msg string }

func (e *MACError) Error() string { return e.Msg }

// OntoError: it is the older sealed form that is at fault, not the plaintext that
// would be sealed onto it.
type OntoError struct{ Err error }

func (e *OntoError) Error() string { return e.Err.Error() }
func (e *OntoError) Unwrap() error { return e.Err }

// MetadataError: the sops metadata is there, but not of a known shape.
type MetadataError struct{ Msg string }

func (e *MetadataError) Error() string { return "sops metadata: " + e.Msg }

// ValueError: a value cannot be encrypted or decrypted.
type ValueError struct {
	Path string // as in set
	Line uint32 // 0 if unknown
	Msg  string // without the value
	// Opening: it failed to decrypt, not to encrypt.
	Opening bool
}

func (e *ValueError) Error() string {
	where := e.Path
	if where == "" {
		where = "the file"
	}
	if e.Line > 0 {
		return fmt.Sprintf("line %d: %s %s", e.Line, where, e.Msg)
	}
	return where + " " + e.Msg
}

// LossyError: values would not come back equal.
type LossyError struct{ Values []Warning }

func (e *LossyError) Error() string {
	w := e.Values[0]
	msg := strings.TrimPrefix(w.Path+" "+w.Text, " ")
	if w.Pos.Line > 0 {
		msg = fmt.Sprintf("line %d: %s", w.Pos.Line, msg)
	}
	if n := len(e.Values) - 1; n > 0 {
		msg += fmt.Sprintf(" (and %d more)", n)
	}
	return msg
}

// WrapError: a data key could not be encrypted with some master keys.
type WrapError struct{ Keys []KeyFailure }

// KeyFailure is one master key that did not serve.
type KeyFailure struct {
	Key policy.Key
	Err error
}

func (e *WrapError) Error() string {
	return "cannot encrypt the data key with " + failures(e.Keys)
}

// Unwrap gives the reasons of all keys to errors.Is.
func (e *WrapError) Unwrap() []error {
	var errs []error
	for _, k := range e.Keys {
		errs = append(errs, k.Err)
	}
	return errs
}

// UnwrapError: too few master keys could decrypt the data key.
type UnwrapError struct {
	Needed, Got int // groups
	Groups      [][]KeyFailure
}

func (e *UnwrapError) Error() string {
	var all []KeyFailure
	for _, g := range e.Groups {
		all = append(all, g...)
	}
	if len(e.Groups) > 1 {
		return fmt.Sprintf("cannot get the data key: %d of %d key groups opened, %d needed: %s", e.Got, len(e.Groups), e.Needed, failures(all))
	}
	return "cannot get the data key: " + failures(all)
}

// Unwrap gives the reasons of all keys to errors.Is.
func (e *UnwrapError) Unwrap() []error {
	var errs []error
	for _, g := range e.Groups {
		for _, k := range g {
			errs = append(errs, k.Err)
		}
	}
	return errs
}

// maxFailures bounds how many keys, and how many reasons, an error tells of.
const maxFailures = 20

// failures names the keys with the reason of each; keys that failed for the
// same reason stand together. Of very many it names some and counts the rest.
func failures(keys []KeyFailure) string {
	var reasons []string
	names := map[string][]string{}
	for _, k := range keys {
		reason := k.Err.Error()
		if names[reason] == nil {
			reasons = append(reasons, reason)
		}
		names[reason] = append(names[reason], fmt.Sprintf("%s %s", k.Key.Type, k.Key.ID))
	}
	var parts []string
	for _, reason := range someOf(reasons, "reasons") {
		part := reason
		if list := names[reason]; list != nil {
			part = strings.Join(someOf(list, "keys"), ", ") + ": " + reason
		}
		parts = append(parts, part)
	}
	return strings.Join(parts, "; ")
}

// someOf cuts a list that nobody would read to its end.
func someOf(list []string, what string) []string {
	if len(list) <= maxFailures {
		return list
	}
	return append(list[:maxFailures:maxFailures], fmt.Sprintf("and %d more %s", len(list)-maxFailures, what))
}

// PathError: a tree path that names nothing, or goes through a value that has
// no entries.
type PathError struct {
	Path     string
	NotFound bool // nothing is there; false: the path does not fit the tree
	Msg      string
}

func (e *PathError) Error() string { return e.Path + " " + e.Msg }
