package encrypt

import (
	"strings"
	"unicode"

	keytext "github.com/gitsecrets/gitsecrets/internal/text"
)

// maxOutsideText is how much of another program's or server's words an error
// takes up.
const maxOutsideText = 240

// outsideText makes words that came from outside fit for an error message:
// one line, no control characters, not long, and without what looks like a key.
func outsideText(s string) string {
	var b strings.Builder
	for word := range strings.FieldsFuncSeq(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }) {
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		if looksSecret(word) {
			word = keytext.Withheld
		}
		word = keytext.Withhold(word)
		b.WriteString(word)
		if b.Len() > maxOutsideText {
			return strings.ToValidUTF8(b.String()[:maxOutsideText], "") + "…"
		}
	}
	return b.String()
}

// isKey reports whether a text holds what looks like a key.
func isKey(s string) bool { return keytext.HoldsKey(s) }

// looksSecret recognises what is known to be a key, and a data key in base64.
func looksSecret(word string) bool {
	if isKey(word) {
		return true
	}
	word = strings.Trim(word, `"'.,;:()[]{}<>`)
	if len(word) < 40 {
		return false
	}
	var upper, lower, digit bool
	for _, r := range word {
		switch {
		case 'A' <= r && r <= 'Z':
			upper = true
		case 'a' <= r && r <= 'z':
			lower = true
		case '0' <= r && r <= '9':
			digit = true
		case strings.ContainsRune("+/=_-", r):
		default:
			return false
		}
	}
	return upper && lower && digit
}

// outsideError is an error of a library or program, its text made fit.
type outsideError struct{ err error }

func (e *outsideError) Error() string { return outsideText(e.err.Error()) }

func (e *outsideError) Unwrap() error { return e.err }
