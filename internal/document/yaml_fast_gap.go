package document

// maxGap bounds the blanks around a comment: the library looks no more than
// 512 characters ahead.
const maxGap = 400

// commentGap is what stands between two lines with content.
type commentGap struct {
	comments     []gapComment
	buffer       []gapComment
	blankBefore  bool // an empty line before the first comment
	blankBetween bool // an empty line between two comments
	blankAfter   bool // an empty line after the last comment
	runs         int  // the longest run of empty lines, in characters
	run          int
}

type gapComment struct {
	text string
	col  int // from 0
	line uint32
}

func (g *commentGap) reset() {
	g.buffer = g.buffer[:0]
	*g = commentGap{buffer: g.buffer}
}

func (g *commentGap) any() bool { return len(g.comments) > 0 }

func (g *commentGap) blank(width int) {
	g.run += width
	if len(g.comments) == 0 {
		g.blankBefore = true
		g.run = 0 // no comment depends on it
		return
	}
	g.runs = max(g.runs, g.run)
	g.blankAfter = true
}

func (g *commentGap) comment(text string, col int, line uint32) {
	if g.blankAfter {
		g.blankBetween, g.blankAfter = true, false
	}
	g.run = 0
	if col > maxGap {
		g.runs = col
	}
	g.buffer = append(g.buffer, gapComment{text, col, line})
	g.comments = g.buffer
}

// allAt reports whether every comment stands in one column.
func (g *commentGap) allAt(col int) bool {
	for _, c := range g.comments {
		if c.col != col {
			return false
		}
	}
	return true
}

// trail decides where the comments behind a scalar belong, which is the last
// value of the block in column col, the innermost one. Those that end this
// block are put there; the others stay for the line that follows.
func (f *fastYAML) trail(col int, flush, collection bool) bool {
	g := &f.gap
	if !g.any() {
		return true
	}
	if f.marker {
		return false
	}
	blank := g.blankBetween || g.blankAfter
	follows := f.indent
	if follows < 0 {
		follows = 0
	}
	own := 0
	for own < len(g.comments) && g.comments[own].col == col {
		own++
	}
	foot := blank && !g.blankBefore // the library takes the first comments for a foot
	switch {
	case collection && (foot || f.indent < col):
		return false
	case f.indent == col:
		// The next line goes on with this block: order is all that counts.
		return own == len(g.comments) && !(foot && flush)
	case col == 0 && f.indent < 0 && !flush:
		return own == len(g.comments)
	case g.allAt(follows) && own == 0:
		// Comments above the line that follows, in an outer block.
		return !foot && !(f.indent < 0 && g.blankBetween)
	case flush || own == 0 || g.blankBetween:
		return false
	}
	if f.indent < 0 && g.blankBefore {
		return false
	}
	for _, c := range g.comments[own:] {
		if c.col != follows || blank || g.blankBefore {
			return false
		}
	}
	f.push(own)
	return true
}
