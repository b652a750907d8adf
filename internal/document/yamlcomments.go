package document

import "strings"

// commentFinder finds where the comments of a tree stand: the library does not
// say. It goes through the tree and the lines from their ends, so that each
// line is looked at once.
type commentFinder struct {
	text  string
	lines []int // where the lines begin, and the end of the text
	line  int   // the line, from 1, that all that is left stands above
	next  *Node // the value after the comment in question
}

// locateYAMLComments fills in the positions of comments. Those that cannot be
// found (within braces, or brought in by an alias) keep none.
func locateYAMLComments(text string, d *Document) {
	if strings.IndexByte(text, '#') < 0 {
		return
	}
	f := &commentFinder{text: text, lines: make([]int, 1, strings.Count(text, "\n")+2)}
	for i := range len(text) {
		if text[i] == '\n' {
			f.lines = append(f.lines, i+1)
		}
	}
	f.lines = append(f.lines, len(text))
	f.line = len(f.lines)
	for i := len(d.Roots) - 1; i >= 0; i-- {
		f.next = nil
		f.walk(d.Roots[i])
	}
}

func (f *commentFinder) walk(n *Node) {
	for i := len(n.Items) - 1; i >= 0; i-- {
		item := n.Items[i]
		switch {
		case item.Kind != Comment:
			f.walk(item)
			top := item.KeyPos
			if top.Line == 0 {
				top = item.Pos
			}
			if top.Line > 0 {
				f.line = min(f.line, int(top.Line))
			}
			f.next = item
		case item.Inline:
			if f.next != nil && f.next.Pos.Line > 0 {
				item.Pos = f.beside(item.Text, int(f.next.Pos.Line))
			}
		default:
			item.Pos = f.above(item.Text)
		}
	}
}

// content returns a line, numbered from 1, without its break.
func (f *commentFinder) content(line int) string {
	if line >= len(f.lines) {
		return ""
	}
	return strings.TrimRight(f.text[f.lines[line-1]:f.lines[line]], "\r\n")
}

// beside looks for a comment at the end of a line.
func (f *commentFinder) beside(comment string, line int) Pos {
	s, ok := strings.CutSuffix(f.content(line), comment)
	if !ok || !strings.HasSuffix(s, "#") {
		return Pos{}
	}
	return Pos{uint32(line), uint32(len(s))}
}

// above looks for a comment on the nearest line that is not empty.
func (f *commentFinder) above(comment string) Pos {
	for f.line > 1 {
		s := f.content(f.line - 1)
		trimmed := strings.TrimLeft(s, " \t")
		if trimmed == "" {
			f.line--
			continue
		}
		if trimmed[0] != '#' || trimmed[1:] != strings.TrimRight(comment, "\r\n") {
			return Pos{}
		}
		f.line--
		return Pos{uint32(f.line), uint32(len(s) - len(trimmed) + 1)}
	}
	return Pos{}
}
