package scan

import "bytes"

const (
	// around is how much of what stands beside a decoded part is looked at with it.
	around = 256
	// batch is how much is decoded before it is looked at, and longest how much of
	// that one segment is at most.
	batch   = 1 << 20
	longest = 1 << 18
	// overlap is how much of a batch comes again in the next.
	overlap = 1 << 13
	// apart stands between parts that are not neighbours: no rule crosses it.
	apart = "\n\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n\x00\n"
)

// segment is an encoded part of a text.
type segment struct {
	start, end int
	decoded    []byte
	how        string
}

// decode looks at what is hidden in t, and at what is hidden in that, to depth.
func (x *scan) decode(t *text, depth int) {
	if depth == 0 {
		return
	}
	f := newFinder(t.src, t.pieces != nil)
	b := builder{t: t}
	for !x.full {
		s, ok := f.next()
		if !ok {
			break
		}
		if x.sealed(t, s) {
			continue
		}
		if len(b.out.src) >= batch {
			x.decoded(&b, depth, b.far(s.start))
		}
		b.add(s)
	}
	x.decoded(&b, depth, true)
}

// decoded looks at what was built. If that is not the end of a part, the last of
// it comes again at the beginning of what is built next.
func (x *scan) decoded(b *builder, depth int, end bool) {
	if len(b.out.src) == 0 || x.full {
		return
	}
	t := b.out
	if end {
		b.tail()
		t, b.out = b.out, text{}
	} else {
		b.out = t.last(overlap)
	}
	x.run(&t)
	x.decode(&t, depth-1)
}

// builder makes a text of decoded parts and what stands around them.
type builder struct {
	t    *text
	out  text
	done int // of t
}

// far reports whether a part at start has no neighbour in what was built.
func (b *builder) far(start int) bool { return start-b.done > 2*around }

func (b *builder) add(s segment) {
	if len(b.out.src) == 0 {
		b.done = max(b.done, s.start-around)
	} else if b.far(s.start) {
		b.tail()
		b.out.src = append(b.out.src, apart...)
		b.done = s.start - around
	}
	b.plain(s.start)
	from, to, how := b.t.origin(s.start, s.end)
	if how != "" {
		how += "+"
	}
	b.out.pieces = append(b.out.pieces, piece{at: len(b.out.src), n: len(s.decoded), from: from, length: to - from, decoded: how + s.how, fresh: true})
	b.out.src = append(b.out.src, s.decoded...)
	b.done = s.end
}

// tail adds what stands after the last part.
func (b *builder) tail() { b.plain(min(b.done+around, len(b.t.src))) }

// plain adds bytes as they are, up to end.
func (b *builder) plain(end int) {
	if end <= b.done {
		return
	}
	at := len(b.out.src)
	b.out.src = append(b.out.src, b.t.src[b.done:end]...)
	if b.t.pieces == nil {
		b.out.pieces = append(b.out.pieces, piece{at: at, n: end - b.done, from: b.done, length: end - b.done})
	}
	for _, p := range b.t.between(b.done, end) {
		lo, hi := max(p.at, b.done), min(p.at+p.n, end)
		from, to, _ := b.t.origin(lo, hi)
		b.out.pieces = append(b.out.pieces, piece{at: at + lo - b.done, n: hi - lo, from: from, length: to - from, decoded: p.decoded})
	}
	b.done = end
}

// finder finds the encoded parts of a text, in order.
type finder struct {
	src                 []byte
	cut                 bool // src may be the rest of a longer text
	pos                 int
	base, percent, wide segment
	run                 run
}

func newFinder(src []byte, cut bool) *finder {
	f := &finder{src: src, cut: cut}
	f.base.start, f.percent.start, f.wide.start = -1, -1, -1
	return f
}

// next returns the next part; of those that overlap the one that begins first,
// and of those the one that leaves the most readable.
func (f *finder) next() (segment, bool) {
	if f.wide.start < f.pos {
		f.wide = nextWide(f.src, f.pos)
	}
	if f.percent.start < f.pos {
		f.percent = nextPercent(f.src, f.pos)
	}
	if f.base.start < f.pos {
		f.base = f.nextBase(f.pos)
	}
	best := f.wide
	for _, s := range []segment{f.percent, f.base} {
		if s.start < best.start {
			best = s
		}
	}
	if best.start >= len(f.src) {
		return segment{}, false
	}
	f.pos = best.end
	return best, true
}

// none is the segment that does not exist.
func none(src []byte) segment { return segment{start: len(src), end: len(src)} }

// plausible reports whether decoded bytes are text: no control characters, few
// bytes beyond ASCII; or UTF-16, which the next pass decodes.
func plausible(b []byte) bool {
	nul, high := 0, 0
	for _, c := range b {
		switch {
		case c == 0:
			nul++
		case c >= 0x80:
			high++
		case c < '\t' || c > '\r' && c < ' ' || c == 0x7f:
			return false
		}
	}
	return high*4 <= len(b) && (nul == 0 || nul*5 >= len(b)*2)
}

// nextWide finds UTF-16: bytes of Latin-1 and NULs by turns.
func nextWide(src []byte, pos int) segment {
	const least = 8
	for pos < len(src) {
		i := bytes.IndexByte(src[pos:], 0)
		if i < 0 {
			break
		}
		i += pos
		start := i // big-endian
		if i > pos && wideByte(src[i-1]) {
			start = i - 1 // little-endian
		}
		zero := i - start
		end := start
		for end+1 < len(src) && end-start < longest && src[end+zero] == 0 && wideByte(src[end+1-zero]) {
			end += 2
		}
		if end-start >= 2*least {
			out := make([]byte, 0, (end-start)/2)
			for j := start + 1 - zero; j < end; j += 2 {
				out = append(out, src[j])
			}
			return segment{start, end, out, "utf-16"}
		}
		pos = max(end, i+1)
	}
	return none(src)
}

func wideByte(b byte) bool {
	return b >= ' ' && b != 0x7f || b == '\t' || b == '\n' || b == '\r'
}
