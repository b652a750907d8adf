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
// that the library made of it. Each byte is of a scalar, of a comment of the
// tree, a blank, or a sign that YAML is made of; whatever else stands there is
// a stray. So nothing hides by being dropped: the library says of little that
// it drops it.
type yamlCover struct {
	text     string
	places   *yamlPlaces
	at       int            // up to here all is accounted for
	comments map[string]int // of the tree, that were not met in the source yet
	strays   []Stray
	lost     bool // source and nodes do not fit: the rest is not looked at
}

// coverYAML finds the strays of a source. The fast reader leaves none: it
// declines what it does not know.
func coverYAML(text string, docs []*yaml.Node, d *Document) []Stray {
	c := &yamlCover{text: text, places: newYAMLPlaces(text), comments: map[string]int{}}
	for _, root := range d.Roots {
		c.expect(root)
	}
	for _, doc := range docs {
		c.node(doc)
	}
	c.gap(len(text))
	return c.strays
}

// expect counts in the comments below n.
func (c *yamlCover) expect(n *Node) {
	for _, item := range n.Items {
		if item.Kind == Comment {
			c.comments[strings.TrimSpace(item.Text)]++
		}
		c.expect(item)
	}
}

// node passes over one node. What an alias stands for was passed over at its
// anchor.
func (c *yamlCover) node(n *yaml.Node) {
	switch n.Kind {
	case yaml.ScalarNode:
		c.scalar(n)
	default:
		for _, child := range n.Content {
			c.node(child)
		}
	}
}

func (c *yamlCover) scalar(n *yaml.Node) {
	c.gap(c.places.offsetOf(n.Line, n.Column))
	for c.property() {
		c.blanks()
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

func (c *yamlCover) stray(at int, what string) {
	line := 1 + strings.Count(c.text[:at], "\n")
	col := at - strings.LastIndexByte(c.text[:at], '\n')
	c.strays = append(c.strays, Stray{Pos{uint32(line), uint32(col)}, what})
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
		case '-', '?', ':', ',', '[', ']', '{', '}':
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
	end := c.lineEnd()
	text := strings.TrimSpace(c.text[c.at+1 : end])
	if text != "" && c.comments[text] == 0 {
		c.stray(c.at, "a comment where YAML's readers drop it")
	}
	c.comments[text]--
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
	line, comment, hasComment := strings.Cut(c.text[c.at:end], "#")
	name, version, _ := strings.Cut(strings.TrimRight(line, " \t"), " ")
	if version = strings.TrimLeft(version, " \t"); name != "%YAML" || version != "1.1" && version != "1.2" {
		c.stray(c.at, "a directive of YAML")
	} else if hasComment && strings.TrimSpace(comment) != "" {
		c.stray(c.at+len(line), "a comment where YAML's readers drop it")
	}
	c.at = end
}
