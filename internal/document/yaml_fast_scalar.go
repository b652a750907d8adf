package document

import (
	"strings"
	"unicode/utf8"
)

// key reads the key at f.at and returns where its colon ends.
func (f *fastYAML) key(n *Node) (int, bool) {
	p := f.at
	var ok bool
	if c := f.s[p]; c == '"' || c == '\'' {
		if n.Key, p, ok = f.quoted(p); !ok {
			return 0, false
		}
		for p < f.end && f.s[p] == ' ' {
			p++
		}
	} else {
		end := f.plainKeyEnd(p)
		if end < 0 {
			return 0, false
		}
		n.Key = strings.TrimRight(f.s[p:end], " ")
		n.Merge = n.Key == "<<"
		if mayResolve(n.Key) {
			var as Node
			if plainScalar(&as, n.Key); as.Kind != String {
				return 0, false
			}
		}
		p = end
	}
	if p >= f.end || f.s[p] != ':' || p+1 < f.end && f.s[p+1] != ' ' || p-f.at > 1000 {
		return 0, false
	}
	return p + 1, true
}

// plainKeyEnd returns where the colon of the plain key at p stands, or -1.
func (f *fastYAML) plainKeyEnd(p int) int {
	if !plainStart[f.s[p]] || f.s[p] == '-' && (p+1 == f.end || f.s[p+1] == ' ') {
		return -1
	}
	for i := p; i < f.end; i++ {
		switch f.s[i] {
		case ':':
			if i+1 == f.end || f.s[i+1] == ' ' {
				return i
			}
			if f.s[i+1] == '\t' {
				return -1
			}
		case '#':
			if f.s[i-1] == ' ' {
				return -1
			}
		case '\t':
			return -1
		}
	}
	return -1
}

// beginsEntry reports whether a map begins at p, behind a dash.
func (f *fastYAML) beginsEntry(p int) bool {
	if c := f.s[p]; c == '"' || c == '\'' {
		_, q, ok := f.quoted(p)
		for ok && q < f.end && f.s[q] == ' ' {
			q++
		}
		return ok && q < f.end && f.s[q] == ':'
	}
	return f.plainKeyEnd(p) >= 0
}

// plainStart holds the bytes that a plain scalar begins with here. The library
// takes ? and : too, if no blank follows.
var plainStart = func() (t [256]bool) {
	for c := '!'; c <= '~'; c++ {
		t[c] = true
	}
	for _, c := range "!\"#%&'*,:>?@[]`{|}" {
		t[c] = false
	}
	for c := utf8.RuneSelf; c < 256; c++ {
		t[c] = true
	}
	return t
}()

// scalar reads what stands at p on one line, or {} or [], and returns where it
// ends.
func (f *fastYAML) scalar(n *Node, p int) (int, bool) {
	switch c := f.s[p]; c {
	case '"', '\'':
		text, end, ok := f.quoted(p)
		n.Kind, n.Text = String, text
		return end, ok
	case '{', '[':
		n.Kind = Map
		if c == '[' {
			n.Kind = List
		}
		if p+1 >= f.end || f.s[p+1] != c+2 {
			return 0, false
		}
		return p + 2, true
	}
	end := f.plainEnd(p)
	if end < 0 {
		return 0, false
	}
	s := f.s[p:end]
	if s == "<<" {
		return 0, false
	}
	if loss, what := plainScalar(n, s); loss != Kept {
		if n.Kind == Other {
			return 0, false
		}
		n.Loss = loss
		f.loss.add(loss, n.Pos, what)
	}
	return end, true
}

// plainEnd returns where the plain scalar at p ends, or -1.
func (f *fastYAML) plainEnd(p int) int {
	if !plainStart[f.s[p]] || f.isDash(p) {
		return -1
	}
	end := f.end
	if line := f.s[p:end]; strings.IndexByte(line, ' ') < 0 && strings.IndexByte(line, '\t') < 0 && line[len(line)-1] != ':' {
		return end // as ciphertext does
	}
scan:
	for i := p; i < f.end; i++ {
		switch f.s[i] {
		case ':':
			if i+1 == f.end || f.s[i+1] == ' ' {
				return -1
			}
		case '#':
			if f.s[i-1] == ' ' {
				end = i
				break scan
			}
		case '\t':
			return -1
		}
	}
	for f.s[end-1] == ' ' {
		end--
	}
	return end
}

// quoted reads the quoted scalar at p, if it ends on its line, and returns
// where that is.
func (f *fastYAML) quoted(p int) (string, int, bool) {
	if f.s[p] == '\'' {
		return f.singleQuoted(p + 1)
	}
	p++
	for i := p; i < f.end; i++ {
		switch f.s[i] {
		case '"':
			return f.s[p:i], i + 1, true
		case '\\':
			return f.escaped(p, i)
		}
	}
	return "", 0, false
}

func (f *fastYAML) singleQuoted(p int) (string, int, bool) {
	var b strings.Builder
	for {
		n := strings.IndexByte(f.s[p:f.end], '\'')
		if n < 0 {
			return "", 0, false
		}
		end := p + n
		if end+1 < f.end && f.s[end+1] == '\'' {
			b.WriteString(f.s[p : end+1])
			p = end + 2
			continue
		}
		if b.Len() == 0 {
			return f.s[p:end], end + 1, true
		}
		b.WriteString(f.s[p:end])
		return b.String(), end + 1, true
	}
}

// escaped reads the double-quoted text at p, whose first backslash stands at i.
func (f *fastYAML) escaped(p, i int) (string, int, bool) {
	b := make([]byte, 0, f.end-p)
	b = append(b, f.s[p:i]...)
	for i < f.end {
		c := f.s[i]
		switch {
		case c == '"':
			return string(b), i + 1, true
		case c != '\\':
			b = append(b, c)
			i++
			continue
		case i+1 == f.end:
			return "", 0, false
		}
		e := f.s[i+1]
		i += 2
		if n := hexEscapes[e]; n > 0 {
			r, ok := hexRune(f.s[i:min(i+int(n), f.end)], int(n))
			if !ok {
				return "", 0, false
			}
			b = utf8.AppendRune(b, r)
			i += int(n)
			continue
		}
		text := shortEscapes[e]
		if text == "" {
			return "", 0, false
		}
		b = append(b, text...)
	}
	return "", 0, false
}

var hexEscapes = [256]uint8{'x': 2, 'u': 4, 'U': 8}

// shortEscapes are those of YAML 1.1, section 5.6, that the library knows.
var shortEscapes = [256]string{
	'0': "\x00", 'a': "\a", 'b': "\b", 't': "\t", 'n': "\n", 'v': "\v", 'f': "\f", 'r': "\r", 'e': "\x1b",
	' ': " ", '"': "\"", '\'': "'", '\\': "\\", 'N': "\u0085", '_': "\u00a0", 'L': "\u2028", 'P': "\u2029",
}

func hexRune(digits string, n int) (rune, bool) {
	if len(digits) < n {
		return 0, false
	}
	var r rune
	for i := range n {
		c := digits[i]
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		if r > utf8.MaxRune>>4 {
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, utf8.ValidRune(r)
}
