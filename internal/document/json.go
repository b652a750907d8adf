package document

import "strings"

// parseJSON reads one JSON object as RFC 8259 has it. It differs on purpose
// from sops, which drops what follows the object, takes a truncated one,
// replaces what is not UTF-8 and rounds large integers in silence.
func parseJSON(src []byte, opts ParseOptions) (*Document, error) {
	return parseJSONText(textOf(src), opts.AllowLossy)
}

const jsonTooDeep = "it nests more than 1000 levels deep"

// jsonReader walks over a source once. Line breaks stand only between tokens,
// so that lines are counted there.
type jsonReader struct {
	text       string
	at         int
	line       uint32
	lineStart  int
	depth      int
	allowLossy bool
	losses     lossList
	slab       nodeSlab
	open       []*Node // items of the maps and lists that are not closed yet
}

func parseJSONText(text string, allowLossy bool) (*Document, error) {
	r := &jsonReader{text: text, line: 1, allowLossy: allowLossy}
	r.slab.expect(len(text) / 32)
	if strings.HasPrefix(text, "\ufeff") {
		return nil, r.fail("it begins with a byte order mark, which JSON does not allow")
	}
	r.space()
	switch c := r.peek(); {
	case r.at == len(text):
		return nil, r.fail("it is empty")
	case c == '[':
		return nil, r.fail(`the top level is a list, and only an object can be encrypted; wrap it in one, as in {"data": [...]}`)
	case c != '{':
		return nil, r.fail("the top level is not an object (it must begin with '{')")
	}
	root := r.slab.node()
	if err := r.value(root); err != nil {
		return nil, err
	}
	r.space()
	if r.at < len(text) {
		return nil, r.fail("there is text after the end of the top-level object")
	}
	return &Document{Format: JSON, Roots: []*Node{root}, Losses: r.losses.list}, nil
}

// fail is an error at the place that was read to.
func (r *jsonReader) fail(msg string) error { return r.failAt(r.pos(), msg) }

func (r *jsonReader) failAt(pos Pos, msg string) error {
	return &SyntaxError{Format: JSON, Pos: pos, Msg: msg}
}

func (r *jsonReader) pos() Pos { return Pos{r.line, uint32(r.at-r.lineStart) + 1} }

// peek returns the next byte, 0 at the end.
func (r *jsonReader) peek() byte {
	if r.at < len(r.text) {
		return r.text[r.at]
	}
	return 0
}

func (r *jsonReader) space() {
	for r.at < len(r.text) {
		switch r.text[r.at] {
		case '\n':
			r.line++
			r.lineStart = r.at + 1
		case ' ', '\t', '\r':
		default:
			return
		}
		r.at++
	}
}

// value reads one value into n, from its first byte.
func (r *jsonReader) value(n *Node) (err error) {
	n.Pos = r.pos()
	switch c := r.peek(); {
	case c == '"':
		n.Kind = String
		n.Text, err = r.str()
		return err
	case c == '{':
		return r.object(n)
	case c == '[':
		return r.list(n)
	case c == '-' || '0' <= c && c <= '9':
		return r.number(n)
	case c == 't' && r.word("true"):
		n.Kind, n.Bool = Bool, true
	case c == 'f' && r.word("false"):
		n.Kind = Bool
	case c == 'n' && r.word("null"):
		n.Kind = Null
	case r.at == len(r.text):
		return r.fail("it ends where a value is expected")
	default:
		return r.fail("a value is expected here")
	}
	return nil
}

func (r *jsonReader) word(w string) bool {
	if !strings.HasPrefix(r.text[r.at:], w) {
		return false
	}
	r.at += len(w)
	return true
}

// enter opens a map or list.
func (r *jsonReader) enter(n *Node, kind Kind, s step) error {
	if r.depth++; r.depth > MaxDepth {
		return r.fail(jsonTooDeep)
	}
	n.Kind = kind
	r.losses.push(s)
	r.at++
	r.space()
	return nil
}

// leave closes one, whose items are those opened since.
func (r *jsonReader) leave(n *Node, since int) {
	n.Items = r.slab.items(r.open[since:])
	r.open = r.open[:since]
	r.losses.pop()
	r.depth--
	r.at++
}

func (r *jsonReader) object(n *Node) error {
	if err := r.enter(n, Map, step{}); err != nil {
		return err
	}
	since := len(r.open)
	if r.peek() == '}' {
		r.leave(n, since)
		return nil
	}
	for {
		entry := r.slab.node()
		entry.KeyPos = r.pos()
		if r.peek() != '"' {
			return r.expected("a key in quotes")
		}
		key, err := r.str()
		if err != nil {
			return err
		}
		entry.Key = key
		r.space()
		if r.peek() != ':' {
			return r.expected("a colon")
		}
		r.at++
		r.space()
		r.losses.key(key)
		if err := r.value(entry); err != nil {
			return err
		}
		r.open = append(r.open, entry)
		r.space()
		switch r.peek() {
		case ',':
			r.at++
			r.space()
		case '}':
			r.leave(n, since)
			return nil
		default:
			return r.expected("a comma or '}'")
		}
	}
}

func (r *jsonReader) list(n *Node) error {
	if err := r.enter(n, List, step{index: -1}); err != nil {
		return err
	}
	since := len(r.open)
	if r.peek() == ']' {
		r.leave(n, since)
		return nil
	}
	for {
		item := r.slab.node()
		r.losses.next()
		if err := r.value(item); err != nil {
			return err
		}
		r.open = append(r.open, item)
		r.space()
		switch r.peek() {
		case ',':
			r.at++
			r.space()
		case ']':
			r.leave(n, since)
			return nil
		default:
			return r.expected("a comma or ']'")
		}
	}
}

func (r *jsonReader) expected(what string) error {
	if r.at == len(r.text) {
		return r.fail("it ends where " + what + " is expected; it may be truncated")
	}
	return r.fail(what + " is expected here")
}
