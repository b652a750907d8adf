// Package ref follows references to secrets, whose grammar is package policy's: [Parse] reads one, and [Fetch] takes
// the field that it names out of the secret that a client of its store read. No error quotes anything of the secret.
package ref

import (
	"errors"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Parse is [policy.ParseReference]. Errors are *call.Error with Failure BadSetting.
func Parse(s string) (policy.Reference, error) {
	r, err := policy.ParseReference(s)
	if err != nil {
		return policy.Reference{}, &call.Error{Failure: call.BadSetting, Text: "the reference " + text.Quote(s) + " cannot be read: " + err.Error()}
	}
	return r, nil
}

// Check refuses a reference that does not name a secret of the store.
func Check(r policy.Reference, s policy.Store) error {
	if r.Store != s {
		return Unusable(r, "it does not name a secret of "+string(s))
	}
	if err := r.Check(); err != nil {
		return Unusable(r, err.Error())
	}
	return nil
}

func Unusable(r policy.Reference, why string) error {
	return &call.Error{Failure: call.BadSetting, Text: "the reference " + text.Quote(r.Text) + " cannot be followed: " + why}
}

// About says which reference an error is about.
func About(r policy.Reference, err error) error {
	var e *call.Error
	if errors.As(err, &e) && !strings.Contains(e.Text, r.Text) {
		e.Text = text.Quote(r.Text) + " cannot be read: " + e.Text
	}
	return err
}
