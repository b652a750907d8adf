package document

import "strings"

// fastYAML reads the YAML that people and sops mostly write: maps and lists in
// blocks, scalars on one line, literal blocks, and comments whose place is
// beyond doubt. Every method that returns a bool reports false for what it
// does not know, and then the general reader reads the source from the start.
//
// Where comments belong follows the library's scanner (scannerc.go,
// yaml_parser_scan_comments), whose rules are those of no specification.
type fastYAML struct {
	s      string
	next   int    // where the line after the current one begins
	line   uint32 // number of the current line
	at     int    // where the content of the current line begins
	end    int    // where the current line ends
	start  int    // where the current line begins
	indent int    // column of the content, from 0; -1 at the end of a document
	marker bool   // the document ended with ---

	gap   commentGap
	nodes nodeSlab
	stack []*Node // items of the blocks that are open
	loss  lossList
	keys  keyTable
}

// fastParseYAML returns nil for what it does not know.
func fastParseYAML(text string) *Document {
	if oddYAMLBreaks(text) || strings.IndexByte(text[strings.LastIndexByte(text, '\n')+1:], '#') >= 0 {
		return nil
	}
	f := &fastYAML{s: text}
	f.nodes.expect(strings.Count(text, "\n"))
	d := &Document{Format: YAML}
	if !f.advance() {
		return nil
	}
	for {
		if f.marker {
			if f.gap.any() || !f.advance() || f.gap.blankAfter || f.gap.blankBetween {
				return nil
			}
		}
		if f.indent != 0 || !f.gap.allAt(0) {
			return nil
		}
		root := f.nodes.node()
		root.Kind = Map
		if !f.mapping(root, 0, 1) || f.indent >= 0 {
			return nil
		}
		d.Roots = append(d.Roots, root)
		if !f.marker {
			break
		}
	}
	d.Losses = f.loss.list
	return d
}

// oddYAMLBreaks reports whether the text holds a line break other than \n, or
// a byte order mark.
func oddYAMLBreaks(s string) bool {
	return strings.IndexByte(s, '\r') >= 0 || strings.Contains(s, "\u0085") ||
		strings.Contains(s, "\u2028") || strings.Contains(s, "\u2029") || strings.Contains(s, "\ufeff")
}

// advance moves to the next line with content and gathers the comments before
// it.
func (f *fastYAML) advance() bool {
	f.gap.reset()
	f.marker = false
	for {
		f.start = f.next
		if f.start >= len(f.s) {
			f.indent = -1
			return f.gap.runs <= maxGap
		}
		f.line++
		if n := strings.IndexByte(f.s[f.start:], '\n'); n >= 0 {
			f.end = f.start + n
			f.next = f.end + 1
		} else {
			f.end = len(f.s)
			f.next = f.end
		}
		p := f.start
		for p < f.end && f.s[p] == ' ' {
			p++
		}
		switch {
		case p == f.end:
			f.gap.blank(f.end - f.start + 1)
			continue
		case f.s[p] == '\t':
			return false
		case f.s[p] == '#':
			f.gap.comment(f.s[p+1:f.end], p-f.start, f.line)
			continue
		}
		f.at, f.indent = p, p-f.start
		if f.indent == 0 && f.end-p >= 3 {
			switch f.s[p : p+3] {
			case "---":
				f.marker, f.indent = true, -1
				return f.end-p == 3
			case "...":
				return false
			case "\xef\xbb\xbf":
				return false
			}
		}
		return f.indent < 256 && f.gap.runs <= maxGap && f.s[p] != '%'
	}
}

func (f *fastYAML) pos(offset int) Pos {
	return Pos{f.line, uint32(offset - f.start + 1)}
}

// isDash reports whether a list item begins at p.
func (f *fastYAML) isDash(p int) bool {
	return f.s[p] == '-' && (p+1 == f.end || f.s[p+1] == ' ' || f.s[p+1] == '\t')
}

// mapping reads the map whose first key stands at f.at, in column col.
func (f *fastYAML) mapping(into *Node, col, depth int) bool {
	if depth > MaxDepth {
		return false
	}
	into.Pos = f.pos(f.at)
	base := len(f.stack)
	f.loss.push(step{})
	for first := true; first || f.indent == col; first = false {
		if f.isDash(f.at) {
			return false
		}
		f.pushComments()
		n := f.nodes.node()
		if !f.entry(n, col, depth) || n.Merge && !mergedIn(n) {
			return false
		}
	}
	f.loss.pop()
	if f.indent > col {
		return false
	}
	if f.indent < 0 && col == 0 {
		f.pushComments()
	}
	into.Items = f.nodes.items(f.stack[base:])
	f.stack = f.stack[:base]
	return f.keys.distinct(into.Items)
}

// mergedIn reports whether an entry may have the merge key.
func mergedIn(n *Node) bool {
	if n.Kind == List {
		for _, item := range n.Items {
			if item.Kind != Map && item.Kind != Comment {
				return false
			}
		}
	}
	return n.Kind == Map || n.Kind == List
}

// entry reads into n one entry of the map in column col.
func (f *fastYAML) entry(n *Node, col, depth int) bool {
	n.KeyPos = f.pos(f.at)
	p, ok := f.key(n)
	if !ok {
		return false
	}
	f.loss.key(n.Key)
	n.Pos = f.pos(p)
	for p < f.end && f.s[p] == ' ' {
		p++
	}
	if p < f.end {
		return f.value(n, p, col, false)
	}
	f.stack = append(f.stack, n)
	if !f.advance() {
		return false
	}
	switch {
	case f.indent > col:
		if !f.gap.allAt(f.indent) {
			return false
		}
		if f.isDash(f.at) {
			return f.list(n, f.indent, depth+1, false)
		}
		n.Kind = Map
		return f.mapping(n, f.indent, depth+1)
	case f.indent == col && f.isDash(f.at):
		return f.gap.allAt(col) && f.list(n, col, depth+1, true)
	}
	return !f.gap.any() // null
}

// list reads the list whose first dash stands at f.at, in column col. A list
// may stand in the column of the keys around it: it is then flush.
func (f *fastYAML) list(into *Node, col, depth int, flush bool) bool {
	if depth > MaxDepth {
		return false
	}
	into.Kind, into.Pos = List, f.pos(f.at)
	base := len(f.stack)
	f.loss.push(step{index: -1})
	for first := true; first || f.indent == col; first = false {
		if !f.isDash(f.at) {
			if flush {
				break
			}
			return false
		}
		f.pushComments()
		f.loss.next()
		if !f.item(col, depth, flush) {
			return false
		}
	}
	f.loss.pop()
	if f.indent > col {
		return false
	}
	into.Items = f.nodes.items(f.stack[base:])
	f.stack = f.stack[:base]
	return true
}

// item reads what stands behind the dash at f.at.
func (f *fastYAML) item(col, depth int, flush bool) bool {
	p := f.at + 1
	for p < f.end && f.s[p] == ' ' {
		p++
	}
	if p == f.end || f.s[p] == '#' || f.s[p] == '\t' {
		return false
	}
	n := f.nodes.node()
	n.Pos = f.pos(p)
	if f.isDash(p) {
		f.at = p
		f.stack = append(f.stack, n)
		return f.list(n, p-f.start, depth+1, false)
	}
	if f.beginsEntry(p) {
		f.at = p
		f.stack = append(f.stack, n)
		n.Kind = Map
		return f.mapping(n, p-f.start, depth+1)
	}
	return f.value(n, p, col, flush)
}

// value reads the scalar or empty collection at p, which belongs to the block
// in column col, and moves on.
func (f *fastYAML) value(n *Node, p, col int, flush bool) bool {
	n.Pos = f.pos(p)
	if f.s[p] == '|' {
		f.stack = append(f.stack, n)
		return f.literal(n, p, col) && f.trail(col, flush, false)
	}
	p, ok := f.scalar(n, p)
	if !ok {
		return false
	}
	collection := n.Kind == Map || n.Kind == List
	for q := p; q < f.end; q++ {
		if f.s[q] == ' ' {
			continue
		}
		if f.s[q] != '#' || q == p || q-p > maxGap || collection {
			return false
		}
		c := f.nodes.node()
		c.Kind, c.Inline, c.Text, c.Pos = Comment, true, f.s[q+1:f.end], f.pos(q)
		f.stack = append(f.stack, c)
		break
	}
	f.stack = append(f.stack, n)
	return f.advance() && f.trail(col, flush, collection)
}

// pushComments puts the comments before the current line into the block that
// is being read.
func (f *fastYAML) pushComments() {
	f.push(len(f.gap.comments))
}

func (f *fastYAML) push(count int) {
	for _, c := range f.gap.comments[:count] {
		n := f.nodes.node()
		n.Kind, n.Text, n.Pos = Comment, c.text, Pos{c.line, uint32(c.col + 1)}
		f.stack = append(f.stack, n)
	}
	f.gap.comments = f.gap.comments[count:]
}
