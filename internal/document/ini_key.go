package document

import (
	"strings"
	"unicode"
)

const iniDelimiters = "=:"

// key reads the entry that begins on the line.
func (r *iniReader) key() error {
	name, offset, err := r.keyName()
	switch {
	case err != nil:
		return err
	case name == "":
		return r.fail("a key has no name")
	case name == "-":
		return r.fail(`the key "-" would become a number and could not be decrypted`)
	}
	n := r.slab.node()
	n.Kind, n.Key, n.KeyPos = String, name, r.pos(0)
	blanks := len(r.line[offset:]) - len(strings.TrimLeftFunc(r.line[offset:], unicode.IsSpace))
	n.Pos = r.pos(offset + blanks)
	if err = r.value(n, offset, blanks); err != nil {
		return err
	}
	r.items = append(r.items, n)
	r.items = append(r.items, r.takeComments()...)
	return nil
}

// keyName reads the name of a key, bare or in quotes, and returns it with the
// offset of what follows its delimiter.
func (r *iniReader) keyName() (string, int, error) {
	const undelimited = "a line is not a section or a comment, and has no '=' or ':'"
	line := r.line
	quote := ""
	switch {
	case len(line) > 6 && strings.HasPrefix(line, `"""`):
		quote = `"""`
	case line[0] == '"', line[0] == '`':
		quote = line[:1]
	}
	if quote == "" {
		end := strings.IndexAny(line, iniDelimiters)
		if end < 0 {
			return "", 0, r.fail(undelimited)
		}
		return strings.TrimSpace(line[:end]), end + 1, nil
	}
	end := strings.Index(line[len(quote):], quote)
	if end < 0 {
		return "", 0, r.fail("the closing quotes of a key are missing")
	}
	name := strings.TrimSpace(line[len(quote) : len(quote)+end])
	behind := 2*len(quote) + end
	i := strings.IndexAny(line[behind:], iniDelimiters)
	if i < 0 {
		return "", 0, r.fail(undelimited)
	}
	if strings.TrimSpace(line[behind:behind+i]) != "" {
		return "", 0, r.fail("there is text behind a key's closing quotes")
	}
	return name, behind + i + 1, nil
}

// value reads the value that begins behind the delimiter, at offset of the
// line, after some blanks.
func (r *iniReader) value(n *Node, offset, blanks int) (err error) {
	at := offset + blanks
	line := r.line[at:]
	switch {
	case line == "":
		return nil
	case len(line) > 3 && strings.HasPrefix(line, `"""`):
		n.Text, err = r.quoted(at, `"""`)
		return err
	case line[0] == '`':
		n.Text, err = r.quoted(at, "`")
		return err
	}
	line = strings.TrimRightFunc(line, unicode.IsSpace)
	if line[len(line)-1] == '\\' {
		n.Text, n.Loss = r.continued(line[:len(line)-1]), Respelt
		r.losses.steps = []step{{key: r.section.Key}, {key: n.Key}}
		r.lose(Respelt, n.Pos, "ends in a backslash, which joins the next line to it; it would be written on one line")
		r.losses.steps = nil
		return nil
	}
	n.Text = r.bare(line, at, blanks > 0)
	return nil
}

// bare reads a value of one line, without the blanks around it. Simple and
// double quotes are taken off.
func (r *iniReader) bare(line string, at int, blank bool) string {
	if q := line[0]; q == '"' || q == '\'' {
		if end := strings.IndexByte(line[1:], q) + 1; end > 0 {
			rest := line[end+1:]
			if i := iniComment(rest); rest == "" || i >= 0 && strings.TrimSpace(rest[:i]) == "" {
				if rest != "" {
					r.note(rest[i:], at+end+1+i)
				}
				return line[1:end]
			}
		}
	}
	i := 0
	if !blank || !opensComment(line) {
		i = iniComment(line)
	}
	if i >= 0 {
		r.note(line[i:], at+i)
		line = strings.TrimRightFunc(line[:i], unicode.IsSpace)
	}
	// The library looks for quotes once the comment is off.
	if n := len(line); n >= 2 && (line[0] == '"' || line[0] == '\'') && strings.IndexByte(line[1:], line[0]) == n-2 {
		line = line[1 : n-1]
	}
	return line
}

// opensComment reports whether a comment stands in the place of a value. Where
// no blank follows the signs it is a value, such as a colour or a password.
func opensComment(s string) bool {
	rest := strings.TrimLeft(s, "#;")
	return len(rest) < len(s) && (rest == "" || rest[0] == ' ' || rest[0] == '\t')
}

// iniComment returns the offset of the first # or ; behind a blank or tab; -1
// if there is none.
func iniComment(s string) int {
	first := -1
	for _, sign := range []byte{'#', ';'} {
		for i := 0; ; i++ {
			j := strings.IndexByte(s[i:], sign)
			if j < 0 || first >= 0 && i+j > first {
				break
			}
			if i += j; i > 0 && (s[i-1] == ' ' || s[i-1] == '\t') {
				first = i
				break
			}
		}
	}
	return first
}

// quoted reads a value in """ or backquotes, which runs to the last such
// quotes on the line or, if there are none, on the first line that has some.
// The text is taken as it is and aliases the source.
func (r *iniReader) quoted(at int, quote string) (string, error) {
	source := r.start[at+len(quote):]
	first := r.number
	line := r.line[at+len(quote):]
	length, column := 0, at+len(quote)
	for {
		end := strings.LastIndex(line, quote)
		if end >= 0 {
			rest := line[end+len(quote):]
			if length == 0 || !strings.HasSuffix(strings.TrimSpace(rest), `\`) {
				return source[:length+end], r.behind(rest, column+end+len(quote), "a value's closing quotes")
			}
		}
		length += len(line)
		var ok bool
		if line, ok = r.raw(); !ok {
			return "", r.failAt(Pos{Line: first}, "the closing quotes of a value are missing")
		}
		column, r.col = 0, 1
	}
}

// continued reads a value whose line ended in a backslash: the lines that
// follow are added without the blanks around them, up to one without a
// backslash.
func (r *iniReader) continued(value string) string {
	out := []byte(value)
	for {
		line, _ := r.raw()
		line = strings.TrimSpace(line)
		out = append(out, line...)
		if !strings.HasSuffix(line, `\`) {
			return textOf(out)
		}
		out = out[:len(out)-1]
	}
}
