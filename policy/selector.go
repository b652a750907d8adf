package policy

import (
	"fmt"
	"regexp"
	"strings"
)

// DefaultUnencryptedSuffix is what sops assumes where no selector is given.
const DefaultUnencryptedSuffix = "_unencrypted"

var selectorNames = [...]string{
	UnencryptedSuffix: "unencrypted_suffix", EncryptedSuffix: "encrypted_suffix",
	UnencryptedRegex: "unencrypted_regex", EncryptedRegex: "encrypted_regex",
	UnencryptedCommentRegex: "unencrypted_comment_regex", EncryptedCommentRegex: "encrypted_comment_regex",
}

// String returns the selector's name in .sops.yaml and in a file's metadata;
// empty for NoSelector.
func (k SelectorKind) String() string { return selectorNames[k] }

// Selector decides which values of a file are encrypted. The zero value
// encrypts every one (as sops does in a binary file, which has no selector).
type Selector struct {
	kind SelectorKind
	text string
	re   *regexp.Regexp
}

// NewSelector compiles a selector. It fails on an expression that is no RE2.
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

// Kind returns which of the six it is.
func (s Selector) Kind() SelectorKind { return s.kind }

// Text returns the suffix or expression as written.
func (s Selector) Text() string { return s.text }

// ByComment reports whether comments, not names, decide.
func (s Selector) ByComment() bool { return s.kind >= UnencryptedCommentRegex }

// MatchName reports whether the selector's suffix or expression takes name.
// One such name on the way to a value decides on the value. It is false for
// the selectors by comment.
func (s Selector) MatchName(name string) bool {
	if s.kind == NoSelector || s.ByComment() {
		return false
	}
	if s.re != nil {
		return s.re.MatchString(name)
	}
	return strings.HasSuffix(name, s.text)
}

// MatchComment reports whether a selector by comment takes the text of a
// comment. It is false for the selectors by name.
func (s Selector) MatchComment(text string) bool {
	return s.ByComment() && s.re.MatchString(text)
}
