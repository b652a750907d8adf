// Package keytest has what tests of key services share: names of keys, a data key, and
// a world of AWS's services.
package keytest

import (
	"os"
	"slices"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// DataKey is a throw-away data key.
func DataKey() []byte { return []byte("0123456789abcdef0123456789ABCDEF") }

// Keys are the keys of the table of names that are valid, or invalid.
func Keys(t testing.TB, valid bool) []policy.Key {
	t.Helper()
	var keys []policy.Key
	for _, n := range cloudtest.KeyNames(t) {
		if n.Valid == valid {
			keys = append(keys, policy.Key{Type: policy.KeyType(n.Type), ID: n.ID, Role: n.Role, Profile: n.Profile})
		}
	}
	return keys
}

// Invalid are the keys of the table that everybody refuses.
func Invalid(t testing.TB) []policy.Key {
	t.Helper()
	return Keys(t, false)
}

// InvalidOf are those of one type.
func InvalidOf(t testing.TB, kind policy.KeyType) []policy.Key {
	t.Helper()
	return slices.DeleteFunc(Invalid(t), func(k policy.Key) bool { return k.Type != kind })
}

// ShortTemp is a folder whose path is short enough for a socket in it.
func ShortTemp(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "g")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
