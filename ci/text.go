package ci

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// maxOutside is how many bytes of a server's or program's words an error takes
// up.
const maxOutside = 512

// unmarked is what is long enough to be a token or a key, without the mark of one.
var unmarked = lazily(`[A-Za-z0-9+/_-]{60,}={0,2}`)

// outside makes words that came from outside fit for a log: one line, no
// control characters, short, without what looks like a token or a key, and
// without what a runner would take for a command.
func outside(s string) string {
	if len(s) > 4*maxOutside { // so that hostile text costs nothing
		s = strings.TrimRightFunc(s[:4*maxOutside], inToken) // half a token is not seen to be one
	}
	s = unmarked().ReplaceAllString(text.Withhold(oneLine(s)), redacted)
	return shortened(strings.Join(strings.Fields(s), " "))
}

// withhold takes a credential out of words with which it may be echoed.
func withhold(words, credential string) string {
	if credential == "" {
		return words
	}
	return strings.ReplaceAll(words, credential, redacted)
}

// oneLine leaves of a text what can be seen, and single spaces.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.Join(strings.Fields(s), " ")
}

// shortened cuts a line where it gets too long, and breaks up commands in it.
func shortened(s string) string {
	if len(s) > maxOutside {
		s = strings.ToValidUTF8(s[:maxOutside], "") + "…"
	}
	return Unarmed(s)
}

// inToken reports whether a token or a key may hold r.
func inToken(r rune) bool {
	return r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+/=_.-", r))
}

var (
	// oldCommand is the start of a command of GitHub's older kind, which counts
	// anywhere in a line, as in ##[group], and those of Azure Pipelines and
	// TeamCity, as in ##vso[task.setvariable].
	oldCommand = lazily(`(##[A-Za-z]*)\[`)
	// brokenARN is an ARN whose two colons in a row were parted.
	brokenARN = lazily(`\b(arn:aws[a-z-]*:[a-z0-9-]+:) (:(?:[0-9]{12}|` + anyAccount + `):)`)
)

// anyAccount stands for an account's number in text to paste.
const anyAccount = "ACCOUNT"

// Unarmed breaks up what a runner takes for a command: "::" and "##[" of GitHub
// Actions, "##vso[" of Azure Pipelines. ARNs, where "::" stands after other
// words, stay as they are.
func Unarmed(s string) string {
	for strings.Contains(s, "::") {
		s = strings.ReplaceAll(s, "::", ": :")
	}
	s = oldCommand().ReplaceAllString(s, "$1 [")
	return brokenARN().ReplaceAllString(s, "$1$2")
}

// UnarmedLine is [Unarmed] for a line that does not begin with what came from
// outside: "::" counts only at the start of one.
func UnarmedLine(s string) string { return oldCommand().ReplaceAllString(s, "$1 [") }

// UnarmedJSON is [UnarmedLine] for JSON that is indented: it holds the same text.
func UnarmedJSON(text []byte) []byte {
	return oldCommand().ReplaceAll(text, []byte(`${1}\u005b`))
}

// quote puts a short name from outside between quotes.
func quote(s string) string { return strconv.Quote(outside(s)) }
