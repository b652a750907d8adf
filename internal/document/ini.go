package document

import (
	"bytes"
	"strings"
	"unicode"
)

// iniDefault is the section of the keys that stand before any section. It is
// always there, first.
const iniDefault = "DEFAULT"

// parseINI reads sections, keys and comments as gopkg.in/ini.v1 does for sops.
// It differs on purpose where that drops or splits text: a # or ; begins an
// inline comment only behind a blank, text behind closing quotes or a section's
// bracket is refused, and so are a key that stands twice and the key "-".
func parseINI(src []byte, _ ParseOptions) (*Document, error) {
	text := textOf(src)
	r := &iniReader{rest: text}
	r.slab.expect(strings.Count(text, "\n"))
	switch {
	case strings.HasPrefix(text, "\xfe\xff"), strings.HasPrefix(text, "\xff\xfe"):
		return nil, r.failAt(Pos{Line: 1}, "it is UTF-16; only UTF-8 is read")
	case strings.HasPrefix(text, "\ufeff"):
		r.rest = text[len("\ufeff"):]
		r.lose(Respelt, Pos{1, 1}, "it begins with a byte order mark, which would be dropped")
	}
	if bytes.Contains(src, []byte("\r\n")) {
		r.lose(Respelt, Pos{1, 1}, crlfRespelt)
	}
	r.root = &Node{Kind: Map, Pos: Pos{1, 1}}
	r.begin(iniDefault, Pos{}, Pos{1, 1})
	for r.next() {
		if err := r.entry(); err != nil {
			return nil, err
		}
	}
	if err := r.end(); err != nil {
		return nil, err
	}
	if r.comment != nil {
		r.lose(Changed, r.commentPos, "is a comment at the end of the file, which would be lost")
	}
	return &Document{Format: INI, Roots: []*Node{r.root}, Losses: r.losses.list}, nil
}

// iniReader walks over a source line by line.
type iniReader struct {
	rest   string // what was not read yet
	line   string // the line being read, with its end and without leading blanks
	number uint32 // of that line
	col    uint32 // of its first byte
	start  string // the source from the line's first byte on

	root    *Node
	section *Node
	items   []*Node // of the section
	keys    keyTable

	comment    []byte // gathered for the key or section that comes next; nil: none
	commentPos Pos
	losses     lossList
	slab       nodeSlab
}

func (r *iniReader) failAt(pos Pos, msg string) error {
	return &SyntaxError{Format: INI, Pos: pos, Msg: msg}
}

func (r *iniReader) fail(msg string) error { return r.failAt(Pos{Line: r.number}, msg) }

func (r *iniReader) lose(l Loss, pos Pos, what string) {
	r.losses.add(l, pos, what)
}

// raw takes one line, with its end. It reports false behind the last.
func (r *iniReader) raw() (string, bool) {
	if r.rest == "" {
		return "", false
	}
	end := strings.IndexByte(r.rest, '\n') + 1
	if end == 0 {
		end = len(r.rest)
	}
	line := r.rest[:end]
	r.rest = r.rest[end:]
	r.number++
	return line, true
}

// next moves to the next line that is not blank.
func (r *iniReader) next() bool {
	for {
		r.start = r.rest
		line, ok := r.raw()
		if !ok {
			return false
		}
		r.line = strings.TrimLeftFunc(line, unicode.IsSpace)
		skipped := len(line) - len(r.line)
		r.start, r.col = r.start[skipped:], uint32(skipped)+1
		if r.line != "" {
			return true
		}
	}
}

// pos is the place of the byte at offset i of the line.
func (r *iniReader) pos(i int) Pos { return Pos{r.number, r.col + uint32(i)} }

func (r *iniReader) entry() error {
	switch r.line[0] {
	case '#', ';':
		r.note(r.line, 0)
		return nil
	case '[':
		return r.header()
	}
	return r.key()
}

// note adds to the comment that is being gathered. CRLF becomes LF.
func (r *iniReader) note(text string, at int) {
	if r.comment == nil {
		r.comment, r.commentPos = []byte{}, r.pos(at)
	}
	if strings.HasSuffix(text, "\r\n") {
		text = text[:len(text)-2] + "\n"
	}
	r.comment = append(r.comment, text...)
}

// behind takes what stands behind a section's bracket or closing quotes: an
// inline comment or nothing.
func (r *iniReader) behind(text string, at int, what string) error {
	trimmed := strings.TrimLeftFunc(text, unicode.IsSpace)
	if trimmed == "" {
		return nil
	}
	if trimmed[0] != '#' && trimmed[0] != ';' {
		return r.fail("there is text behind " + what)
	}
	r.note(strings.TrimSpace(trimmed), at+len(text)-len(trimmed))
	return nil
}

// takeComments returns the gathered comment as a node, without the sign that
// opens it. Lines that are each a ciphertext of its own, which only several comments
// make, are a node each: together they could not be decrypted.
func (r *iniReader) takeComments() []*Node {
	text := strings.TrimSpace(textOf(r.comment))
	pos := r.commentPos
	r.comment = nil
	if text == "" {
		return nil
	}
	lines := strings.Split(text, "\n")
	for _, line := range lines {
		if !isSealedText(withoutSign(line)) {
			return []*Node{r.commentNode(withoutSign(text), pos)}
		}
	}
	nodes := make([]*Node, len(lines))
	for i, line := range lines {
		nodes[i] = r.commentNode(withoutSign(line), Pos{pos.Line + uint32(i), pos.Col})
	}
	return nodes
}

func (r *iniReader) commentNode(text string, pos Pos) *Node {
	n := r.slab.node()
	n.Kind, n.Text, n.Pos = Comment, text, pos
	return n
}

// withoutSign takes away the signs that open a comment. Where nothing else stands
// in its first line they stay: sops panics when it writes an empty one.
func withoutSign(text string) string {
	bare := text
	switch {
	case text == "":
	case text[0] == ';':
		bare = strings.TrimLeft(text, "; ")
	case text[0] == '#':
		bare = strings.TrimLeft(text, "# ")
	}
	if strings.HasPrefix(bare, "\n") {
		return text
	}
	return bare
}

// isSealedText reports whether a text is one ciphertext.
func isSealedText(s string) bool {
	return strings.HasPrefix(s, "ENC[") && strings.HasSuffix(s, "]") && strings.IndexByte(s, ']') == len(s)-1
}

// header begins the section that the line names. A name may hold brackets: it
// ends at the last one of the line.
func (r *iniReader) header() error {
	end := strings.LastIndexByte(r.line, ']')
	switch {
	case end < 0:
		return r.fail("the closing bracket of a section's name is missing")
	case end == 1:
		return r.fail("a section has no name")
	}
	if err := r.behind(r.line[end+1:], end+1, "a section's closing bracket"); err != nil {
		return err
	}
	if err := r.end(); err != nil {
		return err
	}
	r.begin(r.line[1:end], r.pos(1), r.pos(0))
	r.items = append(r.items, r.takeComments()...)
	return nil
}

func (r *iniReader) begin(name string, keyPos, pos Pos) {
	r.section = r.slab.node()
	r.section.Kind, r.section.Key = Map, name
	r.section.KeyPos, r.section.Pos = keyPos, pos
	r.root.Items = append(r.root.Items, r.section)
}

func (r *iniReader) end() error {
	if n := r.keys.twice(r.items); n != nil {
		return r.failAt(Pos{Line: n.KeyPos.Line}, "a key occurs twice in its section")
	}
	r.section.Items = r.slab.items(r.items)
	r.items = r.items[:0]
	return nil
}
