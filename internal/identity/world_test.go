package identity

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"golang.org/x/crypto/ssh"

	"github.com/gitsecrets/gitsecrets/internal/term"
)

// scratch is an environment with a home of its own.
type scratch struct {
	env  map[string]string
	home string
	warn []string
}

func newWorld(t *testing.T) *scratch {
	t.Helper()
	home := t.TempDir()
	return &scratch{home: home, env: map[string]string{"HOME": home, "USERPROFILE": home, "XDG_CONFIG_HOME": filepath.Join(home, "config"), "AppData": filepath.Join(home, "config")}}
}

func (w *scratch) identities(t *testing.T) *Finder {
	ask := term.New()
	return New(t.Context(), World{
		Environ: os.Environ(), Getenv: func(k string) string { return w.env[k] }, Terminal: ask, UI: ask.PluginUI(t.Context(), io.Discard),
		Warn: func(format string, args ...any) { w.warn = append(w.warn, fmt.Sprintf(format, args...)) },
	})
}

func (w *scratch) file(t *testing.T, name, content string) string {
	t.Helper()
	path := filepath.Join(w.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func newAge(t *testing.T) *age.X25519Identity {
	t.Helper()
	id, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// opens reports whether the identities open a file for the recipient.
func opens(t *testing.T, ids []age.Identity, r age.Recipient) bool {
	t.Helper()
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, r)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprint(w, "throw-away")
	w.Close()
	if len(ids) == 0 {
		return false
	}
	_, err = age.Decrypt(&sealed, ids...)
	return err == nil
}

type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }

func newEd25519(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newRSA(t *testing.T) *rsa.PrivateKey {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// sshPair writes a key as ssh-keygen does.
func sshPair(t *testing.T, key crypto.Signer) (private, public string) {
	t.Helper()
	block, err := ssh.MarshalPrivateKey(key, "throw-away")
	if err != nil {
		t.Fatal(err)
	}
	pub, err := ssh.NewPublicKey(key.Public())
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(block)), strings.TrimSpace(string(ssh.MarshalAuthorizedKey(pub)))
}
