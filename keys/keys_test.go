package keys

import (
	"errors"
	"testing"

	"filippo.io/age"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Each type of key is served by one service, and no more: two would be asked in turn,
// and a person told of both.
func TestDefaultServesEachTypeOnce(t *testing.T) {
	services := Default(Options{})
	for _, kind := range []policy.KeyType{policy.Age, policy.PGP, policy.AWSKMS, policy.GCPKMS, policy.HuaweiKMS, policy.AzureVault, policy.VaultKey} {
		served := 0
		for _, s := range services {
			// No name is this short, so that nobody is contacted.
			if _, err := s.Wrap(t.Context(), policy.Key{Type: kind, ID: "x"}, []byte("y")); err == nil {
				t.Errorf("%s: wrapped for an invalid name", kind)
			} else if !errors.Is(err, encrypt.ErrOtherKey) {
				served++
			}
		}
		if served != 1 {
			t.Errorf("%s: served %d times", kind, served)
		}
	}
}

// What a caller from outside writes: wrap and unwrap without any variable.
func TestDefaultWrapsForAge(t *testing.T) {
	id, err := age.GenerateX25519Identity() // throw-away
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range Default(Options{}) {
		w, err := s.Wrap(t.Context(), policy.Key{Type: policy.Age, ID: id.Recipient().String()}, []byte("data key"))
		if errors.Is(err, encrypt.ErrOtherKey) {
			continue
		}
		if err != nil || w.Enc == "" {
			t.Errorf("got %q, %v", w.Enc, err)
		}
	}
}
