package document

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// yamlMaker writes random YAML: mostly in blocks, with comments and empty
// lines where people put them and where they should not.
type yamlMaker struct {
	*rand.Rand
	b      strings.Builder
	wild   int // one comment in so many stands in an odd column
	keys   int
	budget int
}

var makerScalars = []string{
	"x", "two words", "1", "0", "-7", "1.5", "1.10", "true", "null", "~", "007", "2024-01-02", "\"q\"", "'s'", "\"a: b\"", "'it''s'",
	"\"x\\ny\"", "ENC[AES256_GCM,data:Zm9v,iv:AAA=,tag:BBB=,type:str]", "{}", "[]", "http://x/y#z", "10.0.0.1", "1e3", "yes",
	"\"\"", "''", "a  b", "-x", "ü", "😀", "$x", "\" x\"", "\"x \"", "\"\\tx\"", "[a, b]", "{a: b}", "12:30", ".5", "=", "\"1\"", "'true'",
}

func (m *yamlMaker) pad(col int) { m.b.WriteString(strings.Repeat(" ", col)) }

// gap writes comments and empty lines before what stands in column col, within
// blocks in the columns of open.
func (m *yamlMaker) gap(col int, open []int) {
	for m.IntN(5) == 0 {
		switch m.IntN(3) {
		case 0:
			m.b.WriteString("\n")
		default:
			c := col
			if m.IntN(m.wild) == 0 && len(open) > 0 {
				c = open[m.IntN(len(open))]
			}
			if m.IntN(m.wild*4) == 0 {
				c = m.IntN(9)
			}
			m.pad(c)
			m.b.WriteString([]string{"# c\n", "#c\n", "#\n", "# two # c\n"}[m.IntN(4)])
		}
	}
}

func (m *yamlMaker) scalar(col int) {
	m.budget--
	if m.IntN(12) == 0 {
		m.b.WriteString([]string{"|\n", "|-\n", "|+\n"}[m.IntN(3)])
		step := 1 + m.IntN(4)
		for range 1 + m.IntN(3) {
			if m.IntN(5) == 0 {
				m.b.WriteString("\n")
			}
			m.pad(col + step)
			m.b.WriteString([]string{"line\n", "# no comment\n", "a: b\n", "last\n"}[m.IntN(4)])
		}
		if m.IntN(4) == 0 {
			m.b.WriteString("\n")
		}
		return
	}
	m.b.WriteString(makerScalars[m.IntN(len(makerScalars))])
	if m.IntN(8) == 0 {
		m.b.WriteString([]string{" # in", "  #in", " #"}[m.IntN(3)])
	}
	m.b.WriteString("\n")
}

func (m *yamlMaker) mapping(col, depth int, open []int, onLine bool) {
	open = append(open, col)
	for i := range 1 + m.IntN(4) {
		if i > 0 || !onLine {
			m.gap(col, open)
			m.pad(col)
		}
		m.keys++
		m.b.WriteString([]string{"k", "\"k", "'k"}[m.keys%7%3])
		m.b.WriteString(strings.Repeat("y", m.keys%3) + string(rune('a'+m.keys%26)) + string(rune('a'+m.keys/26%26)) + string(rune('a'+m.keys/676%26)))
		m.b.WriteString([]string{"", "\"", "'"}[m.keys%7%3] + ":")
		switch {
		case depth > 0 && m.IntN(4) == 0:
			m.b.WriteString("\n")
			m.mapping(col+1+m.IntN(4), depth-1, open, false)
		case depth > 0 && m.IntN(3) == 0:
			m.b.WriteString("\n")
			m.list(col+m.IntN(5), depth-1, open, false)
		default:
			m.b.WriteString(" ")
			m.scalar(col)
		}
	}
}

func (m *yamlMaker) list(col, depth int, open []int, onLine bool) {
	open = append(open, col)
	for i := range 1 + m.IntN(4) {
		if i > 0 || !onLine {
			m.gap(col, open)
			m.pad(col)
		}
		m.b.WriteString("- ")
		switch {
		case depth > 0 && m.IntN(3) == 0:
			m.mapping(col+2, depth-1, open, true)
		case depth > 0 && m.IntN(5) == 0:
			m.list(col+2, depth-1, open, true)
		default:
			m.scalar(col)
		}
	}
}

func (m *yamlMaker) document() string {
	m.b.Reset()
	for i := range 1 + m.IntN(2)*m.IntN(3) {
		if i > 0 {
			m.gap(0, nil)
			m.b.WriteString("---\n")
		}
		m.mapping(0, 3, nil, false)
	}
	m.gap(0, []int{2, 4})
	return m.b.String()
}

func newYAMLMaker(seed uint64, wild int) *yamlMaker {
	return &yamlMaker{Rand: rand.New(rand.NewPCG(seed, 1)), wild: wild}
}

// TestYAMLGeneratedFast holds the fast hands to the general ones.
func TestYAMLGeneratedFast(t *testing.T) {
	fast := 0
	const total = 2500
	for seed := range uint64(total) {
		src := newYAMLMaker(seed, 2+int(seed%5)*4).document()
		checkFastYAML(t, []byte(src))
		if fastParseYAML(src) != nil {
			fast++
		}
	}
	if fast < total/20 {
		t.Errorf("the fast reader took %d of %d: the law was hardly tested", fast, total)
	}
}

// TestYAMLGenerated holds us to sops.
func TestYAMLGenerated(t *testing.T) {
	tested := 0
	for seed := range uint64(300) {
		src := newYAMLMaker(1_000_000+seed, 10).document()
		if _, err := sopsLoad(src); err != nil {
			continue
		}
		tested++
		checkAgainstSops(t, src)
		if t.Failed() {
			t.Fatalf("source %q", src)
		}
	}
	if tested < 150 {
		t.Errorf("sops took only %d of the documents", tested)
	}
}
