package hooks

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/scan"
	"github.com/gitsecrets/gitsecrets/policy"
)

// tellingComment is a comment of a plaintext that holds what its rule has encrypted.
type tellingComment struct {
	encrypt.Comment
	line int // of what it holds, 0 if unknown
}

// plainComments lists the comments of the plaintext that the rule encrypts and that hold a setting or a credential.
// Prose may stay in the clear: a file that contains nothing else need not be encrypted.
func (f *judged) plainComments(r *policy.Rule) ([]tellingComment, error) {
	if len(bytes.TrimSpace(f.src)) == 0 {
		return nil, nil
	}
	plain, err := f.asPlain()
	if err != nil {
		return nil, err
	}
	all, err := plain.Comments(r)
	if err != nil {
		return nil, err
	}
	var out []tellingComment
	for _, c := range all {
		if at, ok := f.tells(c.Text); ok {
			line := 0
			if c.Pos.Line > 0 {
				line = int(c.Pos.Line) + at
			}
			out = append(out, tellingComment{c, line})
		}
	}
	return out, nil
}

// tells reports whether a comment holds a setting that was commented out, or a credential, and in which of its lines.
func (f *judged) tells(text string) (line int, ok bool) {
	for i, l := range strings.Split(text, "\n") {
		if scan.CommentedOut(l) {
			return i, true
		}
	}
	found := f.scanner.Scan("", []byte(text)).Findings
	if len(found) == 0 {
		return 0, false
	}
	return found[0].Line - 1, true
}

// addComments reports comments in the clear. Those that the format cannot seal have to go.
func (f *judged) addComments(r *policy.Rule, comments []tellingComment) {
	for i, c := range comments {
		if i == maxPlaces {
			f.add(Finding{Code: CodePlaintext, Rule: r.Source, Message: fmt.Sprintf("and %d more comments in plaintext", len(comments)-i)})
			return
		}
		msg, fix := "contains a setting or a credential in plaintext, but the rule encrypts comments", encryptFix(f)
		if !c.Sealable {
			msg, fix = msg+"; a comment cannot be encrypted in this place: delete it", restoreFix(f)
		}
		column := 0
		if c.line == int(c.Pos.Line) {
			column = int(c.Pos.Col)
		}
		f.add(Finding{Code: CodePlaintext, Line: c.line, Column: column, KeyPath: strings.TrimSpace(c.Path + " a comment"), Rule: r.Source, Message: msg, Fix: fix})
	}
}
