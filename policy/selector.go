package policy

import (
	"fmt"
	"regexp"
	"strings"
)

// DefaultUnencryptedSuffix is the suffix that sops uses if there is no selector.
const DefaultUnencryptedSuffix = "_unencrypted"

var selectorNames = [...]string{
	UnencryptedSuffix: "unencrypted_suffix", EncryptedSuffix: "encrypted_suffix",
	UnencryptedRegex: "unencrypted_regex", EncryptedRegex: "encrypted_regex",
	UnencryptedCommentRegex: "unencrypted_comment_regex", EncryptedCommentRegex: "encrypted_comment_regex",
}

// String returns the selector's name in .sops.yaml and in a file's metadata; empty for NoSelector.
func (k SelectorKind) String() string {
	if int(k) >= len(selectorNames) {
		return "an unknown kind of selector"
	}
	return selectorNames[k]
}

// Selector decides which values of a file are encrypted. The zero value selects every value, as sops does in a binary
// file, which has no selector.
type Selector struct {
	kind SelectorKind
	text string
	re   *regexp.Regexp
}

// NewSelector compiles a selector. The error says why an expression is not valid RE2.
func NewSelector(kind SelectorKind, text string) (Selector, error) {
	s := Selector{kind: kind, text: text}
	if kind >= UnencryptedRegex {
		re, err := regexp.Compile(text)
		if err != nil {
			reason, hint := whyNoExpression(err)
			if hint != "" {
				reason += "; " + hint
			}
			return Selector{}, fmt.Errorf("%s: %s", kind, redact(reason))
		}
		s.re = re
	}
	return s, nil
}

// Kind returns which of the six selectors this is.
func (s Selector) Kind() SelectorKind { return s.kind }

// Text returns the suffix or expression as it was written.
func (s Selector) Text() string { return s.text }

// ByComment reports whether comments decide, and not names.
func (s Selector) ByComment() bool { return s.kind >= UnencryptedCommentRegex }

// MatchName reports whether the suffix or expression of the selector matches name. One matching name on the path to a
// value decides for this value. It returns false for the selectors by comment.
func (s Selector) MatchName(name string) bool {
	if s.kind == NoSelector || s.ByComment() {
		return false
	}
	if s.re != nil {
		return s.re.MatchString(name)
	}
	return strings.HasSuffix(name, s.text)
}

// MatchComment reports whether a selector by comment matches the text of a comment. It returns false for the
// selectors by name.
func (s Selector) MatchComment(text string) bool {
	return s.ByComment() && s.re.MatchString(text)
}
