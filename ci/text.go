package ci

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"
)

// maxOutside is how many bytes of a server's or program's words an error takes
// up.
const maxOutside = 512

// secretLike is what looks like a token or a key: a JSON Web Token, or the
// start of one; tokens of Vault; identities of age; access keys of AWS;
// access tokens of Google; secrets of GitHub.
var secretLike = regexp.MustCompile(`eyJ[A-Za-z0-9_=-]{8,}(\.[A-Za-z0-9_=-]*)*` +
	`|\b(hv[sbr]|[sbr])\.[A-Za-z0-9_-]{20,}` +
	`|(?i:AGE-(SECRET-KEY|PLUGIN)-[A-Z0-9-]+)` +
	`|\b(AKIA|ASIA)[A-Z0-9]{12,}` +
	`|\bya29\.[A-Za-z0-9_.-]+` +
	`|\bgh[a-z]_[A-Za-z0-9]{20,}` +
	`|[A-Za-z0-9+/_-]{60,}={0,2}`)

// outside makes words that came from outside fit for a log: one line, no
// control characters, short, without what looks like a token or a key, and
// without what a runner would take for a command.
func outside(s string) string {
	if len(s) > 4*maxOutside { // so that hostile text costs nothing
		s = s[:4*maxOutside]
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	s = secretLike.ReplaceAllString(s, redacted)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxOutside {
		s = strings.ToValidUTF8(s[:maxOutside], "") + "…"
	}
	return Unarmed(s)
}

// Unarmed breaks up what a runner takes for a command: "::" and "##[" of GitHub
// Actions, "##vso[" of Azure Pipelines.
func Unarmed(s string) string {
	return strings.NewReplacer("::", ": :", "##[", "## [", "##vso[", "##vso [").Replace(s)
}

// quote puts a short name from outside between quotes.
func quote(s string) string { return strconv.Quote(outside(s)) }
