// Package keystest tests implementations of [encrypt.KeyService]: those of this module,
// and others.
//
// Call [Run] from a test. It promises what [encrypt.KeyService] asks for: what was
// wrapped unwraps; keys of other types are passed on; what is damaged or of another key
// is refused; a context that ended ends the call; no error holds a key or a token.
package keystest

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Subject is a key service, and what it is tested with.
type Subject struct {
	// Service wraps for Key, and unwraps what it wrapped.
	Service encrypt.KeyService
	Key     policy.Key
	// Absent is a key of the same type that does not exist, or is not the caller's.
	// The zero Key means that there can be none.
	Absent policy.Key
	// Stranger is a service without the right to Key; nil if there can be none.
	Stranger encrypt.KeyService
	// Invalid are names of keys of this type that are refused before anything is sent.
	Invalid []policy.Key
	// Foreign serves keys of every type, as a remote key service does.
	Foreign bool
	// NameAside is for types whose wrapped data key says itself which key opens it, so
	// that the name beside it may be wrong.
	NameAside bool
	// Secrets may stand in no error: tokens, identities, credentials.
	Secrets []string
}

// Run runs all tests.
func Run(t *testing.T, s Subject) {
	t.Helper()
	for _, one := range []struct {
		name string
		test func(*testing.T, Subject)
	}{
		{"unwraps what it wrapped", unwraps},
		{"passes other types on", passesOn},
		{"refuses what is damaged", refusesDamage},
		{"refuses invalid names", refusesNames},
		{"refuses an absent key", refusesAbsent},
		{"refuses a stranger", refusesStranger},
		{"ends with the context", ends},
		{"serves many at once", servesMany},
	} {
		t.Run(one.name, func(t *testing.T) { one.test(t, s) })
	}
}

// dataKey is what the tests wrap: 32 bytes that look like no text.
func dataKey() []byte {
	key := make([]byte, 32)
	for i := range key {
		key[i] = byte(37*i + 201)
	}
	return key
}

// unwraps: a data key, a share of one, and a single byte.
func unwraps(t *testing.T, s Subject) {
	for _, part := range [][]byte{dataKey(), append(dataKey(), 3), {0}} {
		w := s.wrap(t, part)
		if !s.Key.Matches(w.Key) || w.Key.Type != s.Key.Type {
			t.Errorf("the key is named %q, want %q", w.Key.ID, s.Key.ID)
		}
		if !w.Created.IsZero() {
			t.Error("the time is the caller's to set")
		}
		if bytes.Contains([]byte(w.Enc), part) && len(part) > 1 {
			t.Error("the wrapped data key holds the data key")
		}
		got, err := s.Service.Unwrap(t.Context(), w)
		if err != nil || !bytes.Equal(got, part) {
			t.Errorf("%d bytes: got %d, %v", len(part), len(got), err)
		}
	}
}

func (s Subject) wrap(t *testing.T, part []byte) encrypt.Wrapped {
	t.Helper()
	w, err := s.Service.Wrap(t.Context(), s.Key, part)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func passesOn(t *testing.T, s Subject) {
	if s.Foreign {
		t.Skip("it serves every type")
	}
	for _, kind := range []policy.KeyType{
		policy.Age, policy.PGP, policy.AWSKMS, policy.GCPKMS, policy.HuaweiKMS, policy.AzureVault, policy.VaultKey, "of another world",
	} {
		if kind == s.Key.Type {
			continue
		}
		key := policy.Key{Type: kind, ID: s.Key.ID}
		if _, err := s.Service.Wrap(t.Context(), key, dataKey()); !errors.Is(err, encrypt.ErrOtherKey) {
			t.Errorf("wrap for %s: %v", kind, err)
		}
		if _, err := s.Service.Unwrap(t.Context(), encrypt.Wrapped{Key: key, Enc: "x"}); !errors.Is(err, encrypt.ErrOtherKey) {
			t.Errorf("unwrap for %s: %v", kind, err)
		}
	}
}

func refusesDamage(t *testing.T, s Subject) {
	w := s.wrap(t, dataKey())
	middle := len(w.Enc) / 2
	for name, enc := range map[string]string{
		"empty":    "",
		"cut off":  w.Enc[:middle],
		"changed":  w.Enc[:middle] + changed(w.Enc[middle:]),
		"no such":  "CANARY",
		"endless":  strings.Repeat("A", 8<<20),
		"control":  "\x00\x1b[2J\n",
		"repeated": w.Enc + w.Enc,
	} {
		bad := w
		bad.Enc = enc
		got, err := s.Service.Unwrap(t.Context(), bad)
		if err == nil && !bytes.Equal(got, dataKey()) {
			t.Errorf("%s: it opened as something else", name)
		}
		if err == nil && name != "repeated" {
			t.Errorf("%s: it opened", name)
		}
		s.clean(t, name, err)
	}
}

// changed replaces the first letter or digit.
func changed(s string) string {
	i := strings.IndexFunc(s, func(r rune) bool { return r > ' ' && r != '=' && r != '-' })
	other := "A"
	if s[i] == 'A' {
		other = "B"
	}
	return s[:i] + other + s[i+1:]
}

func refusesNames(t *testing.T, s Subject) {
	for _, key := range s.Invalid {
		if _, err := s.Service.Wrap(t.Context(), key, dataKey()); err == nil {
			t.Errorf("wrapped for %+v", key)
		} else {
			s.clean(t, "wrap", err)
			if key.ID != "" && len(key.ID) > 8 && strings.Contains(err.Error(), key.ID) {
				t.Errorf("the error quotes the name: %v", err)
			}
		}
		if s.NameAside {
			continue
		}
		_, err := s.Service.Unwrap(t.Context(), encrypt.Wrapped{Key: key, Enc: s.wrap(t, dataKey()).Enc})
		if err == nil {
			t.Errorf("unwrapped for %+v", key)
		}
		s.clean(t, "unwrap", err)
	}
}

func refusesAbsent(t *testing.T, s Subject) {
	if s.Absent.Type == "" {
		t.Skip("every key of this type is there")
	}
	_, err := s.Service.Wrap(t.Context(), s.Absent, dataKey())
	if err == nil || errors.Is(err, encrypt.ErrOtherKey) {
		t.Errorf("wrapped for a key that is absent: %v", err)
	}
	s.clean(t, "wrap", err)
	if s.NameAside {
		return
	}
	w := s.wrap(t, dataKey())
	w.Key = s.Absent
	if _, err = s.Service.Unwrap(t.Context(), w); err == nil || errors.Is(err, encrypt.ErrOtherKey) {
		t.Errorf("unwrapped by a key that is absent: %v", err)
	}
	s.clean(t, "unwrap", err)
}

func refusesStranger(t *testing.T, s Subject) {
	if s.Stranger == nil {
		t.Skip("everybody has the right")
	}
	_, err := s.Stranger.Unwrap(t.Context(), s.wrap(t, dataKey()))
	if err == nil || errors.Is(err, encrypt.ErrOtherKey) {
		t.Errorf("a stranger unwrapped it: %v", err)
	}
	s.clean(t, "unwrap", err)
}

func ends(t *testing.T, s Subject) {
	w := s.wrap(t, dataKey())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Service.Wrap(ctx, s.Key, dataKey()); !errors.Is(err, context.Canceled) {
		t.Errorf("wrap: %v", err)
	}
	if _, err := s.Service.Unwrap(ctx, w); !errors.Is(err, context.Canceled) {
		t.Errorf("unwrap: %v", err)
	}
}

func servesMany(t *testing.T, s Subject) {
	w := s.wrap(t, dataKey())
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			if got, err := s.Service.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, dataKey()) {
				t.Errorf("unwrap: %d bytes, %v", len(got), err)
			}
			if _, err := s.Service.Wrap(t.Context(), s.Key, dataKey()); err != nil {
				t.Errorf("wrap: %v", err)
			}
		})
	}
	wait.Wait()
}
