package runner

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	minCommentMask = 8  // characters of a line of prose
	longWord       = 16 // that nobody writes in prose
)

// CommentMasks returns the parts of a comment that must be hidden, so that a password in one does not stand in a log,
// and what it says of the rest of the file does not blank harmless words there: each line as a whole; what is set in
// it, as KEY=value or key: value; and words of letters and digits. With all, a value that reads like a word of prose is
// among them. Each can be handed to [Masks].
func CommentMasks(comment string, all bool) []string {
	var out []string
	add := func(s string, least int) {
		if s = strings.TrimSpace(s); utf8.RuneCountInString(s) >= least && maskable(s) {
			out = append(out, s)
		}
	}
	for line := range strings.SplitSeq(comment, "\n") {
		line = strings.TrimSpace(line)
		if all || strings.ContainsFunc(line, func(r rune) bool { return !unicode.IsLetter(r) }) {
			add(line, minCommentMask)
		}
		if value, sure := setInComment(line); all || sure || isRare(value) {
			add(value, minMask)
		}
		for _, word := range strings.Fields(line) {
			if word = trimMarks(word); isRare(word) {
				add(word, minCommentMask)
			}
		}
	}
	return out
}

// setInComment returns the value of a setting that was commented out. It is surely one behind "=", and one word of
// something else behind a colon.
func setInComment(line string) (value string, sure bool) {
	i := strings.IndexAny(line, "=:")
	if i <= 0 {
		return "", false
	}
	name := strings.TrimPrefix(strings.TrimSpace(line[:i]), "export ")
	sure = line[i] == '=' && !strings.ContainsAny(name, " \t")
	return trimMarks(strings.TrimSpace(line[i+1:])), sure
}

// trimMarks removes quotes and punctuation at both ends.
func trimMarks(s string) string { return strings.Trim(s, "\"'`()[]{}<>,;.") }

// isRare reports whether a text is one word that has a digit among letters, or is
// longer than those of prose.
func isRare(word string) bool {
	if word == "" || strings.ContainsFunc(word, unicode.IsSpace) {
		return false
	}
	return utf8.RuneCountInString(word) >= longWord || strings.ContainsFunc(word, unicode.IsDigit) && strings.ContainsFunc(word, unicode.IsLetter)
}
