package document

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// textTraits is what the library's emitter looks for in a text
// (yaml_emitter_analyze_scalar), and its encoder before it (stringv).
type textTraits struct {
	special bool // holds a character that only an escape can show, or a tab
	marks   bool // cannot be plain in a block: an indicator, or a blank at an end
}

// oneLine writes a text without line breaks, a key or a value: plain, in single
// or in double quotes.
func (e *yamlEmitter) oneLine(s string) bool {
	if s == "" {
		e.out = append(e.out, `""`...)
		return true
	}
	if s == "<<" {
		e.out = append(e.out, `"<<"`...)
		return true
	}
	t, ok := traitsOf(s)
	if !ok {
		return false
	}
	switch {
	case !staysString(s):
		if t.special {
			return false
		}
		e.out = append(e.out, '"')
		for i := range len(s) {
			if s[i] == '"' || s[i] == '\\' {
				e.out = append(e.out, '\\')
			}
			e.out = append(e.out, s[i])
		}
		e.out = append(e.out, '"')
	case t.special:
		return e.escapes(s)
	case t.marks:
		e.out = append(e.out, '\'')
		for {
			before, rest, found := strings.Cut(s, "'")
			e.out = append(e.out, before...)
			if !found {
				break
			}
			e.out = append(e.out, "''"...)
			s = rest
		}
		e.out = append(e.out, '\'')
	default:
		e.out = append(e.out, s...)
	}
	return true
}

// textStyle is the style that the library settles on for a text; it reports
// false for one that only the library itself can tell.
func textStyle(s string) (yaml.Style, bool) {
	if s == "" {
		return yaml.DoubleQuotedStyle, true
	}
	if strings.IndexByte(s, '\n') >= 0 {
		return yaml.LiteralStyle, isBlockSafe(s)
	}
	t, ok := traitsOf(s)
	switch {
	case !ok:
		return 0, false
	case t.special || !staysString(s):
		return yaml.DoubleQuotedStyle, true
	case t.marks:
		return yaml.SingleQuotedStyle, true
	}
	return 0, true
}

// escapes asks the library how a text with special characters looks in double
// quotes. That does not depend on where it stands.
func (e *yamlEmitter) escapes(s string) bool {
	out, err := yaml.Marshal(&yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle})
	if err != nil {
		return false
	}
	e.out = append(e.out, strings.TrimSuffix(string(out), "\n")...)
	return true
}

// asked writes a text that only the library can judge, if it judges that quotes
// are needed.
func (e *yamlEmitter) asked(s string, step int) bool {
	w := yamlWriter{indent: e.indent}
	n, err := w.text(s, step)
	return err == nil && n.Tag == "!!str" && n.Style == yaml.DoubleQuotedStyle && e.escapes(s)
}

// staysString reports whether a text, written plain, would be read as a string
// by the library and by readers of YAML 1.1.
func staysString(s string) bool {
	switch c := s[0]; {
	case c >= '0' && c <= '9', c == '+', c == '-', c == '.', c == '~':
		if !mayResolve(s) {
			return true
		}
		n := yaml.Node{Kind: yaml.ScalarNode, Value: s}
		return n.ShortTag() == "!!str" && !isBase60(s)
	}
	if len(s) > 5 {
		return true
	}
	switch s {
	case "y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF",
		"true", "True", "TRUE", "false", "False", "FALSE", "null", "Null", "NULL":
		return false
	}
	return true
}

// isBase60 reports whether s is a number in base 60 as YAML 1.1 has it, by
// the library's measure.
func isBase60(s string) bool {
	s = strings.TrimLeft(s[:1], "+-") + s[1:]
	head, rest, ok := strings.Cut(s, ":")
	if !ok || head == "" || head[0] == '_' || strings.Trim(head, "0123456789_") != "" {
		return false
	}
	rest, fraction, _ := strings.Cut(rest, ".")
	if strings.Trim(fraction, "0123456789_") != "" {
		return false
	}
	for _, part := range strings.Split(rest, ":") {
		switch {
		case len(part) == 1 && part[0] >= '0' && part[0] <= '9':
		case len(part) == 2 && part[0] >= '0' && part[0] <= '5' && part[1] >= '0' && part[1] <= '9':
		default:
			return false
		}
	}
	return true
}

// traitsOf reports false for a text that the fast writer does not know.
func traitsOf(s string) (t textTraits, ok bool) {
	if c := s[0]; noStart[c] || s[len(s)-1] == ' ' || s[len(s)-1] == ':' {
		t.marks = true
	} else if (c == '-' || c == '?') && (len(s) == 1 || s[1] == ' ' || s[1] == '\t') {
		t.marks = true
	}
	if strings.HasPrefix(s, "---") || strings.HasPrefix(s, "...") {
		t.marks = true
	}
	// Where there is no blank, printable ASCII holds nothing more to look at; a
	// tab, which makes the text special, overrides its marks. So with ciphertext.
	blank := strings.IndexByte(s, ' ') >= 0
	for i := 0; i < len(s); i++ {
		if !blank {
			if i = skipPrintable(s, i); i == len(s) {
				break
			}
		}
		switch c := s[i]; {
		case c == ':':
			if i+1 < len(s) && (s[i+1] == ' ' || s[i+1] == '\t') {
				t.marks = true
			}
		case c == '#':
			if i > 0 && (s[i-1] == ' ' || s[i-1] == '\t') {
				t.marks = true
			}
		case c >= 0x20 && c < 0x7f:
		case c == '\t':
			t.special = true
		case c < utf8.RuneSelf:
			return t, false
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			switch {
			case r == utf8.RuneError && size == 1, r < 0xa0, r == 0x2028, r == 0x2029, r == 0xfeff, r >= 0xfffe && r <= 0xffff:
				return t, false
			case r > 0xffff:
				t.special = true
			}
			i += size - 1
		}
	}
	return t, true
}

// noStart holds the bytes that a plain text may not begin with.
var noStart = func() (t [256]bool) {
	for _, c := range " #,[]{}&*!|>'\"%@`" {
		t[c] = true
	}
	return t
}()

// isBlockSafe reports whether the library writes a text of several lines as a
// literal block, and one that its readers understand.
func isBlockSafe(s string) bool {
	if s[0] == '\t' || s[len(s)-1] == ' ' || strings.Trim(s, "\n") == "" {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\n':
			if i > 0 && s[i-1] == ' ' {
				return false
			}
		case c >= 0x20 && c < 0x7f, c == '\t':
		case c < utf8.RuneSelf:
			return false
		default:
			r, size := utf8.DecodeRuneInString(s[i:])
			if r == utf8.RuneError && size == 1 || r < 0xa0 || r == 0x2028 || r == 0x2029 || r == 0xfeff || r >= 0xfffe {
				return false
			}
			i += size - 1
		}
	}
	return true
}

// isCommentSafe reports whether a comment is one line of characters that YAML
// allows.
func isCommentSafe(s string) bool {
	for i := range len(s) {
		if (s[i] < 0x20 || s[i] == 0x7f) && s[i] != '\t' {
			return false
		}
		if s[i] >= utf8.RuneSelf {
			bad, _ := badYAMLChar(s)
			return bad < 0 && !oddYAMLBreaks(s) && strings.IndexByte(s, '\n') < 0
		}
	}
	return true
}
