package pgp

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/getsops/sops/v3/pgp"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/keys/keystest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// newGnuPG makes a throw-away key without a passphrase in a folder of its own.
func newGnuPG(t *testing.T) (fingerprint string) {
	t.Helper()
	if _, err := exec.LookPath("gpg"); err != nil {
		t.Fatal("gpg is needed: install GnuPG")
	}
	home := keytest.ShortTemp(t)
	t.Setenv("GNUPGHOME", home)
	t.Setenv("SOPS_GPG_EXEC", "")
	run := func(args ...string) string {
		out, err := exec.Command("gpg", append([]string{"--batch", "--quiet", "--no-tty"}, args...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("gpg %v: %v\n%s", args, err, out)
		}
		return string(out)
	}
	t.Cleanup(func() { exec.Command("gpgconf", "--homedir", home, "--kill", "all").Run() })
	run("--passphrase", "", "--pinentry-mode", "loopback", "--quick-gen-key", "throw-away <test@example.com>", "default", "default", "never")
	for line := range strings.Lines(run("--with-colons", "--list-keys")) {
		if f := strings.Split(line, ":"); f[0] == "fpr" {
			return f[9]
		}
	}
	t.Fatal("gpg lists no key")
	return ""
}

func TestPGPInteroperatesWithSops(t *testing.T) {
	fp := newGnuPG(t)
	ours := New(Options{Getenv: os.Getenv})
	spaced := fp[:20] + " " + fp[20:]
	w, err := ours.Wrap(t.Context(), policy.Key{Type: policy.PGP, ID: spaced}, keytest.DataKey())
	if err != nil {
		t.Fatal(err, errors.Unwrap(err))
	}
	if w.Key.ID != fp {
		t.Errorf("the key is named %q, want %q", w.Key.ID, fp)
	}
	theirs := pgp.NewMasterKeyFromFingerprint(fp)
	theirs.EncryptedKey = w.Enc
	if got, err := theirs.Decrypt(); err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("sops opens ours: %q, %v", got, err)
	}
	if err := theirs.Encrypt(keytest.DataKey()); err != nil {
		t.Fatal(err)
	}
	w.Enc = theirs.EncryptedKey
	if got, err := ours.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("we open sops's: %q, %v", got, err)
	}
}

func TestPGPErrors(t *testing.T) {
	fp := newGnuPG(t)
	s := New(Options{Getenv: os.Getenv})
	w, err := s.Wrap(t.Context(), policy.Key{Type: policy.PGP, ID: fp}, keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	check := func(name string, err error, problem call.Failure, want string) {
		t.Helper()
		var e *call.Error
		if !errors.As(err, &e) || e.Failure != problem || err.Error() != want {
			t.Errorf("%s: got %v, want %s (%v)", name, err, want, errors.Unwrap(err))
		}
	}
	_, err = s.Wrap(t.Context(), policy.Key{Type: policy.PGP, ID: strings.Repeat("A", 40)}, keytest.DataKey())
	check("unknown key", err, call.BadKey, "gpg: there is no public key with this fingerprint: import it first")
	_, err = s.Unwrap(t.Context(), encrypt.Wrapped{Key: w.Key, Enc: "CANARY"})
	check("no message", err, call.BadKey, "gpg: the wrapped data key is not a PGP message")
	_, err = s.Unwrap(t.Context(), encrypt.Wrapped{Key: w.Key, Enc: strings.Replace(w.Enc, "\n\n", "\nCANARY: CANARY\n\nAAAA", 1)})
	if err == nil || strings.Contains(err.Error(), "CANARY") {
		t.Errorf("changed: %v", err)
	}
	t.Setenv("GNUPGHOME", keytest.ShortTemp(t))
	_, err = s.Unwrap(t.Context(), w)
	check("another home", err, call.NoCredentials, "gpg: there is no secret key for it")
	t.Setenv("SOPS_GPG_EXEC", "/nonexistent/gpg")
	_, err = s.Unwrap(t.Context(), w)
	check("no program", err, call.NotTheService, "gpg: the program was not found, and no old key ring without a passphrase serves instead")
	if _, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: w.Key}); err == nil {
		t.Error("an empty message was opened")
	}
}

func TestConforms(t *testing.T) {
	fp := newGnuPG(t)
	elsewhere := keytest.ShortTemp(t)
	keystest.Run(t, keystest.Subject{
		Service: New(Options{Getenv: os.Getenv}),
		Key:     policy.Key{Type: policy.PGP, ID: fp},
		Absent:  policy.Key{Type: policy.PGP, ID: strings.Repeat("A", 40)},
		Stranger: New(Options{Getenv: func(name string) string {
			if name == "GNUPGHOME" {
				return elsewhere
			}
			return os.Getenv(name)
		}}),
		Invalid:   keytest.InvalidOf(t, policy.PGP),
		NameAside: true,
	})
}

// The last digits name a key to be trusted, with the mark of a subkey.
func TestLongID(t *testing.T) {
	for id, want := range map[string]string{
		"FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4":  "3D16CEE4A27381B4",
		"FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4!": "3D16CEE4A27381B4!",
		"3D16CEE4A27381B4":                          "3D16CEE4A27381B4", "3D16CEE4A27381B4!": "3D16CEE4A27381B4!",
	} {
		if got := longID(id); got != want {
			t.Errorf("%s: %s, want %s", id, got, want)
		}
	}
}
