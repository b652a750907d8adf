package encrypt

import (
	"strings"
	"unicode"
)

// maxOutsideText is how much of another program's or server's words an error takes up.
const maxOutsideText = 240

// outsideText makes words that came from outside fit for an error message:
// one line, no control characters, not long, and without what looks like a secret key.
func outsideText(s string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		upper := strings.ToUpper(word)
		for _, mark := range []string{"AGE-SECRET-KEY-", "AGE-PLUGIN-"} {
			// A program's name begins in the same way, in small letters.
			if strings.Contains(word, mark) || mark == "AGE-SECRET-KEY-" && strings.Contains(upper, mark) {
				word = "[redacted]"
			}
		}
		b.WriteString(word)
		if b.Len() > maxOutsideText {
			cut := strings.ToValidUTF8(b.String()[:maxOutsideText], "")
			return cut + "…"
		}
	}
	return b.String()
}

// outsideError is an error of a library or program, its text made fit.
type outsideError struct{ err error }

func (e *outsideError) Error() string { return outsideText(e.err.Error()) }

func (e *outsideError) Unwrap() error { return e.err }
