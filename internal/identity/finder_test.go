package identity

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
)

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
	w.env[EnvAgeKey] = next() + " " + next() + "\n# comment\n" + hybrid.String()
	w.env[EnvAgeKeyFile] = w.file(t, "mine.txt", "# created: today\r\n\r\n"+next()+"\r\n")
	w.env[EnvAgeKeyCmd] = "echo '" + next() + "'"
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
		{"public", "# mine\n" + public, EnvAgeKeyFile, "line 2 is a recipient (public key), not an identity"},
		{"ssh in key file", ed, EnvAgeKeyFile, "line 1 begins an SSH or other PEM key: name SSH keys in SOPS_AGE_SSH_PRIVATE_KEY_FILE"},
		{"nonsense", "\n\nhunter2", EnvAgeKeyFile, "line 3 is not a known type of age identity"},
		{"cut", good.String()[:40], EnvAgeKeyFile, "line 1 is a malformed identity"},
		{"one bad line", good.String() + "\nhunter2\n", EnvAgeKeyFile, "line 2 is not a known type"},
		{"armored", "-----BEGIN AGE ENCRYPTED FILE-----\nhunter2", EnvAgeKeyFile, "is not an intact armored age file"},
		{"ssh public", edLine, EnvAgeSSHKeyFile, "is an SSH public key; the private one is needed"},
		{"ssh nonsense", "hunter2", EnvAgeSSHKeyFile, "is not an SSH private key"},
		{"ssh empty", "", EnvAgeSSHKeyFile, "is empty"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t)
			other := newAge(t)
			w.env[EnvAgeKey] = other.String()
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
		w.env[EnvAgeKeyFile] = path
		ids, err := w.identities(t).Identities(t.Context(), "age1x")
		if err == nil || !strings.Contains(err.Error(), want) || len(ids) != 0 {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

func TestNoIdentityTellsWhereItLooked(t *testing.T) {
	w := newWorld(t)
	_, err := w.identities(t).Identities(t.Context(), "age1x")
	for _, want := range []string{EnvAgeKey, EnvAgeKeyFile, EnvAgeKeyCmd, EnvAgeSSHKeyFile, EnvAgeSSHKeyCmd, "keys.txt", "id_rsa", "id_ed25519"} {
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
	w.env[EnvAgeKeyFile] = path
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

func FuzzParseIdentities(f *testing.F) {
	f.Add("AGE-SECRET-KEY-1\nage1\n", true)
	f.Add("-----BEGIN AGE ENCRYPTED FILE-----\n", false)
	f.Fuzz(func(t *testing.T, text string, words bool) {
		s := New(context.Background(), World{Getenv: func(string) string { return "" }})
		held, err := s.parse("keys", []byte(text), words)
		if err != nil && held != nil {
			t.Error("both identities and an error")
		}
		_, _ = s.parseSSH("key", "", []byte(text))
	})
}
