package pgp

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	sopspgp "github.com/getsops/sops/v3/pgp"
	"golang.org/x/crypto/openpgp" //nolint:staticcheck // as in old_ring.go

	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/keys/keystest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// oldRing makes a home of GnuPG 1 with a throw-away RSA key, on a machine without gpg.
func oldRing(t *testing.T) policy.Key {
	t.Helper()
	home := keytest.ShortTemp(t)
	entity, err := openpgp.NewEntity("throw-away", "", "test@example.com", nil)
	if err != nil {
		t.Fatal(err)
	}
	var secret, public bytes.Buffer
	if err := entity.SerializePrivate(&secret, nil); err != nil { // signs the key, too
		t.Fatal(err)
	}
	if err := entity.Serialize(&public); err != nil {
		t.Fatal(err)
	}
	for name, ring := range map[string][]byte{"secring.gpg": secret.Bytes(), "pubring.gpg": public.Bytes()} {
		if err := os.WriteFile(filepath.Join(home, name), ring, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("GNUPGHOME", home)
	t.Setenv("SOPS_GPG_EXEC", "/nonexistent/gpg")
	fp := make([]byte, 0, 40)
	for _, b := range entity.PrimaryKey.Fingerprint {
		fp = append(fp, "0123456789ABCDEF"[b>>4], "0123456789ABCDEF"[b&15])
	}
	return policy.Key{Type: policy.PGP, ID: string(fp)}
}

// Without gpg an old key ring serves, as it serves sops.
func TestOldRingServesWithoutGPG(t *testing.T) {
	key := oldRing(t)
	s := New(Options{Getenv: os.Getenv})
	keystest.Run(t, keystest.Subject{
		Service: s, Key: key, Absent: policy.Key{Type: policy.PGP, ID: strings.Repeat("A", 40)},
		Invalid: keytest.InvalidOf(t, policy.PGP), NameAside: true,
	})
	theirs := sopspgp.NewMasterKeyFromFingerprint(key.ID)
	if err := theirs.Encrypt(keytest.DataKey()); err != nil {
		t.Fatal(err)
	}
	w, err := s.Wrap(t.Context(), key, keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	ours := w.Enc
	w.Enc = theirs.EncryptedKey
	if got, err := s.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("we open sops's: %d bytes, %v", len(got), err)
	}
	theirs.EncryptedKey = ours
	if got, err := theirs.Decrypt(); err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("sops opens ours: %d bytes, %v", len(got), err)
	}
}
