package scan

import (
	"bytes"
	"sort"
)

// text is what a pass looks at: a file, or decoded parts of one with what
// stands around them.
type text struct {
	src    []byte
	pieces []piece // in order; nil for a file
	lines  *lineIndex
}

// piece says where bytes of a decoded text came from.
type piece struct {
	at, n   int    // in the text
	from    int    // in the file
	length  int    // in the file; n for bytes as they were
	decoded string // how they were hidden, "" for bytes as they were
	fresh   bool   // decoded in the last step
}

// covers reports whether a part of what was decoded lies in [start, end).
func (t *text) covers(start, end int) bool {
	if t.pieces == nil {
		return true
	}
	for _, p := range t.between(start, end) {
		if p.fresh {
			return true
		}
	}
	return false
}

// between returns the pieces that [start, end) touches.
func (t *text) between(start, end int) []piece {
	i := sort.Search(len(t.pieces), func(i int) bool { return t.pieces[i].at+t.pieces[i].n > start })
	j := i
	for j < len(t.pieces) && t.pieces[j].at < end {
		j++
	}
	return t.pieces[i:j]
}

// origin returns where [start, end) is in the file, and how it was hidden.
func (t *text) origin(start, end int) (from, to int, decoded string) {
	if t.pieces == nil {
		return start, end, ""
	}
	from = -1
	for _, p := range t.between(start, end) {
		lo, hi := max(start-p.at, 0), min(end-p.at, p.n)
		switch p.length {
		case p.n:
		case 2 * p.n: // UTF-16: the exact place is known
			lo, hi = 2*lo, 2*hi
		default:
			lo, hi = 0, p.length
		}
		if from < 0 {
			from = p.from + lo
		}
		from, to = min(from, p.from+lo), max(to, p.from+hi)
		if len(p.decoded) > len(decoded) {
			decoded = p.decoded
		}
	}
	if from < 0 { // between two parts
		return 0, 0, ""
	}
	return from, to, decoded
}

// last returns the last n bytes of a decoded text.
func (t *text) last(n int) text {
	from := max(0, len(t.src)-n)
	rest := text{src: bytes.Clone(t.src[from:])}
	for _, p := range t.between(from, len(t.src)) {
		if cut := from - p.at; cut > 0 {
			switch p.length {
			case p.n:
				p.from, p.length = p.from+cut, p.length-cut
			case 2 * p.n:
				p.from, p.length = p.from+2*cut, p.length-2*cut
			}
			p.at, p.n = p.at+cut, p.n-cut
		}
		p.at -= from
		rest.pieces = append(rest.pieces, p)
	}
	return rest
}

// lineIndex finds lines without a list of them all.
type lineIndex struct {
	src    []byte
	blocks []lineBlock
}

// lineBlock knows of the bytes before and after a block.
type lineBlock struct {
	before int // line breaks before it
	start  int // where the line begins that it begins in
	next   int // the first line break at or after its begin
}

const lineBlockSize = 4096

func (t *text) index() *lineIndex {
	if t.lines != nil {
		return t.lines
	}
	x := &lineIndex{src: t.src, blocks: make([]lineBlock, len(t.src)/lineBlockSize+1)}
	count, start := 0, 0
	for b := range x.blocks {
		x.blocks[b].before, x.blocks[b].start = count, start
		block := t.src[b*lineBlockSize : min((b+1)*lineBlockSize, len(t.src))]
		count += bytes.Count(block, []byte{'\n'})
		if i := bytes.LastIndexByte(block, '\n'); i >= 0 {
			start = b*lineBlockSize + i + 1
		}
	}
	next := len(t.src)
	for b := len(x.blocks) - 1; b >= 0; b-- {
		block := t.src[b*lineBlockSize : min((b+1)*lineBlockSize, len(t.src))]
		if i := bytes.IndexByte(block, '\n'); i >= 0 {
			next = b*lineBlockSize + i
		}
		x.blocks[b].next = next
	}
	t.lines = x
	return x
}

// at returns the number of the line, from 0, that offset lies in, and where it begins.
func (x *lineIndex) at(offset int) (line, start int) {
	b := x.blocks[offset/lineBlockSize]
	part := x.src[offset/lineBlockSize*lineBlockSize : offset]
	if i := bytes.LastIndexByte(part, '\n'); i >= 0 {
		return b.before + bytes.Count(part, []byte{'\n'}), offset - len(part) + i + 1
	}
	return b.before, b.start
}

// end returns where the line ends that offset lies in, without its break.
func (x *lineIndex) end(offset int) int {
	b := offset / lineBlockSize
	limit := min((b+1)*lineBlockSize, len(x.src))
	if i := bytes.IndexByte(x.src[offset:limit], '\n'); i >= 0 {
		return offset + i
	}
	if b+1 < len(x.blocks) {
		return x.blocks[b+1].next
	}
	return len(x.src)
}

// line returns the whole lines that [start, end) touches.
func (t *text) line(start, end int) (from, to int) {
	x := t.index()
	_, from = x.at(start)
	return from, max(x.end(max(start, end-1)), end)
}
