package document

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// yamlWriter builds the nodes that sops would hand to the library.
type yamlWriter struct {
	indent int // blanks a level
	steps  []step
	held   heldComments
}

// generalEncodeYAML writes any tree, through the library.
func generalEncodeYAML(roots []*Node, indent int) (out []byte, err error) {
	defer func() {
		if recover() != nil {
			out, err = nil, &EncodeError{Format: YAML, Msg: "the YAML library failed"}
		}
	}()
	var b bytes.Buffer
	enc := yaml.NewEncoder(&b)
	enc.SetIndent(indent)
	w := &yamlWriter{indent: indent, held: heldComments{roots: roots}}
	for _, root := range roots {
		top, err := w.alone(root, 0)
		if err != nil {
			return nil, err
		}
		if err := enc.Encode(&yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{top}}); err != nil {
			return nil, &EncodeError{Format: YAML, Msg: "the YAML library refused the tree"}
		}
	}
	if err := enc.Close(); err != nil {
		return nil, &EncodeError{Format: YAML, Msg: "the YAML library refused the tree"}
	}
	return w.held.putBack(b.Bytes())
}

func generalEncodeYAMLValue(n *Node) (out []byte, err error) {
	defer func() {
		if recover() != nil {
			out, err = nil, &EncodeError{Format: YAML, Msg: "the YAML library failed"}
		}
	}()
	w := &yamlWriter{indent: 4, held: heldComments{roots: []*Node{n}}}
	node, err := w.alone(n, 4)
	if err != nil {
		return nil, err
	}
	if out, err = yaml.Marshal(node); err != nil {
		return nil, &EncodeError{Format: YAML, Msg: "the YAML library refused the value"}
	}
	return w.held.putBack(out)
}

// nextStop is how far the content of a map entry is indented that itself is
// indented by at.
func nextStop(at, indent int) int { return indent * ((at + indent) / indent) }

// alone builds the node of a value that is a document, and is indented by own.
func (w *yamlWriter) alone(n *Node, own int) (*yaml.Node, error) {
	if onlyComments(n) {
		return w.hold(n, 0, true)
	}
	return w.value(n, 0, own)
}

// value builds the node of a value that stands in a map or list indented by at
// and is itself indented by own.
func (w *yamlWriter) value(n *Node, at, own int) (*yaml.Node, error) {
	if onlyComments(n) {
		return w.hold(n, own, false)
	}
	switch n.Kind {
	case Map:
		return w.mapping(n, own)
	case List:
		return w.sequence(n, own)
	case String:
		return w.text(n.Text, own-at)
	case Other, Comment:
		return nil, w.fail("sops cannot store it (" + n.Text + ")")
	default:
		v := plainSpelling(n)
		return &yaml.Node{Kind: yaml.ScalarNode, Value: v}, nil
	}
}

// text builds the node of a string whose lines, in a block, would be indented
// by step more than what holds it.
func (w *yamlWriter) text(s string, step int) (*yaml.Node, error) {
	if s == "<<" {
		// Written plain it would be the merge key.
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: yaml.DoubleQuotedStyle}, nil
	}
	if style, ok := textStyle(s); ok && (style != yaml.LiteralStyle || step == w.indent || !misledByHint(s)) {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s, Style: style}, nil
	}
	n := new(yaml.Node)
	err := n.Encode(s)
	switch {
	case err != nil && !utf8.ValidString(s):
		return nil, w.fail("the YAML library refused the text")
	case err != nil:
		// A block that begins with a tab: the library cannot read what it
		// writes, and sops would write null.
		*n = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Style: yaml.DoubleQuotedStyle}
	case n.Style&yaml.LiteralStyle != 0 && misledByHint(s) && step != w.indent:
		// The library would name the wrong indentation, and every reader
		// would fail or read something else.
		n.Style = n.Style&^yaml.LiteralStyle | yaml.DoubleQuotedStyle
	}
	if utf8.ValidString(s) { // else it is base64 by now
		n.Value = s
	}
	return n, nil
}

// needsHint reports whether a block must name its indentation, since its first
// line begins with a blank or is empty.
func needsHint(s string) bool {
	return s[0] == ' ' || s[0] == '\n' || s[0] == '\r' || yamlBreakWidth(s) > 0
}

// misledByHint reports whether a wrong hint would change a text. One of line
// breaks only does not mind.
func misledByHint(s string) bool { return needsHint(s) && strings.Trim(s, "\n\u2028\u2029") != "" }

func (w *yamlWriter) mapping(n *Node, at int) (*yaml.Node, error) {
	m := &yaml.Node{Kind: yaml.MappingNode, Content: make([]*yaml.Node, 0, 2*len(n.Items))}
	w.steps = append(w.steps, step{})
	var head, inline []*Node
	for _, item := range n.Items {
		if item.Kind == Comment {
			if err := w.collect(item, &head, &inline); err != nil {
				return nil, err
			}
			continue
		}
		w.steps[len(w.steps)-1].key = item.Key
		if item.BadKey {
			return nil, w.fail("its key is not a string")
		}
		key := &yaml.Node{Kind: yaml.ScalarNode, Value: "<<"}
		if !item.Merge || item.Key != "<<" {
			var err error
			if key, err = w.text(item.Key, nextStop(at, w.indent)-at); err != nil {
				return nil, err
			}
		}
		value, err := w.value(item, at, nextStop(at, w.indent))
		if err != nil {
			return nil, err
		}
		head, inline = besideBlock(item, head, inline)
		if len(m.Content) == 0 {
			head = putAbove(m, head)
		}
		head = putAbove(key, head)
		inline = putBeside(value, inline)
		m.Content = append(m.Content, key, value)
	}
	w.steps = w.steps[:len(w.steps)-1]
	putBelow(m, append(head, inline...))
	return m, nil
}

func (w *yamlWriter) sequence(n *Node, at int) (*yaml.Node, error) {
	l := &yaml.Node{Kind: yaml.SequenceNode, Content: make([]*yaml.Node, 0, len(n.Items))}
	w.steps = append(w.steps, step{isList: true, index: -1})
	var head, inline []*Node
	for _, item := range n.Items {
		if item.Kind == Comment {
			if err := w.collect(item, &head, &inline); err != nil {
				return nil, err
			}
			continue
		}
		w.steps[len(w.steps)-1].index++
		if onlyComments(item) {
			var err error
			if item, err = w.emptied(item, &head, &inline); err != nil {
				return nil, err
			}
		}
		head, inline = besideBlock(item, head, inline)
		if len(l.Content) == 0 {
			head = putAbove(l, head)
		}
		value, err := w.value(item, at, at+2)
		if err != nil {
			return nil, err
		}
		if len(l.Content) == 0 && value.HeadComment != "" {
			// Both stand above the first dash: the library would drop one, or put it
			// behind the dash of a list around.
			l.HeadComment = strings.TrimPrefix(l.HeadComment+"\n"+value.HeadComment, "\n")
			value.HeadComment = ""
		}
		head = putAbove(value, head)
		inline = putBeside(value, inline)
		l.Content = append(l.Content, value)
	}
	w.steps = w.steps[:len(w.steps)-1]
	putBelow(l, append(head, inline...))
	return l, nil
}

// hold builds what stands for an empty map or list with comments.
func (w *yamlWriter) hold(n *Node, own int, top bool) (*yaml.Node, error) {
	var comments []*Node
	for _, c := range n.Items {
		if err := w.collect(c, &comments, &comments); err != nil {
			return nil, err
		}
	}
	return w.held.hold(n, own, top), nil
}

// emptied takes the comments out of an item that holds nothing else, since a
// reader finds them in the list around it: the last one beside the item, the
// others above.
func (w *yamlWriter) emptied(item *Node, head, inline *[]*Node) (*Node, error) {
	*head = append(*head, *inline...)
	*inline = nil
	for i, c := range item.Items {
		into := head
		if i == len(item.Items)-1 {
			into = inline
		}
		if err := w.collect(c, into, into); err != nil {
			return nil, err
		}
	}
	return &Node{Kind: item.Kind}, nil
}

// collect puts a comment into the list that it is to be written from.
func (w *yamlWriter) collect(c *Node, head, inline *[]*Node) error {
	if i, _ := badYAMLChar(c.Text); i >= 0 {
		return w.fail("a comment beside it contains a character that is invalid in YAML")
	}
	if c.Inline {
		*inline = append(*inline, c)
	} else {
		*head = append(*head, c)
	}
	return nil
}

func (w *yamlWriter) fail(msg string) error {
	return &EncodeError{Format: YAML, Path: stepsPath(w.steps), Msg: msg}
}

func commentText(comments []*Node) string {
	var b strings.Builder
	for i, c := range comments {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteByte('#')
		b.WriteString(c.Text)
	}
	return b.String()
}

func putAbove(n *yaml.Node, comments []*Node) []*Node {
	if len(comments) == 0 {
		return nil
	}
	text := commentText(comments)
	if n.HeadComment != "" {
		text += "\n" + n.HeadComment
	}
	n.HeadComment = text
	return nil
}

func putBeside(n *yaml.Node, comments []*Node) []*Node {
	if len(comments) > 0 {
		n.LineComment = commentText(comments)
	}
	return nil
}

// putBelow ends a map or a list with comments. The library has a place for them
// behind a scalar and behind the last entry of a map; behind a list or a map
// in a list it writes them anywhere, or nowhere.
func putBelow(n *yaml.Node, comments []*Node) {
	if len(comments) == 0 {
		return
	}
	for n.Kind == yaml.SequenceNode && len(n.Content) > 0 {
		n = n.Content[len(n.Content)-1]
	}
	if n.Kind == yaml.MappingNode && len(n.Content) > 0 {
		n = n.Content[len(n.Content)-2]
	}
	if n.FootComment != "" {
		n.FootComment += "\n"
	}
	n.FootComment += commentText(comments)
}

// besideBlock moves the inline comments of a map or list that is written as a
// block above it, and all but the last one of any other value. sops leaves them
// to the library, which writes them into the text of what follows.
func besideBlock(item *Node, head, inline []*Node) (above, beside []*Node) {
	last := len(inline)
	if len(item.Items) == 0 {
		last = max(last-1, 0)
	}
	return append(head, inline[:last]...), inline[last:]
}
