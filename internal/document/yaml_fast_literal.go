package document

import "strings"

// literal reads the literal block whose sign stands at p, in the block in
// column col, and moves on.
func (f *fastYAML) literal(n *Node, p, col int) bool {
	chomp, hint, ok := literalHeader(f.s[p+1 : f.end])
	if !ok || f.next >= len(f.s) {
		return false
	}
	n.Kind = String
	indent := col + hint
	if hint == 0 {
		if indent = f.literalIndent(col); indent < 0 {
			return false
		}
	}
	var b strings.Builder
	single, lines, breaks := "", 0, 0 // breaks: empty lines not written yet
	at, line := f.next, f.line
	for at < len(f.s) {
		n := strings.IndexByte(f.s[at:], '\n')
		if n < 0 {
			return false
		}
		text := f.s[at : at+n]
		blanks := 0
		for blanks < len(text) && blanks < indent && text[blanks] == ' ' {
			blanks++
		}
		if blanks < len(text) && text[blanks] == '\t' && blanks < indent {
			return false
		}
		if blanks < len(text) && blanks < indent {
			break
		}
		if blanks == len(text) {
			breaks++
		} else {
			if lines == 0 && breaks == 0 {
				single = text[indent:]
			} else {
				if b.Len() == 0 && lines == 1 {
					b.WriteString(single)
				}
				for range breaks {
					b.WriteByte('\n')
				}
				if lines > 0 {
					b.WriteByte('\n')
				}
				b.WriteString(text[indent:])
			}
			lines++
			breaks = 0
		}
		at += n + 1
		line++
	}
	if lines == 0 {
		return false
	}
	if chomp != '-' {
		if b.Len() == 0 {
			b.WriteString(single)
		}
		b.WriteByte('\n')
		if chomp == '+' {
			for range breaks {
				b.WriteByte('\n')
			}
		}
	}
	if n.Text = single; b.Len() > 0 {
		n.Text = b.String()
	}
	f.next, f.line = at, line
	if !f.advance() {
		return false
	}
	if breaks > 0 && f.gap.any() {
		f.gap.blankBefore = true
	}
	return true
}

// literalHeader reads what may stand behind the sign: how the end is cut, and
// how far the text is indented. It knows no comment there.
func literalHeader(s string) (chomp byte, hint int, ok bool) {
	s = strings.TrimRight(s, " ")
	for i := range len(s) {
		switch c := s[i]; {
		case (c == '+' || c == '-') && chomp == 0:
			chomp = c
		case c >= '1' && c <= '9' && hint == 0:
			hint = int(c - '0')
		default:
			return 0, 0, false
		}
	}
	return chomp, hint, true
}

// literalIndent finds how far the literal that begins on the next line is
// indented, or returns -1.
func (f *fastYAML) literalIndent(col int) int {
	widest := 0
	for at := f.next; at < len(f.s); {
		p := at
		for p < len(f.s) && f.s[p] == ' ' {
			p++
		}
		switch {
		case p == len(f.s) || f.s[p] == '\t':
			return -1
		case f.s[p] == '\n':
			widest = max(widest, p-at)
			at = p + 1
			continue
		}
		if p-at <= col || p-at < widest {
			return -1
		}
		return p - at
	}
	return -1
}
