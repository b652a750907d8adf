package document

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// Stray is something in a source that no node of the tree stands for.
type Stray struct {
	Pos  Pos
	What string // quotes nothing of it
}

// strayText is what no YAML holds that the library reads.
const strayText = "text that belongs to no value"

// yamlCover goes over a source from its begin to its end, beside the nodes
// that the library made of it. Each byte is of a scalar, of a comment, a blank,
// or a sign that YAML is made of; whatever else stands there is a stray. So
// nothing hides by being dropped: the library says of little that it drops it.
type yamlCover struct {
	text   string
	places *yamlPlaces
	at     int              // up to here all is accounted for
	flow   []flowCollection // that are open
	found  []foundComment
	strays []Stray
	lost   bool // source and nodes do not fit: the rest is not looked at

	line, lineAt, counted int // line breaks up to the offset counted, and where the line there begins
}

// flowCollection is a map or list in braces or brackets.
type flowCollection struct {
	pos   Pos
	empty bool // nothing of it was met yet
}

// foundComment is a comment of the source.
type foundComment struct {
	pos   Pos    // of its #
	text  string // behind the #
	in    Pos    // of the map or list that it belongs to if the library dropped it, or zero
	first bool   // it stands before all that this one holds
}

// coverYAML finds the comments and the strays of a source. The fast reader
// leaves no stray: it declines what it does not know.
func coverYAML(text string, docs []*yaml.Node) *yamlCover {
	c := &yamlCover{text: text, places: newYAMLPlaces(text)}
	for _, doc := range docs {
		for _, n := range doc.Content {
			c.node(n)
		}
	}
	c.gap(len(text))
	return c
}

// node passes over one node. What an alias stands for was passed over at its
// anchor.
func (c *yamlCover) node(n *yaml.Node) {
	c.gap(c.places.offsetOf(n.Line, n.Column))
	if n.Kind == yaml.ScalarNode {
		c.scalar(n)
		return
	}
	from, depth := len(c.found), len(c.flow)
	if n.Kind != yaml.AliasNode && (n.Anchor != "" || n.Style&yaml.TaggedStyle != 0) {
		for c.property() {
			c.blanks()
		}
	}
	c.fill()
	pos := c.places.at(n.Line, n.Column)
	for i := range c.found[from:] {
		c.found[from+i].in, c.found[from+i].first = pos, true
	}
	if n.Style&yaml.FlowStyle != 0 && (c.peek() == '{' || c.peek() == '[') { // else it is a pair within brackets
		c.flow = append(c.flow, flowCollection{pos, true})
		c.at++
	}
	for _, child := range n.Content {
		c.node(child)
	}
	for len(c.flow) > depth && c.at < len(c.text) && !c.lost {
		c.gap(c.at + 1)
	}
}

// fill notes that something of the innermost collection was met.
func (c *yamlCover) fill() {
	if len(c.flow) > 0 {
		c.flow[len(c.flow)-1].empty = false
	}
}

func (c *yamlCover) scalar(n *yaml.Node) {
	for c.property() {
		c.blanks()
	}
	if n.Value != "" || n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0 {
		c.fill()
	}
	if c.lost {
		return
	}
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		if !c.doubleQuoted() {
			c.lose()
		}
	case n.Style&yaml.SingleQuotedStyle != 0:
		c.sign("'")
		c.match(n.Value, true)
		c.blanks()
		c.sign("'")
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		c.sign("|>")
		for c.at < len(c.text) && strings.IndexByte("+-0123456789", c.text[c.at]) >= 0 {
			c.at++
		}
		for c.at < len(c.text) && (c.text[c.at] == ' ' || c.text[c.at] == '\t') {
			c.at++
		}
		if c.peek() == '#' {
			c.comment()
		}
		c.match(n.Value, false)
	default:
		c.match(n.Value, false)
	}
}

// peek returns the next byte, 0 at the end.
func (c *yamlCover) peek() byte {
	if c.at < len(c.text) {
		return c.text[c.at]
	}
	return 0
}

// place is the place of an offset; asking onwards costs what lies between.
func (c *yamlCover) place(at int) Pos {
	for ; c.counted < at; c.counted++ {
		if c.text[c.counted] == '\n' {
			c.line, c.lineAt = c.line+1, c.counted+1
		}
	}
	return Pos{uint32(c.line + 1), uint32(at - c.lineAt + 1)}
}

func (c *yamlCover) stray(at int, what string) {
	c.strays = append(c.strays, Stray{c.place(at), what})
}

// lose gives up at a place that is neither of the node that should stand there
// nor anything that is known.
func (c *yamlCover) lose() {
	if !c.lost {
		c.lost = true
		c.stray(min(c.at, len(c.text)), strayText)
	}
}

// sign passes over one of the given signs, which must stand here.
func (c *yamlCover) sign(signs string) {
	if c.lost || strings.IndexByte(signs, c.peek()) < 0 {
		c.lose()
		return
	}
	c.at++
}

// match passes over the text of a scalar. Folding and indentation change
// nothing but blanks.
func (c *yamlCover) match(value string, quotesTwice bool) {
	if !c.lost && !quotesTwice && strings.HasPrefix(c.text[c.at:], value) {
		c.at += len(value) // as most stand there
		return
	}
	for value != "" && !c.lost {
		if w := yamlBlankWidth(value); w > 0 {
			value = value[w:]
			continue
		}
		if w := yamlBlankWidth(c.text[c.at:]); w > 0 {
			c.at += w
			continue
		}
		if c.peek() != value[0] || c.at == len(c.text) {
			c.lose()
			return
		}
		if quotesTwice && value[0] == '\'' {
			c.at++
			c.sign("'")
		} else {
			c.at++
		}
		value = value[1:]
	}
}

// doubleQuoted passes over a text in double quotes: the library keeps all of
// what stands within them, but for blanks around line breaks.
func (c *yamlCover) doubleQuoted() bool {
	if c.peek() != '"' {
		return false
	}
	for c.at++; c.at < len(c.text); c.at++ {
		switch c.text[c.at] {
		case '"':
			c.at++
			return true
		case '\\':
			c.at++
		}
	}
	return false
}

// yamlBlankWidth is the length of the blank or line break that s begins with,
// or 0.
func yamlBlankWidth(s string) int {
	if s == "" {
		return 0
	}
	switch s[0] {
	case ' ', '\t', '\n', '\r':
		return 1
	}
	return yamlBreakWidth(s)
}

// gap passes over what stands between two scalars.
func (c *yamlCover) gap(to int) {
	for c.at < to && !c.lost {
		c.blanks()
		if c.at >= to {
			return
		}
		switch c.peek() {
		case ']', '}':
			c.flow = c.flow[:max(len(c.flow)-1, 0)]
			c.at++
		case '-', '?', ':', ',', '[', '{':
			c.at++
		case '&', '*', '!':
			c.property()
		case '%':
			c.directive()
		case '.':
			if !strings.HasPrefix(c.text[c.at:], "...") {
				c.lose()
				return
			}
			c.at += len("...")
		default:
			c.lose()
		}
	}
}

// blanks passes over blanks, line breaks, byte order marks and comments.
func (c *yamlCover) blanks() {
	for c.at < len(c.text) {
		rest := c.text[c.at:]
		switch w := yamlBlankWidth(rest); {
		case w > 0:
			c.at += w
		case strings.HasPrefix(rest, "\ufeff"):
			c.at += len("\ufeff")
		case rest[0] == '#':
			c.comment()
		default:
			return
		}
	}
}

// lineEnd is where the line ends that the source was passed over into.
func (c *yamlCover) lineEnd() int {
	end := c.at
	for end < len(c.text) && c.text[end] != '\n' && c.text[end] != '\r' && yamlBreakWidth(c.text[end:]) == 0 {
		end++
	}
	return end
}

func (c *yamlCover) comment() {
	found := foundComment{pos: c.place(c.at)}
	if n := len(c.flow); n > 0 {
		found.in, found.first = c.flow[n-1].pos, c.flow[n-1].empty
	}
	end := c.lineEnd()
	found.text = c.text[c.at+1 : end]
	c.found = append(c.found, found)
	c.at = end
}

// standardTags are those that change nothing for a value of that type.
var standardTags = map[string]bool{
	"!": true, "!!str": true, "!!int": true, "!!float": true, "!!bool": true, "!!null": true, "!!timestamp": true, "!!binary": true,
	"!!map": true, "!!seq": true, "!!merge": true,
}

// property passes over an anchor, an alias or a tag, which must stand here.
func (c *yamlCover) property() bool {
	sign := c.peek()
	if c.lost || sign != '&' && sign != '*' && sign != '!' {
		return false
	}
	end := c.at + 1
	for end < len(c.text) && yamlBlankWidth(c.text[end:]) == 0 && strings.IndexByte(",[]{}", c.text[end]) < 0 {
		end++
	}
	if sign == '!' && !standardTags[c.text[c.at:end]] {
		c.stray(c.at, "a tag")
	} else if sign != '!' {
		c.stray(c.at, "the name of an anchor")
	}
	c.at = end
	return true
}

// directive passes over a line that begins with %. The one that says what
// YAML it is says nothing else.
func (c *yamlCover) directive() {
	end := c.lineEnd()
	line, _, hasComment := strings.Cut(c.text[c.at:end], "#")
	name, version, _ := strings.Cut(strings.TrimRight(line, " \t"), " ")
	if version = strings.TrimLeft(version, " \t"); name != "%YAML" || version != "1.1" && version != "1.2" {
		c.stray(c.at, "a directive of YAML")
	}
	if c.at += len(line); hasComment {
		c.comment()
	}
}
