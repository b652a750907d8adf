package document

import (
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlEmitter writes blocks as the library's emitter (emitterc.go) would,
// without events in between. Its methods that return a bool report false for
// what they leave to the general writer: comments on maps and lists, whose
// place the library finds by accident, and texts that are rarely met.
type yamlEmitter struct {
	out    []byte
	indent int  // blanks a level
	column int  // 0: a new line has begun
	foot   int  // the column of a comment that ended a block just now, or -1
	dashed bool // a dash stands last, and what follows may stand beside it
}

// fastEncodeYAML reports false for a tree that it does not know.
func fastEncodeYAML(roots []*Node, indent int) ([]byte, bool) {
	size := 0
	for _, root := range roots {
		size += roughSize(root, 0)
	}
	e := &yamlEmitter{indent: indent, foot: -1, out: make([]byte, 0, size)}
	for i, root := range roots {
		if i > 0 {
			e.out = append(e.out, "---\n"...)
		}
		switch {
		case root.Kind != Map:
			return nil, false
		case len(root.Items) == 0:
			e.out = append(e.out, "{}"...)
			e.column = 2
		case !e.mapping(root, 0, 1):
			return nil, false
		}
		e.foot = -1
		if e.column > 0 {
			e.breakLine()
		}
	}
	return e.out, true
}

// roughSize guesses how many bytes a tree takes.
func roughSize(n *Node, depth int) int {
	size := len(n.Key) + len(n.Text) + 4*depth + 8
	if depth < MaxDepth {
		for _, item := range n.Items {
			size += roughSize(item, depth+1)
		}
	}
	return size
}

func (e *yamlEmitter) breakLine() {
	e.out = append(e.out, '\n')
	e.column = 0
}

const manyBlanks = "                                                                "

// begin starts a line in column col, or goes on beside a dash.
func (e *yamlEmitter) begin(col int) {
	if e.column > 0 && !e.dashed {
		e.breakLine()
	}
	if e.foot == col {
		e.breakLine()
	}
	e.foot, e.dashed = -1, false
	for e.column < col {
		n := min(col-e.column, len(manyBlanks))
		e.out = append(e.out, manyBlanks[:n]...)
		e.column += n
	}
}

// comments writes lines of comments in column col.
func (e *yamlEmitter) comments(list []*Node, col int) bool {
	for i, c := range list {
		if !isCommentSafe(c.Text) {
			return false
		}
		if i == 0 {
			e.begin(col)
		} else {
			for range col {
				e.out = append(e.out, ' ')
			}
		}
		e.out = append(e.out, '#')
		e.out = append(e.out, c.Text...)
		e.breakLine()
	}
	return true
}

// leading is how many comments that are not inline a list of items begins
// with; ok is false if an inline comment does not stand alone right before a
// value.
func leading(items []*Node) (head []*Node, inline *Node, rest []*Node, ok bool) {
	n := 0
	for n < len(items) && items[n].Kind == Comment && !items[n].Inline {
		n++
	}
	head, rest = items[:n], items[n:]
	if len(rest) > 0 && rest[0].Kind == Comment {
		inline, rest = rest[0], rest[1:]
		if len(rest) == 0 || rest[0].Kind == Comment {
			return nil, nil, nil, false
		}
	}
	return head, inline, rest, true
}

func (e *yamlEmitter) mapping(n *Node, at, depth int) bool {
	if depth > MaxDepth {
		return false
	}
	items, wrote := n.Items, false
	for len(items) > 0 {
		head, inline, rest, ok := leading(items)
		if !ok || !e.comments(head, at) {
			return false
		}
		if len(rest) == 0 {
			if len(head) > 0 {
				e.foot = at
			}
			return wrote
		}
		item := rest[0]
		items, wrote = rest[1:], true
		if item.BadKey || len(item.Key) > 128 {
			return false
		}
		e.begin(at)
		if item.Merge && item.Key == "<<" {
			e.out = append(e.out, "<<"...)
		} else if !e.oneLine(item.Key) {
			return false
		}
		e.out = append(e.out, ':')
		e.column += len(item.Key) + 1 // only its being above 0 counts
		if !e.value(item, inline, at, nextStop(at, e.indent), depth) {
			return false
		}
	}
	return true
}

func (e *yamlEmitter) list(n *Node, at, depth int) bool {
	if depth > MaxDepth {
		return false
	}
	items := n.Items
	var last *Node
	for len(items) > 0 {
		head, inline, rest, ok := leading(items)
		if !ok {
			return false
		}
		if len(rest) == 0 {
			if last == nil || len(last.Items) > 0 {
				return false // the library loses track of where these belong
			}
			if !e.comments(head, at) {
				return false
			}
			e.foot = at
			return true
		}
		last = rest[0]
		items = rest[1:]
		if len(last.Items) > 0 && last.Items[0].Kind == Comment {
			return false // it would be written above the dash
		}
		if !e.comments(head, at) {
			return false
		}
		e.begin(at)
		e.out = append(e.out, '-')
		e.column = at + 1
		if !e.value(last, inline, at, at+2, depth) {
			return false
		}
	}
	return true
}

// value writes a value behind its key or dash. The block around it stands in
// column at, a block within would stand in column own.
func (e *yamlEmitter) value(n *Node, inline *Node, at, own, depth int) bool {
	isItem := own == at+2 && e.out[len(e.out)-1] == '-'
	switch n.Kind {
	case Map, List:
		if len(n.Items) > 0 {
			if inline != nil {
				return false
			}
			e.dashed = isItem
			if n.Kind == Map {
				return e.mapping(n, own, depth+1)
			}
			return e.list(n, own, depth+1)
		}
		if n.Kind == Map {
			e.out = append(e.out, " {}"...)
		} else {
			e.out = append(e.out, " []"...)
		}
		if inline != nil && !isItem {
			return false
		}
	case String:
		e.out = append(e.out, ' ')
		if style, ok := textStyle(n.Text); ok && style == yaml.LiteralStyle {
			return e.literal(n.Text, inline, own-at, own)
		} else if !ok && !e.asked(n.Text, own-at) || ok && !e.oneLine(n.Text) {
			return false
		}
	case Int:
		e.out = append(e.out, ' ')
		e.out = strconv.AppendInt(e.out, n.Int, 10)
	case Null, Bool, Float, Time:
		e.out = append(e.out, ' ')
		e.out = append(e.out, plainSpelling(n)...)
	default:
		return false
	}
	e.column = own
	return e.beside(inline)
}

// beside writes an inline comment.
func (e *yamlEmitter) beside(inline *Node) bool {
	if inline == nil {
		return true
	}
	if !isCommentSafe(inline.Text) {
		return false
	}
	e.out = append(e.out, " #"...)
	e.out = append(e.out, inline.Text...)
	e.breakLine()
	return true
}

// literal writes a block whose lines stand in column own, step more than what
// holds it.
func (e *yamlEmitter) literal(s string, inline *Node, step, own int) bool {
	if needsHint(s) && step != e.indent {
		return e.escapes(s) && e.beside(inline)
	}
	e.out = append(e.out, '|')
	if needsHint(s) {
		e.out = append(e.out, '0'+byte(e.indent))
	}
	switch {
	case s[len(s)-1] != '\n':
		e.out = append(e.out, '-')
	case len(s) == 1 || s[len(s)-2] == '\n':
		e.out = append(e.out, '+')
	}
	if inline == nil {
		e.breakLine()
	} else if !e.beside(inline) {
		return false
	}
	for s != "" {
		line, rest, more := strings.Cut(s, "\n")
		if line != "" {
			e.begin(own)
			e.out = append(e.out, line...)
		}
		if more {
			e.breakLine()
		}
		s = rest
	}
	return true
}
