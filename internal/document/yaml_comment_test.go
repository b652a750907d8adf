package document

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// commentMaker writes random YAML with comments, each of its own text, wherever
// one may stand: between braces and brackets, behind tags, anchors, markers and
// directives, beside scalars of all styles.
type commentMaker struct {
	*rand.Rand
	b       strings.Builder
	written []string
	names   int
}

// maybe writes a comment now and then, and ends the line with it.
func (m *commentMaker) maybe(oneIn int) bool {
	if m.IntN(oneIn) > 0 {
		return false
	}
	text := fmt.Sprintf(" c%d%s", len(m.written), []string{"", " # x", ": [{'\"", "]}"}[m.IntN(4)])
	m.written = append(m.written, text)
	if before := m.b.String(); !strings.ContainsAny(before[len(before)-1:], "{[,]}\"'\n") || m.IntN(3) > 0 {
		m.b.WriteString([]string{" ", "\t"}[m.IntN(2)])
	}
	m.b.WriteString("#" + text + "\n")
	return true
}

// within writes a gap between two words in braces or brackets.
func (m *commentMaker) within(col int) {
	for m.maybe(4) {
		m.b.WriteString(strings.Repeat(" ", col+m.IntN(3)))
	}
	if m.IntN(4) == 0 {
		m.b.WriteString("\n" + strings.Repeat(" ", col))
	}
}

func (m *commentMaker) name() string {
	m.names++
	name := fmt.Sprintf("k%d", m.names)
	return []string{name, "\"" + name + "\"", "'" + name + "#'", name + "#x"}[m.IntN(4)]
}

func (m *commentMaker) scalar(col int, inFlow bool) {
	pad := "\n" + strings.Repeat(" ", col)
	words := []string{
		"x", "a#b", "'it''s # x'", "\"q # \\\" \\\\\"", "1", "null", "\"\"", "''", "http://x/#y", "- #", "two words", "1.10", "ü#ü",
		"\"over # x" + pad + "# two\"", "'over # x" + pad + "# two'", "over x" + pad + "two#y",
	}
	if !inFlow {
		words[9] = "a}#b]#c,#d"
	} else {
		words[9] = "-x"
	}
	m.b.WriteString(words[m.IntN(len(words))])
}

func (m *commentMaker) flow(col, depth int) {
	open, end := "{", "}"
	if m.IntN(2) == 0 {
		open, end = "[", "]"
	}
	m.b.WriteString(open)
	m.within(col)
	for i := range m.IntN(4) {
		if i > 0 {
			m.b.WriteString(",")
			m.within(col)
		}
		if open == "{" {
			m.b.WriteString(m.name() + ": ")
			m.within(col)
		}
		if depth > 0 && m.IntN(3) == 0 {
			m.flow(col, depth-1)
		} else {
			m.scalar(col, true)
		}
		m.within(col)
	}
	m.b.WriteString(end)
}

// line ends a line, with a comment now and then, and puts more below.
func (m *commentMaker) line(col int) {
	if !m.maybe(4) {
		m.b.WriteString("\n")
	}
	for m.IntN(6) == 0 {
		m.b.WriteString(strings.Repeat(" ", []int{0, col, m.IntN(9)}[m.IntN(3)]))
		if !m.maybe(2) {
			m.b.WriteString("\n")
		}
	}
}

func (m *commentMaker) block(col, depth int) {
	pad := strings.Repeat(" ", col)
	isList := m.IntN(3) == 0 && col > 0
	for range 1 + m.IntN(4) {
		m.b.WriteString(pad)
		if isList {
			m.b.WriteString("-")
		} else {
			m.b.WriteString(m.name() + ":")
		}
		if m.IntN(10) == 0 {
			m.names++
			m.b.WriteString(fmt.Sprintf(" &n%d", m.names))
			if m.maybe(3) {
				m.b.WriteString(pad + " ")
			}
		}
		switch k := m.IntN(8); {
		case depth > 0 && k < 2:
			m.line(col)
			m.block(col+2, depth-1)
			continue
		case k < 5:
			m.b.WriteString(" ")
			m.flow(col+1, 2)
		case k == 5:
			m.b.WriteString(" " + []string{"|", "|-", ">", "|+", ">2"}[m.IntN(5)])
			if !m.maybe(3) {
				m.b.WriteString("\n")
			}
			for i := range 1 + m.IntN(3) {
				m.b.WriteString(pad + "  " + []string{"# text", "text # text", "", "  # text"}[m.IntN(2+min(2*i, 2))] + "\n")
			}
			continue
		default:
			m.b.WriteString(" ")
			m.scalar(col+1, false)
		}
		m.line(col)
	}
}

func (m *commentMaker) document() string {
	m.b.Reset()
	m.written, m.names = nil, 0
	if m.IntN(8) == 0 {
		m.b.WriteString("%YAML 1.1")
		if !m.maybe(2) {
			m.b.WriteString("\n")
		}
		m.b.WriteString("---\n")
	}
	for i := range 1 + m.IntN(2) {
		if i > 0 || m.IntN(5) == 0 {
			m.b.WriteString("---")
			if !m.maybe(2) {
				m.b.WriteString("\n")
			}
		}
		if m.IntN(6) == 0 {
			m.flow(1, 2)
			m.line(0)
		} else {
			m.block(0, 2)
		}
	}
	return m.b.String()
}

// comments lists the comments of a tree.
func commentsOf(n *Node) (list []*Node) {
	for _, item := range n.Items {
		if item.Kind == Comment {
			list = append(list, item)
		}
		list = append(list, commentsOf(item)...)
	}
	return list
}

func commentTexts(d *Document) (texts []string) {
	for _, root := range d.Roots {
		for _, c := range commentsOf(root) {
			texts = append(texts, commentKey(c.Text))
		}
	}
	slices.Sort(texts)
	return texts
}

// TestYAMLComments: each comment of a source is in the tree, and said to stand
// where it stands, or is told as a loss; and none is lost by writing.
func TestYAMLComments(t *testing.T) {
	read, comments, lost := 0, 0, 0
	for seed := range uint64(commentSources) {
		m := &commentMaker{Rand: rand.New(rand.NewPCG(seed, 2))}
		src := m.document()
		d, err := Parse(YAML, []byte(src), ParseOptions{})
		if err != nil {
			continue
		}
		read++
		comments += len(m.written)
		told := 0
		for _, l := range d.Losses {
			if l.Loss == Changed {
				told++
				checkPlace(t, src, l.Pos, "")
			}
		}
		lost += told
		for _, root := range d.Roots {
			for _, c := range commentsOf(root) {
				checkPlace(t, src, c.Pos, c.Text)
			}
		}
		have := commentTexts(d)
		if len(have)+told != len(m.written) || len(slices.Compact(slices.Clone(have))) != len(have) {
			t.Fatalf("%d comments are in the tree and %d are told as lost, of %d\n%s\n%q", len(have), told, len(m.written), src, have)
		}
		checkCommentsWritten(t, src, d)
	}
	if read < commentSources/2 || comments < 2*read || lost > comments/20 {
		t.Errorf("hardly tested: %d of %d sources were read, %d of %d comments lost", read, commentSources, lost, comments)
	}
}

const commentSources = 1500

// checkPlace reports a comment that does not stand where it is said to.
func checkPlace(t *testing.T, src string, pos Pos, text string) {
	t.Helper()
	lines := strings.Split(src, "\n")
	if int(pos.Line) > len(lines) || pos.Line == 0 || !strings.HasPrefix(lines[pos.Line-1][pos.Col-1:], "#"+text) {
		t.Fatalf("no comment %q at %v\n%s", text, pos, src)
	}
}

// checkCommentsWritten reports a comment that is not found in what was written.
func checkCommentsWritten(t *testing.T, src string, d *Document) {
	t.Helper()
	for _, indent := range []int{2, 4, 7} {
		out, err := d.Encode(YAML, Style{YAMLIndent: indent})
		if err != nil {
			t.Fatalf("%v\n%s", err, src)
		}
		again, err := Parse(YAML, out, ParseOptions{})
		if err != nil {
			t.Fatalf("what was written does not parse: %v\n%s\n%s", err, src, out)
		}
		if want, got := commentTexts(d), commentTexts(again); !slices.Equal(want, got) {
			t.Fatalf("got the comments\n%q\nwant\n%q\nsource\n%s\nwritten\n%s", got, want, src, out)
		}
		if diff := diffValues(d, again); diff != "" {
			t.Fatalf("values: %s\n%s\n%s", diff, src, out)
		}
	}
}
