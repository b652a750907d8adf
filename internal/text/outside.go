package text

import (
	"strconv"
	"strings"
	"unicode"
)

// MaxOutside is how many bytes of a server's or program's words an error takes
// up.
const MaxOutside = 512

// unmarked is what may be a token or a key, without the mark of one. What is as long
// as longest counts as one, whatever it looks like.
var unmarked = Lazily(`[A-Za-z0-9+/_-]{40,}={0,2}`)

const longest = 60

// looksRandom reports whether a word is like a data key in base64: small letters,
// capitals and digits take turns as in a secret of AWS.
func looksRandom(word string) bool {
	if strings.Trim(word, "0123456789abcdefABCDEF") == "" { // a fingerprint
		return false
	}
	turns, seen := turnsOf(word)
	return turns*awsSecretLength >= awsSecretTurns*len(word) && seen == 3
}

// Outside makes words that came from outside fit for a log: one line, no
// control characters, short, without what looks like a token or a key, and
// without what a runner would take for a command.
func Outside(s string) string {
	s = unmarked().ReplaceAllStringFunc(Withhold(oneLine(bounded(s))), func(word string) string {
		if len(word) >= longest || looksRandom(word) {
			return Withheld
		}
		return word
	})
	return shortened(strings.Join(strings.Fields(s), " "))
}

// OutsideName is [Outside] for names and paths: what is long in them and has not
// the mark of a key is none.
func OutsideName(s string) string { return shortened(Withhold(oneLine(bounded(s)))) }

// Quote puts a short name from outside between quotes.
func Quote(s string) string { return strconv.Quote(Outside(s)) }

// QuoteName puts a name or path from outside between quotes, see [OutsideName].
func QuoteName(s string) string { return strconv.Quote(OutsideName(s)) }

// QuoteList is [Quote] for several names, with commas between them.
func QuoteList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = Quote(s)
	}
	return strings.Join(quoted, ", ")
}

// WithholdCredential takes a credential out of words with which it may be echoed.
func WithholdCredential(words, credential string) string {
	if credential == "" {
		return words
	}
	return strings.ReplaceAll(words, credential, Withheld)
}

// bounded cuts a text that is too long to be looked at, so that hostile text
// costs nothing. Half a token is not seen to be one, so that none is left at the end.
func bounded(s string) string {
	if len(s) > 4*MaxOutside {
		s = strings.TrimRightFunc(s[:4*MaxOutside], inToken)
	}
	return s
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
	if len(s) > MaxOutside {
		s = strings.ToValidUTF8(s[:MaxOutside], "") + "…"
	}
	return EscapeCommands(s)
}

// inToken reports whether a token or a key may hold r.
func inToken(r rune) bool {
	return r < 128 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("+/=_.-", r))
}

var (
	// oldCommand is the start of a command of GitHub's older kind, which counts
	// anywhere in a line, as in ##[group], and those of Azure Pipelines and
	// TeamCity, as in ##vso[task.setvariable].
	oldCommand = Lazily(`(##[A-Za-z]*)\[`)
	// brokenARN is an ARN whose two colons in a row were parted. ACCOUNT stands for
	// an account's number in text to paste.
	brokenARN = Lazily(`\b(arn:aws[a-z-]*:[a-z0-9-]+:) (:(?:[0-9]{12}|ACCOUNT):)`)
)

// EscapeCommands breaks up what a runner takes for a command: "::" and "##[" of
// GitHub Actions, "##vso[" of Azure Pipelines. ARNs, where "::" stands after other
// words, stay as they are.
func EscapeCommands(s string) string {
	for strings.Contains(s, "::") {
		s = strings.ReplaceAll(s, "::", ": :")
	}
	s = oldCommand().ReplaceAllString(s, "$1 [")
	return brokenARN().ReplaceAllString(s, "$1$2")
}

// EscapeCommandsInLine is [EscapeCommands] for a line that does not begin with what
// came from outside: "::" counts only at the start of one.
func EscapeCommandsInLine(s string) string { return oldCommand().ReplaceAllString(s, "$1 [") }

// EscapeCommandsInJSON is [EscapeCommandsInLine] for JSON that is indented: it holds
// the same text.
func EscapeCommandsInJSON(text []byte) []byte {
	return oldCommand().ReplaceAll(text, []byte(`${1}\u005b`))
}
