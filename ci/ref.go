package ci

import (
	"errors"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// ParseRef is [policy.ParseReference]. Errors are *call.Error with
// Failure BadSetting.
func ParseRef(s string) (policy.Reference, error) {
	r, err := policy.ParseReference(s)
	if err != nil {
		return policy.Reference{}, &call.Error{Failure: call.BadSetting, Text: "the reference " + text.Quote(s) + " cannot be read: " + err.Error()}
	}
	return r, nil
}

// checkRef refuses a reference that names no secret of a store.
func checkRef(r policy.Reference, s policy.Store) error {
	if r.Store != s {
		return badRef(r, "it does not name a secret of "+string(s))
	}
	if err := r.Check(); err != nil {
		return badRef(r, err.Error())
	}
	return nil
}

func badRef(r policy.Reference, why string) error {
	return &call.Error{Failure: call.BadSetting, Text: "the reference " + text.Quote(r.Text) + " cannot be followed: " + why}
}

// about says which reference an error is about.
func about(r policy.Reference, err error) error {
	var e *call.Error
	if errors.As(err, &e) && !strings.Contains(e.Text, r.Text) {
		e.Text = text.Quote(r.Text) + " cannot be read: " + e.Text
	}
	return err
}
