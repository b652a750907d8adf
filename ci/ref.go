package ci

import (
	"errors"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Ref names a secret in a store.
type Ref = policy.Reference

// Store is where a secret lies.
type Store = policy.Store

// The stores.
const (
	StoreVault      = policy.StoreVault
	StoreAWSSecrets = policy.StoreAWSSecrets
	StoreAWSSSM     = policy.StoreAWSSSM
	StoreGCPSecrets = policy.StoreGCPSecrets
	StoreAzureVault = policy.StoreAzureVault
)

// ParseRef is [policy.ParseReference]. Errors are *call.Error with
// Failure BadSetting.
func ParseRef(s string) (Ref, error) {
	ref, err := policy.ParseReference(s)
	if err != nil {
		return Ref{}, &call.Error{Failure: call.BadSetting, Text: "the reference " + text.Quote(s) + " cannot be read: " + err.Error()}
	}
	return ref, nil
}

// checkRef refuses a reference that names no secret of a store.
func checkRef(ref Ref, s Store) error {
	if ref.Store != s {
		return badRef(ref, "it does not name a secret of "+string(s))
	}
	if err := ref.Check(); err != nil {
		return badRef(ref, err.Error())
	}
	return nil
}

func badRef(ref Ref, why string) error {
	return &call.Error{Failure: call.BadSetting, Text: "the reference " + text.Quote(ref.Text) + " cannot be followed: " + why}
}

// about says which reference an error is about.
func about(ref Ref, err error) error {
	var e *call.Error
	if errors.As(err, &e) && !strings.Contains(e.Text, ref.Text) {
		e.Text = text.Quote(ref.Text) + " cannot be read: " + e.Text
	}
	return err
}
