//go:build unix

package identity

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"filippo.io/age"
)

// agent is a gpg-agent that gives one answer after the other, the last for
// ever, and notes what it was asked.
type agent struct {
	mu      sync.Mutex
	answers []string
	asked   []string
}

func startAgent(t *testing.T, answers ...string) *agent {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent") // t.TempDir is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	socket := filepath.Join(dir, "S")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	t.Setenv("GPG_AGENT_INFO", socket+":0:1")
	a := &agent{answers: answers}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go a.serve(c)
		}
	}()
	return a
}

func (a *agent) serve(c net.Conn) {
	defer c.Close()
	fmt.Fprintln(c, "OK Pleased to meet you")
	for lines := bufio.NewScanner(c); lines.Scan(); {
		command, _, _ := strings.Cut(lines.Text(), " ")
		reply := "OK"
		a.mu.Lock()
		if command != "OPTION" {
			a.asked = append(a.asked, lines.Text())
		}
		if command == "GET_PASSPHRASE" {
			reply = a.answers[0]
			if len(a.answers) > 1 {
				a.answers = a.answers[1:]
			}
		}
		a.mu.Unlock()
		fmt.Fprintln(c, reply)
	}
}

func TestPassphraseFromGPGAgent(t *testing.T) {
	id := newAge(t)
	scrypt, err := age.NewScryptRecipient("correct horse")
	if err != nil {
		t.Fatal(err)
	}
	scrypt.SetWorkFactor(4)
	var file bytes.Buffer
	w, err := age.Encrypt(&file, scrypt)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintln(w, id)
	w.Close()
	right := "OK " + hex.EncodeToString([]byte("correct horse"))

	a := startAgent(t, "OK "+hex.EncodeToString([]byte("wrong")), right)
	world := newWorld(t)
	world.env[EnvAgeKeyFile] = world.file(t, "keys.age", file.String())
	ids, err := world.identities(t).Identities(t.Context(), id.Recipient().String())
	if err != nil || len(a.asked) != 0 {
		t.Fatalf("%v; asked %d times before it was needed", err, len(a.asked))
	}
	for range 2 {
		if !opens(t, ids, id.Recipient()) {
			t.Error("does not open")
		}
	}
	key := passphraseCacheKey(file.Bytes())
	if len(key) > 50 || !strings.HasPrefix(key, "SopsAge") {
		t.Errorf("cache key %q", key)
	}
	if len(a.asked) != 3 || !strings.Contains(a.asked[0], key) || a.asked[1] != "CLEAR_PASSPHRASE "+key || !strings.Contains(a.asked[2], "Wrong+passphrase") {
		t.Errorf("asked %q", a.asked)
	}

	startAgent(t, "ERR 83886179 Operation cancelled")
	ids, err = world.identities(t).Identities(t.Context(), id.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if _, err := ids[0].Unwrap(nil); err == nil || !strings.Contains(err.Error(), "the question for the passphrase was cancelled") {
			t.Errorf("got %v", err)
		}
	}
}
