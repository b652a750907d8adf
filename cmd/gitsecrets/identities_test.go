package main

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/armor"
	"golang.org/x/crypto/ssh"

	"github.com/gitsecrets/gitsecrets/internal/term"
)

// world is an environment with a home of its own.
type world struct {
	env  map[string]string
	home string
	warn []string
}

func newWorld(t *testing.T) *world {
	t.Helper()
	home := t.TempDir()
	return &world{home: home, env: map[string]string{"HOME": home, "USERPROFILE": home, "XDG_CONFIG_HOME": filepath.Join(home, "config"), "AppData": filepath.Join(home, "config")}}
}

func (w *world) identities(t *testing.T) *identities {
	ask := term.New()
	return newIdentities(t.Context(), func(k string) string { return w.env[k] }, ask, ask.PluginUI(t.Context(), io.Discard),
		func(format string, args ...any) { w.warn = append(w.warn, fmt.Sprintf(format, args...)) })
}

func (w *world) file(t *testing.T, name, content string) string {
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

func TestIdentitiesOfEveryPlace(t *testing.T) {
	w := newWorld(t)
	var recipients []age.Recipient
	next := func() string {
		id := newAge(t)
		recipients = append(recipients, id.Recipient())
		return id.String()
	}
	hybrid, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	recipients = append(recipients, hybrid.Recipient())
	ed, edLine := sshPair(t, newEd25519(t))
	rs, rsLine := sshPair(t, newRSA(t))
	for _, line := range []string{edLine, rsLine} {
		r, err := agessh.ParseRecipient(line)
		if err != nil {
			t.Fatal(err)
		}
		recipients = append(recipients, r)
	}
	w.env[envAgeKey] = next() + " " + next() + "\n# comment\n" + hybrid.String()
	w.env[envAgeKeyFile] = w.file(t, "mine.txt", "# created: today\r\n\r\n"+next()+"\r\n")
	w.env[envAgeKeyCmd] = "echo '" + next() + "'"
	w.file(t, "config/sops/age/keys.txt", next())
	w.file(t, ".ssh/id_ed25519", ed)
	w.file(t, ".ssh/id_rsa", rs)
	ids, err := w.identities(t).Identities(t.Context(), "age1unknown")
	if err != nil {
		t.Fatal(err)
	}
	if len(ids) != len(recipients) {
		t.Errorf("got %d identities, want %d", len(ids), len(recipients))
	}
	for i, r := range recipients {
		if !opens(t, ids, r) {
			t.Errorf("recipient %d cannot be opened", i)
		}
	}
	if len(w.warn) != 0 {
		t.Errorf("warnings: %q", w.warn)
	}
}

func TestIdentitySourcesThatFail(t *testing.T) {
	good := newAge(t)
	public := good.Recipient().String()
	ed, edLine := sshPair(t, newEd25519(t))
	for _, c := range []struct{ name, text, variable, want string }{
		{"public", "# mine\n" + public, envAgeKeyFile, "line 2 is a recipient (public key), not an identity"},
		{"ssh in key file", ed, envAgeKeyFile, "line 1 begins an SSH or other PEM key: name SSH keys in SOPS_AGE_SSH_PRIVATE_KEY_FILE"},
		{"nonsense", "\n\nhunter2", envAgeKeyFile, "line 3 is of no known type of age identity"},
		{"cut", good.String()[:40], envAgeKeyFile, "line 1 is a malformed identity"},
		{"one bad line", good.String() + "\nhunter2\n", envAgeKeyFile, "line 2 is of no known type"},
		{"armored", "-----BEGIN AGE ENCRYPTED FILE-----\nhunter2", envAgeKeyFile, "is no intact armored age file"},
		{"ssh public", edLine, envAgeSSHKeyFile, "is an SSH public key; the private one is needed"},
		{"ssh nonsense", "hunter2", envAgeSSHKeyFile, "is no SSH private key"},
		{"ssh empty", "", envAgeSSHKeyFile, "is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			other := newAge(t)
			w.env[envAgeKey] = other.String()
			path := w.file(t, "key", c.text)
			w.env[c.variable] = path
			ids, err := w.identities(t).Identities(t.Context(), "age1x")
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.variable+" "+path) {
				t.Errorf("got %v, want %q with the variable and the path", err, c.want)
			}
			if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "SECRET")) {
				t.Errorf("the error quotes the file: %v", err)
			}
			if !opens(t, ids, other.Recipient()) || opens(t, ids, good.Recipient()) {
				t.Error("a bad file must be left out whole, and take no other with it")
			}
		})
	}
}

func TestIdentityFilesThatAreNone(t *testing.T) {
	w := newWorld(t)
	big := w.file(t, "big", "")
	if err := os.Truncate(big, 1<<30); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		w.home:                           "is a folder",
		big:                              "is larger than 16 MiB",
		filepath.Join(w.home, "missing"): "no such file",
	} {
		if runtime.GOOS == "windows" && want == "no such file" {
			want = "cannot find"
		}
		w.env[envAgeKeyFile] = path
		ids, err := w.identities(t).Identities(t.Context(), "age1x")
		if err == nil || !strings.Contains(err.Error(), want) || len(ids) != 0 {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestNoIdentityTellsWhereItLooked(t *testing.T) {
	w := newWorld(t)
	_, err := w.identities(t).Identities(t.Context(), "age1x")
	for _, want := range []string{envAgeKey, envAgeKeyFile, envAgeKeyCmd, envAgeSSHKeyFile, envAgeSSHKeyCmd, "keys.txt", "id_rsa", "id_ed25519"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want it to name %s", err, want)
		}
	}
}

func TestIdentityFileThatOthersReadIsWarnedOfOnce(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no such mode there")
	}
	w := newWorld(t)
	path := w.file(t, "key", newAge(t).String())
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	w.env[envAgeKeyFile] = path
	s := w.identities(t)
	for range 3 {
		if _, err := s.Identities(t.Context(), "age1x"); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.warn) != 1 || !strings.Contains(w.warn[0], path) {
		t.Errorf("warnings: %q", w.warn)
	}
}

// countingCommand is a command line that notes each run in a file and then
// prints what script says.
func (w *world) countingCommand(t *testing.T, script string) (line string, runs func() int) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("the command is a shell script")
	}
	log := filepath.Join(w.home, "runs")
	path := w.file(t, "cmd.sh", "echo \"$SOPS_AGE_RECIPIENT\" >>'"+log+"'\n"+script)
	return "sh '" + path + "'", func() int {
		text, _ := os.ReadFile(log)
		return strings.Count(string(text), "\n")
	}
}

func TestKeyCommandRunsOnce(t *testing.T) {
	w := newWorld(t)
	id := newAge(t)
	line, runs := w.countingCommand(t, "echo "+id.String())
	w.env[envAgeKeyCmd] = line
	s := w.identities(t)
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			ids, err := s.Identities(t.Context(), fmt.Sprintf("age1other%d", i%7))
			if err != nil || !opens(t, ids, id.Recipient()) {
				t.Errorf("got %d identities, %v", len(ids), err)
			}
		})
	}
	all.Wait()
	if got := runs(); got != 1 {
		t.Errorf("the command ran %d times, want once", got)
	}
}

func TestKeyCommandIsAskedAgainForAnotherRecipient(t *testing.T) {
	w := newWorld(t)
	a, b := newAge(t), newAge(t)
	// It chooses by the recipient and fails for one it does not know.
	line, runs := w.countingCommand(t, fmt.Sprintf("case $SOPS_AGE_RECIPIENT in %s) echo %s;; %s) echo %s;; *) echo hunter2 >&2; exit 3;; esac",
		a.Recipient(), a, b.Recipient(), b))
	w.env[envAgeKeyCmd] = line
	s := w.identities(t)
	for range 2 {
		_, err := s.Identities(t.Context(), "age1x")
		if err == nil || err.Error() != "SOPS_AGE_KEY_CMD: the command ended with exit status 3" {
			t.Errorf("got %v", err)
		}
	}
	for _, id := range []*age.X25519Identity{a, b, a} {
		ids, err := s.Identities(t.Context(), id.Recipient().String())
		if err != nil || !opens(t, ids, id.Recipient()) {
			t.Errorf("got %d identities, %v", len(ids), err)
		}
	}
	if got := runs(); got != 3 {
		t.Errorf("the command ran %d times, want 3", got)
	}
}

func TestKeyCommandIsNotRunForAKeyThatIsHere(t *testing.T) {
	w := newWorld(t)
	id, other := newAge(t), newAge(t)
	line, runs := w.countingCommand(t, "echo "+other.String())
	w.env[envAgeKeyCmd], w.env[envAgeKey] = line, id.String()
	ids, err := w.identities(t).Identities(t.Context(), id.Recipient().String())
	if err != nil || !opens(t, ids, id.Recipient()) || runs() != 0 {
		t.Errorf("%v; the command ran %d times, want none", err, runs())
	}
	if !opens(t, ids, other.Recipient()) {
		t.Error("where the key here does not fit, the command is asked")
	}
}

func TestKeyCommandsThatFail(t *testing.T) {
	w := newWorld(t)
	for line, want := range map[string]string{
		"'unclosed":                   "is no command",
		"no-such-program-anywhere x":  "program was not found",
		"true":                        "printed no identity",
		"echo hunter2":                "line 1 is of no known type",
		"head -c 20000000 /dev/zero":  "more than 16 MiB",
		"sh -c 'sleep 60 & exit 7'":   "exit status 7",
		"sh -c 'kill -KILL $$; true'": "signal: killed",
	} {
		if runtime.GOOS == "windows" {
			t.Skip("the commands are those of Unix")
		}
		w.env[envAgeKeyCmd] = line
		_, err := w.identities(t).Identities(t.Context(), "age1x")
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: got %v, want %q", line, err, want)
		}
	}
}

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
			if err != nil || len(held) != 1 || held[0].rank != rankLocked {
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
	if !sameRecipient(held[0].recipient(), line+" me@example.com") {
		t.Errorf("recipient %q, want that of the key", held[0].recipient())
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

func FuzzParseIdentities(f *testing.F) {
	f.Add("AGE-SECRET-KEY-1\nage1\n", true)
	f.Add("-----BEGIN AGE ENCRYPTED FILE-----\n", false)
	f.Fuzz(func(t *testing.T, text string, words bool) {
		s := newIdentities(context.Background(), func(string) string { return "" }, nil, nil, nil)
		held, err := s.parse("keys", []byte(text), words)
		if err != nil && held != nil {
			t.Error("both identities and an error")
		}
		_, _ = s.parseSSH("key", "", []byte(text))
	})
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
