package document

import (
	"sort"
	"strings"
	"unicode/utf8"
)

// yamlPlaces turns the lines and columns of the library, which count
// characters and take five things for a line break, into ours.
type yamlPlaces struct {
	text  string
	ascii bool
	plain bool  // no line break but \n
	lines []int // offsets at which the lines of the library begin
	ours  []int // offsets at which ours begin, if not plain

	// The last place asked for: asking onwards on one line costs what lies between.
	line, col, offset int
}

func newYAMLPlaces(text string) *yamlPlaces {
	p := &yamlPlaces{text: text, ascii: true, plain: true}
	start := 0
	if strings.HasPrefix(text, "\ufeff") {
		start = len("\ufeff")
	}
	p.lines = append(make([]int, 0, 1+strings.Count(text, "\n")), start)
	for i := start; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\n':
			p.lines = append(p.lines, i+1)
		case c == '\r':
			p.plain = false
			if i+1 >= len(text) || text[i+1] != '\n' {
				p.lines = append(p.lines, i+1)
			}
		case c >= utf8.RuneSelf:
			p.ascii = false
			if w := yamlBreakWidth(text[i:]); w > 0 {
				p.plain = false
				p.lines = append(p.lines, i+w)
			}
		}
	}
	if !p.plain {
		p.ours = []int{start}
		for i := range len(text) {
			if text[i] == '\n' {
				p.ours = append(p.ours, i+1)
			}
		}
	}
	return p
}

// yamlBreakWidth is the length of the line break beyond ASCII (NEL, LS, PS)
// that s begins with, or 0.
func yamlBreakWidth(s string) int {
	switch {
	case strings.HasPrefix(s, "\u0085"):
		return 2
	case strings.HasPrefix(s, "\u2028"), strings.HasPrefix(s, "\u2029"):
		return 3
	}
	return 0
}

// at returns our place for one of the library's; line and col count from 1.
func (p *yamlPlaces) at(line, col int) Pos {
	if line < 1 || line > len(p.lines) {
		return Pos{}
	}
	if p.ascii && p.plain {
		return Pos{uint32(line), uint32(col)}
	}
	offset := p.offsetOf(line, col)
	if p.plain {
		return Pos{uint32(line), uint32(offset - p.lines[line-1] + 1)}
	}
	i := max(sort.SearchInts(p.ours, offset+1)-1, 0)
	return Pos{uint32(i + 1), uint32(offset - p.ours[i] + 1)}
}

// offsetOf returns the offset of one of the library's places, within the text.
func (p *yamlPlaces) offsetOf(line, col int) int {
	if line < 1 || line > len(p.lines) {
		return len(p.text)
	}
	if line != p.line || col < p.col {
		p.line, p.col, p.offset = line, 1, p.lines[line-1]
	}
	for ; p.col < col && p.offset < len(p.text); p.col++ {
		_, size := utf8.DecodeRuneInString(p.text[p.offset:])
		p.offset += size
	}
	return p.offset
}
