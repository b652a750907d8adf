package identity

import (
	"bytes"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"sync"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"

	"github.com/gitsecrets/gitsecrets/internal/term"
)

func TestLockedIdentityFile(t *testing.T) {
	id := newAge(t)
	scrypt, err := age.NewScryptRecipient("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	scrypt.SetWorkFactor(4)
	var binary, armored bytes.Buffer
	for i, dst := range []io.WriteCloser{nopCloser{&binary}, armor.NewWriter(&armored)} {
		w, err := age.Encrypt(dst, scrypt)
		if err != nil {
			t.Fatal(i, err)
		}
		fmt.Fprintln(w, "# throw-away\n"+id.String())
		w.Close()
		dst.Close()
	}
	for name, text := range map[string]string{"binary": binary.String(), "armored": armored.String()} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			s := w.identities(t)
			held, err := s.parse("keys", []byte(text), false)
			if err != nil || len(held) != 1 || held[0].Rank != RankLocked {
				t.Fatalf("got %d, %v", len(held), err)
			}
			l := held[0].Identity.(*lockedIdentities)
			asked, forgot := 0, 0
			l.ask = func([]byte, bool) (string, error) {
				asked++
				return []string{"wrong", "correct horse"}[min(asked-1, 1)], nil
			}
			l.forget = func([]byte) { forgot++ }
			for range 3 {
				if !opens(t, []age.Identity{l}, id.Recipient()) {
					t.Error("does not open")
				}
			}
			if opens(t, []age.Identity{l}, newAge(t).Recipient()) {
				t.Error("opens what is not for it")
			}
			if asked != 2 || forgot != 1 {
				t.Errorf("asked %d times, forgot %d, want 2 and 1", asked, forgot)
			}
			l = s.locked("keys", binary.Bytes())[0].Identity.(*lockedIdentities)
			l.ask = func([]byte, bool) (string, error) { return "", term.ErrNone }
			for range 2 {
				if _, err := l.Unwrap(nil); !errors.Is(err, term.ErrNone) {
					t.Errorf("got %v, want that there is no terminal", err)
				}
			}
		})
	}
}

func TestSSHKeyWithPassphrase(t *testing.T) {
	key := newEd25519(t)
	block, err := ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte("correct horse"))
	if err != nil {
		t.Fatal(err)
	}
	_, line := sshPair(t, key)
	r, err := agessh.ParseRecipient(line)
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t)
	held, err := w.identities(t).parseSSH("key", "", pem.EncodeToMemory(block))
	if err != nil {
		t.Fatal(err)
	}
	if !sameRecipient(held[0].Recipient(), line+" me@example.com") {
		t.Errorf("recipient %q, want that of the key", held[0].Recipient())
	}
	i := held[0].Identity.(*sshIdentity)
	asked := 0
	i.ask = func(string) ([]byte, error) {
		asked++
		return []byte([]string{"wrong", "correct horse"}[min(asked-1, 1)]), nil
	}
	if opens(t, []age.Identity{i}, newAge(t).Recipient()) || asked != 0 {
		t.Errorf("asked %d times for a file that is not for SSH keys", asked)
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			if !opens(t, []age.Identity{i}, r) {
				t.Error("does not open")
			}
		})
	}
	all.Wait()
	if asked != 2 {
		t.Errorf("asked %d times, want 2", asked)
	}
}

func TestSSHKeyOfAnotherType(t *testing.T) {
	w := newWorld(t)
	// An OpenSSH header that names an ECDSA key.
	pub := ssh.Marshal(struct{ Type, Curve, Point string }{"ecdsa-sha2-nistp256", "nistp256", "no point"})
	header := ssh.Marshal(struct {
		Cipher, KDF, Options string
		Keys                 uint32
		Public               []byte
	}{"none", "none", "", 1, pub})
	text := pem.EncodeToMemory(&pem.Block{Type: "OPENSSH PRIVATE KEY", Bytes: append([]byte("openssh-key-v1\x00"), header...)})
	held, err := w.identities(t).parseSSH("key", "", text)
	if err != nil {
		return
	}
	if _, err := held[0].Unwrap([]*age.Stanza{{Type: "ssh-rsa", Args: []string{"x"}}}); err == nil || errors.Is(err, age.ErrIncorrectIdentity) {
		t.Errorf("got %v, want that the key is malformed", err)
	}
}
