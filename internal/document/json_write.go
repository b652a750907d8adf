package document

import (
	"math"
	"strconv"
	"unicode/utf8"
)

// encodeJSON writes the tree as sops's store does; comments are left out.
// It refuses text that is not UTF-8, which sops replaces.
func (d *Document) encodeJSON(style Style) ([]byte, error) {
	root, err := d.onlyRoot(JSON)
	if err != nil {
		return nil, err
	}
	out, err := encodeJSONValue(root, style)
	if err != nil {
		return nil, err
	}
	return append(out, '\n'), nil
}

// encodeJSONValue writes one value, without a line break at its end.
func encodeJSONValue(n *Node, style Style) ([]byte, error) {
	w, err := newJSONWriter(style, n)
	if err != nil {
		return nil, err
	}
	err = w.value(n, 0)
	return w.out, err
}

// encodeJSONLine writes one value without any blanks.
func encodeJSONLine(n *Node) ([]byte, error) {
	w := &jsonWriter{oneLine: true}
	err := w.value(n, 0)
	return w.out, err
}

// jsonWriter writes with indentation, or all on one line.
type jsonWriter struct {
	out     []byte
	indent  string
	oneLine bool
	steps   []step // the path of the value being written, for errors
}

func newJSONWriter(style Style, n *Node) (*jsonWriter, error) {
	w := &jsonWriter{indent: "\t"}
	if style.JSONIndentSet {
		if style.JSONIndent < 0 {
			return nil, &EncodeError{Format: JSON, Msg: "the indentation is negative"}
		}
		w.indent = string(appendBlanks(nil, style.JSONIndent))
	}
	w.out = make([]byte, 0, w.size(n, 0)+1)
	return w, nil
}

// size is about how long n will be, so that the output is allocated once. It
// is short of what escapes add.
func (w *jsonWriter) size(n *Node, level int) int {
	size := len(n.Key) + level*len(w.indent) + 8
	switch n.Kind {
	case Map, List:
		for _, item := range n.Items {
			size += w.size(item, level+1)
		}
		return size + level*len(w.indent)
	case String:
		return size + len(n.Text)
	}
	return size + 16
}

func (w *jsonWriter) fail(msg string) error {
	return &EncodeError{Format: JSON, Path: stepsPath(w.steps), Msg: msg}
}

func (w *jsonWriter) value(n *Node, level int) error {
	switch n.Kind {
	case Map:
		return w.mapping(n, level)
	case List:
		return w.list(n, level)
	case String:
		if !w.str(n.Text) {
			return w.fail("is not valid UTF-8")
		}
	case Null:
		w.out = append(w.out, "null"...)
	case Int:
		w.out = strconv.AppendInt(w.out, n.Int, 10)
	case Float:
		if math.IsNaN(n.Float) || math.IsInf(n.Float, 0) {
			return w.fail("is not a finite number")
		}
		w.out = appendJSONFloat(w.out, n.Float)
	case Bool:
		w.out = strconv.AppendBool(w.out, n.Bool)
	case Time:
		text, err := n.Time.MarshalText()
		if err != nil {
			return w.fail("is a time that cannot be written")
		}
		w.out = append(append(append(w.out, '"'), text...), '"')
	default:
		return w.fail("is of a type that JSON does not have")
	}
	return nil
}

func (w *jsonWriter) mapping(n *Node, level int) error {
	w.out = append(w.out, '{')
	empty := true
	w.steps = append(w.steps, step{})
	for _, item := range n.Items {
		if item.Kind == Comment {
			continue
		}
		w.steps[len(w.steps)-1].key = item.Key
		if item.BadKey {
			return w.fail("has a key that is not a string")
		}
		w.next(&empty, level+1)
		if !w.str(item.Key) {
			return w.fail("has a key that is not valid UTF-8")
		}
		w.out = append(w.out, ':')
		if !w.oneLine {
			w.out = append(w.out, ' ')
		}
		if err := w.value(item, level+1); err != nil {
			return err
		}
	}
	w.end(empty, level)
	w.out = append(w.out, '}')
	return nil
}

func (w *jsonWriter) list(n *Node, level int) error {
	w.out = append(w.out, '[')
	empty := true
	w.steps = append(w.steps, step{isList: true, index: -1})
	for _, item := range n.Items {
		if item.Kind == Comment {
			continue
		}
		w.steps[len(w.steps)-1].index++
		w.next(&empty, level+1)
		if err := w.value(item, level+1); err != nil {
			return err
		}
	}
	w.end(empty, level)
	w.out = append(w.out, ']')
	return nil
}

// next begins an entry or item.
func (w *jsonWriter) next(empty *bool, level int) {
	if !*empty {
		w.out = append(w.out, ',')
	}
	*empty = false
	w.newline(level)
}

// end goes before the bracket that closes a map or list.
func (w *jsonWriter) end(empty bool, level int) {
	w.steps = w.steps[:len(w.steps)-1]
	if !empty {
		w.newline(level)
	}
}

func (w *jsonWriter) newline(level int) {
	if w.oneLine {
		return
	}
	w.out = append(w.out, '\n')
	for range level {
		w.out = append(w.out, w.indent...)
	}
}

// str writes a string as encoding/json does, with <, > and & escaped. It
// reports false for one that is not UTF-8.
func (w *jsonWriter) str(s string) bool {
	const hex = "0123456789abcdef"
	out := w.out
	out = append(out, '"')
	done := 0
	for i := 0; i < len(s); {
		if i = jsonSafe(s, i); i == len(s) {
			break
		}
		c := s[i]
		if c >= utf8.RuneSelf {
			char, n := utf8.DecodeRuneInString(s[i:])
			switch {
			case char == utf8.RuneError && n == 1:
				return false
			case char == '\u2028' || char == '\u2029':
				out = append(append(out, s[done:i]...), `\u202`...)
				out = append(out, hex[char&15])
				done = i + n
			}
			i += n
			continue
		}
		out = append(out, s[done:i]...)
		switch c {
		case '"', '\\':
			out = append(out, '\\', c)
		case '\b':
			out = append(out, `\b`...)
		case '\f':
			out = append(out, `\f`...)
		case '\n':
			out = append(out, `\n`...)
		case '\r':
			out = append(out, `\r`...)
		case '\t':
			out = append(out, `\t`...)
		default:
			out = append(append(out, `\u00`...), hex[c>>4], hex[c&15])
		}
		i++
		done = i
	}
	w.out = append(append(out, s[done:]...), '"')
	return true
}

// appendBlanks appends n blanks.
func appendBlanks(out []byte, n int) []byte {
	for range n {
		out = append(out, ' ')
	}
	return out
}
