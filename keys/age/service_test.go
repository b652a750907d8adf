package age

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"filippo.io/age/plugin"
	sopsage "github.com/getsops/sops/v3/age"
	"golang.org/x/crypto/ssh"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// identities is an AgeIdentities of fixed content.
type identities struct {
	ids []age.Identity
	err error
}

func (i identities) Identities(context.Context, string) ([]age.Identity, error) { return i.ids, i.err }

// refusing fails as a plugin without its token does.
type refusing struct{ err error }

func (r refusing) Unwrap([]*age.Stanza) ([]byte, error) { return nil, r.err }

type agePair struct {
	name, recipient string
	identity        age.Identity
}

// agePairs are throw-away keys, one of each kind.
func agePairs(t testing.TB) []agePair {
	t.Helper()
	x, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	pq, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	_, ed, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pairs := []agePair{{"x25519", x.Recipient().String(), x}, {"pq", pq.Recipient().String(), pq}}
	for _, k := range []struct {
		name string
		key  any
		pub  any
	}{{"ssh-ed25519", ed, ed.Public()}, {"ssh-rsa", rsaKey, rsaKey.Public()}} {
		block, err := ssh.MarshalPrivateKey(k.key, "throw-away")
		if err != nil {
			t.Fatal(err)
		}
		id, err := agessh.ParseIdentity(pem.EncodeToMemory(block))
		if err != nil {
			t.Fatal(err)
		}
		pub, err := ssh.NewPublicKey(k.pub)
		if err != nil {
			t.Fatal(err)
		}
		line := strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub))) + " someone@example.com"
		pairs = append(pairs, agePair{k.name, line, id})
	}
	return pairs
}

func ageKey(recipient string) policy.Key { return policy.Key{Type: policy.Age, ID: recipient} }

func TestAgeInteroperatesWithSops(t *testing.T) {
	for _, p := range agePairs(t) {
		t.Run(p.name, func(t *testing.T) {
			ours := New(Options{Identities: identities{ids: []age.Identity{p.identity}}})
			w, err := ours.Wrap(t.Context(), ageKey(p.recipient), keytest.DataKey())
			if err != nil {
				t.Fatal(err)
			}
			if !strings.HasSuffix(w.Enc, armor.Footer+"\n") || !strings.HasPrefix(w.Enc, armor.Header+"\n") {
				t.Errorf("not an armored file with a newline at its end: %q", w.Enc)
			}
			theirs := &sopsage.MasterKey{Recipient: p.recipient, EncryptedKey: w.Enc}
			sopsage.ParsedIdentities{p.identity}.ApplyToMasterKey(theirs)
			if got, err := theirs.Decrypt(); err != nil || !bytes.Equal(got, keytest.DataKey()) {
				t.Errorf("sops opens ours: %q, %v", got, err)
			}

			theirs, err = sopsage.MasterKeyFromRecipient(p.recipient)
			if err != nil {
				t.Fatal(err)
			}
			if err := theirs.Encrypt(keytest.DataKey()); err != nil {
				t.Fatal(err)
			}
			got, err := ours.Unwrap(t.Context(), encrypt.Wrapped{Key: ageKey(p.recipient), Enc: theirs.EncryptedKey})
			if err != nil || !bytes.Equal(got, keytest.DataKey()) {
				t.Errorf("we open sops's: %q, %v", got, err)
			}
			if a, b := strings.Count(w.Enc, "\n"), strings.Count(theirs.EncryptedKey, "\n"); a != b {
				t.Errorf("lines: ours %d, sops's %d", a, b)
			}
		})
	}
}

func TestAgeTriesTheOwnerFirst(t *testing.T) {
	pairs := agePairs(t)
	var all []age.Identity
	bomb := &counting{}
	all = append(all, bomb)
	for _, p := range pairs {
		all = append(all, p.identity)
	}
	s := New(Options{Identities: identities{ids: all}})
	for _, p := range pairs {
		w, err := s.Wrap(t.Context(), ageKey(p.recipient), keytest.DataKey())
		if err != nil {
			t.Fatal(err)
		}
		if got, err := s.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, keytest.DataKey()) {
			t.Errorf("%s: %q, %v", p.name, got, err)
		}
		if !s.(encrypt.Preferrer).Prefers(w.Key) {
			t.Errorf("%s: not preferred although its identity is loaded", p.name)
		}
	}
	if bomb.calls != 0 {
		t.Errorf("another identity was tried %d times before the owner", bomb.calls)
	}
	other := agePairs(t)[0]
	if s.(encrypt.Preferrer).Prefers(ageKey(other.recipient)) || s.(encrypt.Preferrer).Prefers(policy.Key{Type: policy.PGP, ID: pairs[0].recipient}) {
		t.Error("a stranger's key is preferred")
	}
}

type counting struct{ calls int }

func (c *counting) Unwrap([]*age.Stanza) ([]byte, error) {
	c.calls++
	return nil, age.ErrIncorrectIdentity
}

// A recipient renamed in the metadata does not hinder, nor an identity that fails.
func TestAgeGoesOnAfterAFailure(t *testing.T) {
	pairs := agePairs(t)
	s := New(Options{Identities: identities{ids: []age.Identity{refusing{errors.New("no token")}, pairs[2].identity, pairs[0].identity}}})
	w, err := s.Wrap(t.Context(), ageKey(pairs[0].recipient), keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	w.Key.ID = pairs[1].recipient
	if got, err := s.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("got %q, %v", got, err)
	}
}

func TestAgeErrors(t *testing.T) {
	pairs := agePairs(t)
	secret := pairs[0].identity.(*age.X25519Identity).String()
	sources := errors.New("SOPS_AGE_KEY_FILE: permission denied")
	w, err := New(Options{}).Wrap(t.Context(), ageKey(pairs[0].recipient), keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		ids  Identities
		want IdentityError
		text string
	}{
		{"no source", nil, IdentityError{None: true}, "there is no age identity"},
		{"nothing found", identities{err: sources}, IdentityError{None: true, Sources: sources}, "there is no age identity (SOPS_AGE_KEY_FILE: permission denied)"},
		{"none fits", identities{ids: []age.Identity{pairs[1].identity}}, IdentityError{}, "none of the age identities opens it"},
		{"one fails", identities{ids: []age.Identity{refusing{errors.New("bad\n " + secret + " thing")}}, err: sources}, IdentityError{},
			"none of the age identities opens it; bad [redacted] thing (SOPS_AGE_KEY_FILE: permission denied)"},
		{"no plugin", identities{ids: []age.Identity{refusing{&plugin.NotFoundError{Name: "x", Err: errors.New("y")}}}}, IdentityError{},
			"none of the age identities opens it; the program age-plugin-x is not in PATH"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := New(Options{Identities: c.ids}).Unwrap(t.Context(), w)
			var got *IdentityError
			if !errors.As(err, &got) || got.None != c.want.None || err.Error() != c.text {
				t.Errorf("got %v", err)
			}
			if c.want.Sources != nil && !errors.Is(err, c.want.Sources) {
				t.Errorf("%v does not unwrap to its cause", err)
			}
		})
	}
}

func TestAgeHostileCiphertext(t *testing.T) {
	pairs := agePairs(t)
	ids := identities{ids: []age.Identity{pairs[0].identity}}
	s := New(Options{Identities: ids})
	w, err := s.Wrap(t.Context(), ageKey(pairs[0].recipient), keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	long, err := s.Wrap(t.Context(), w.Key, bytes.Repeat([]byte("k"), 40000))
	if err != nil {
		t.Fatal(err)
	}
	const canary = "CANARY"
	for name, enc := range map[string]string{
		"empty": "", "text": canary, "header only": armor.Header + "\n" + canary, "cut": w.Enc[:len(w.Enc)/2],
		"trailing": w.Enc + canary, "long": strings.Repeat(canary, 1<<20), "long key": long.Enc,
		"changed": strings.Replace(w.Enc, "A", "B", 3), "null": "\x00" + w.Enc,
	} {
		got, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: w.Key, Enc: enc})
		if err == nil {
			t.Errorf("%s: opened to %q", name, got)
			continue
		}
		if len(err.Error()) > 200 || strings.Contains(err.Error(), canary) {
			t.Errorf("%s: the error quotes: %v", name, err)
		}
	}
	if _, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: policy.Key{Type: policy.PGP}}); err != encrypt.ErrOtherKey {
		t.Errorf("pgp: %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Unwrap(cancelled, w); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestAgeIsSafeForGoroutines(t *testing.T) {
	pairs := agePairs(t)
	var ids []age.Identity
	for _, p := range pairs {
		ids = append(ids, p.identity)
	}
	s := New(Options{Identities: identities{ids: ids}})
	var wg sync.WaitGroup
	for range 8 {
		for _, p := range pairs {
			wg.Go(func() {
				w, err := s.Wrap(t.Context(), ageKey(p.recipient), keytest.DataKey())
				if err != nil {
					t.Error(err)
					return
				}
				s.(encrypt.Preferrer).Prefers(w.Key)
				if got, err := s.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, keytest.DataKey()) {
					t.Errorf("%s: %v", p.name, err)
				}
			})
		}
	}
	wg.Wait()
}

// Whatever stands in a file's enc: no panic, and no key from anything that is
// not an age file for us.
func FuzzAgeUnwrap(f *testing.F) {
	id, err := age.GenerateX25519Identity()
	if err != nil {
		f.Fatal(err)
	}
	s := New(Options{Identities: identities{ids: []age.Identity{id}}})
	w, err := s.Wrap(f.Context(), ageKey(id.Recipient().String()), keytest.DataKey())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(w.Enc)
	f.Add(w.Enc[:len(w.Enc)-20])
	f.Add(armor.Header + "\n\n" + armor.Footer)
	f.Fuzz(func(t *testing.T, enc string) {
		got, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: w.Key, Enc: enc})
		if err == nil && !bytes.Equal(got, keytest.DataKey()) {
			t.Errorf("opened to another key")
		}
		if err != nil && len(err.Error()) > 200 {
			t.Errorf("long error: %v", err)
		}
	})
}

func BenchmarkAgeUnwrap(b *testing.B) {
	for _, p := range agePairs(b) {
		b.Run(p.name, func(b *testing.B) {
			s := New(Options{Identities: identities{ids: []age.Identity{p.identity}}})
			w, err := s.Wrap(b.Context(), ageKey(p.recipient), keytest.DataKey())
			if err != nil {
				b.Fatal(err)
			}
			for b.Loop() {
				if _, err := s.Unwrap(b.Context(), w); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
