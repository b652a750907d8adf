package keystest

import (
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"
	"unicode"
)

// maxError is how long an error may be: a person reads it.
const maxError = 2000

// clean checks that an error is fit for a log.
func (s Subject) clean(t *testing.T, what string, err error) {
	t.Helper()
	if err == nil {
		return
	}
	text := err.Error()
	if len(text) > maxError {
		t.Errorf("%s: an error of %d bytes", what, len(text))
	}
	if strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }) {
		t.Errorf("%s: an error with control characters: %q", what, text)
	}
	if !s.Foreign && strings.Contains(text, "CANARY") { // the words of a process of the person's own are a hint
		t.Errorf("%s: the error quotes what was to be unwrapped", what)
	}
	key := dataKey()
	for _, secret := range append([]string{
		string(key), hex.EncodeToString(key), base64.RawStdEncoding.EncodeToString(key), base64.RawURLEncoding.EncodeToString(key),
	}, s.Secrets...) {
		if secret != "" && strings.Contains(text, secret) {
			t.Errorf("%s: the error holds a secret", what)
		}
	}
}
