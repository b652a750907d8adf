//go:build unix

package pgp

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

// What a gpg does is judged by what it gave back: a message may unpack to any
// length, and what it leaves running may keep its streams open.
func TestWhatTheProgramGivesBack(t *testing.T) {
	for name, c := range map[string]struct {
		script  string
		want    string
		failure call.Failure
	}{
		"endless output":            {"cat >/dev/null; exec yes CANARY", "", call.BadKey},
		"endless words":             {"cat >/dev/null; yes CANARY >&2; exit 2", "", call.NotTheService},
		"a child keeps the stream":  {"cat >/dev/null; printf 0123456789abcdef; sleep 30 & exit 0", "0123456789abcdef", 0},
		"a file that is no program": {"", "", call.NotTheService},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			program := filepath.Join(t.TempDir(), "gpg")
			text, mode := "#!/bin/sh\n"+c.script+"\n", os.FileMode(0o700)
			if c.script == "" {
				text, mode = "", 0o600
			}
			if err := os.WriteFile(program, []byte(text), mode); err != nil {
				t.Fatal(err)
			}
			s := New(Options{Getenv: func(name string) string { return map[string]string{"SOPS_GPG_EXEC": program}[name] }})
			begun := time.Now()
			got, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: policy.Key{Type: policy.PGP}, Enc: "message"})
			var e *call.Error
			switch {
			case string(got) != c.want:
				t.Errorf("got %d bytes, want %q", len(got), c.want)
			case c.want != "" && err != nil, c.want == "" && (!errors.As(err, &e) || e.Failure != c.failure):
				t.Errorf("after %v: %v", time.Since(begun), err)
			}
		})
	}
}
