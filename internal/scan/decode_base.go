package scan

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
)

const (
	leastBase = 16 // of a base64 run, as gitleaks has it
	leastHex  = 32
)

// The alphabets: both of base64 (RFC 4648, sections 4 and 5), and hex.
var (
	baseByte = class{0x3ffa80000000000, 0x7fffffe87fffffe}
	hexByte  = class{0x3ff000000000000, 0x7e0000007e}
)

// run is a run of base64 bytes of a text, and what is known of it: so that a
// long one, of which parts are decoded, is looked at once.
type run struct {
	lo, hi int
	breaks [2]span // of each kind of separator: from where to where there is none
}

// separators part base64 of either alphabet from a name or path it is glued to.
var separators = [2]class{{1<<'/' | 1<<'+'}, {1 << '-', 1 << ('_' - 64)}}

// nextBreak returns the next separator at or after from, hi if there is none.
func (r *run) nextBreak(src []byte, kind, from int) int {
	known := &r.breaks[kind]
	if from < known.start || from > known.end || known.end > r.hi {
		i := from
		for i < r.hi && !separators[kind].has(src[i]) {
			i++
		}
		*known = span{from, i}
	}
	return known.end
}

// nextBase finds base64 or hex that decodes to text.
func (f *finder) nextBase(pos int) segment {
	src := f.src
	for pos+leastBase <= len(src) {
		// A run of leastBase that begins at pos or later holds this byte, or begins after it.
		if !baseByte.has(src[pos+leastBase-1]) {
			pos += leastBase
			continue
		}
		lo := pos + leastBase - 1
		for lo > pos && baseByte.has(src[lo-1]) {
			lo--
		}
		if r := &f.run; lo < r.lo || lo >= r.hi {
			hi := pos + leastBase
			for hi < len(src) && baseByte.has(src[hi]) {
				hi++
			}
			*r = run{lo: lo, hi: hi, breaks: [2]span{{0, -1}, {0, -1}}}
		}
		if f.run.hi-lo < leastBase {
			pos = f.run.hi
			continue
		}
		s, next := f.decodeRun(lo)
		if next < 0 {
			return s
		}
		pos = next
	}
	return none(src)
}

// partReach is how far into a run parts of it are tried before the rest of it
// is taken for a run of its own.
const partReach = 4096

// decodeRun decodes the run from lo on, or the first part of it that can be; or
// it returns where to go on.
func (f *finder) decodeRun(lo int) (s segment, next int) {
	src, hi := f.src, f.run.hi
	whole := src[lo:hi]
	if f.cut && lo == 0 { // the text may begin within a group
		for n := range 4 {
			if _, used := unbase(whole[min(n, len(whole)):]); used >= 4*leastBase {
				lo, whole = n, whole[n:]
				break
			}
		}
	}
	if out, used := unhex(whole); used >= leastHex && (used == len(whole) || used >= baseChunk) {
		return segment{lo, lo + used, out, "hex"}, -1
	}
	if out, used := unbase(whole); used > 0 && used < len(whole)-1 {
		return segment{lo, lo + used, out, "base64"}, -1
	} else if used > 0 {
		end := hi
		for end < len(src) && end < hi+2 && src[end] == '=' {
			end++
		}
		if end == hi && len(whole)%4 == 0 {
			out, end = joinLines(src, lo, end, out)
		}
		return segment{lo, end, out, "base64"}, -1
	}
	// A path or a name that is glued to it: try what stands between.
	best := segment{start: hi}
	next = hi + 1
	for kind := range separators {
		from := lo
		for from < hi && from < lo+partReach && from < best.start {
			to := f.run.nextBreak(src, kind, from)
			if to-from >= leastBase && to-from < len(whole) {
				if out, used := unbase(src[from:to]); used > 0 {
					best = segment{from, from + used, out, "base64"}
					break
				}
			}
			from = to + 1
		}
		if from < hi {
			next = min(next, from)
		}
	}
	if best.start < hi {
		return best, -1
	}
	return segment{}, max(next, lo+1)
}

// unhex decodes hex, as far as it gives text.
func unhex(run []byte) (out []byte, used int) {
	if len(run) < leastHex || !allOf(run[:leastHex], hexByte) {
		return nil, 0
	}
	for used < len(run) && used < longest {
		chunk := run[used:min(len(run), used+baseChunk)]
		part := make([]byte, len(chunk)/2)
		if _, err := hex.Decode(part, chunk); err != nil || !plausible(part) {
			break
		}
		out = append(out, part...)
		used += len(chunk)
	}
	return out, used
}

// joinLines goes on with the lines that follow, where base64 is wrapped: each
// line of whole groups, the last one perhaps shorter.
func joinLines(src []byte, lo, end int, out []byte) ([]byte, int) {
	width := end - lo
	if width < 40 {
		return out, end
	}
	for len(out) < longest {
		i := end
		if i < len(src) && src[i] == '\r' {
			i++
		}
		if i >= len(src) || src[i] != '\n' {
			return out, end
		}
		for i++; i < len(src) && (src[i] == ' ' || src[i] == '\t'); i++ {
		}
		j := i
		for j < len(src) && j-i <= width && baseByte.has(src[j]) {
			j++
		}
		if j-i > width || j == i {
			return out, end
		}
		next, used := unbase(src[i:j])
		if used < j-i-1 || used == 0 {
			return out, end
		}
		out = append(out, next...)
		for end = j; end < len(src) && end < j+2 && src[end] == '='; {
			end++
		}
		if j-i < width || end > j {
			return out, end
		}
	}
	return out, end
}

// baseChunk is how much is decoded before it is judged.
const baseChunk = 1024

// unbase decodes base64 of either alphabet, without its padding, as far as it
// gives text: it returns how much of run that was.
func unbase(run []byte) (out []byte, used int) {
	enc := base64.RawStdEncoding
	if bytes.ContainsAny(run[:min(len(run), baseChunk)], "-_") {
		enc = base64.RawURLEncoding
	}
	if len(run)%4 == 1 {
		run = run[:len(run)-1]
	}
	if len(run) >= 12 { // most runs are something else, as a few bytes show
		var head [9]byte
		if n, err := enc.Decode(head[:], run[:12]); err != nil || !plausibleHead(head[:n]) {
			return nil, 0
		}
	}
	for used < len(run) && used < longest {
		chunk := run[used:min(len(run), used+baseChunk)]
		at := len(out)
		out = append(out, make([]byte, enc.DecodedLen(len(chunk)))...)
		if n, err := enc.Decode(out[at:], chunk); err != nil || n == 0 || !plausible(out[at:at+n]) {
			return out[:at], used
		}
		used += len(chunk)
	}
	return out, used
}

// plausibleHead reports whether text can begin with b.
func plausibleHead(b []byte) bool {
	high := 0
	for _, c := range b {
		if c >= 0x80 {
			high++
		} else if c < '\t' && c != 0 || c > '\r' && c < ' ' || c == 0x7f {
			return false
		}
	}
	return high*2 <= len(b)
}

func allOf(b []byte, c class) bool {
	for _, x := range b {
		if !c.has(x) {
			return false
		}
	}
	return true
}

// tokenEnd is a byte that ends a percent-encoded word.
func tokenEnd(b byte) bool {
	switch b {
	case '"', '\'', '`', '<', '>':
		return true
	}
	return b <= ' '
}

// nextPercent finds a word with percent-encoded bytes.
func nextPercent(src []byte, pos int) segment {
	from := pos
	for from < len(src) {
		i := bytes.IndexByte(src[from:], '%')
		if i < 0 {
			break
		}
		i += from
		if i+2 >= len(src) || !hexByte.has(src[i+1]) || !hexByte.has(src[i+2]) {
			from = i + 1
			continue
		}
		start, end := i, i+3
		for start > from && i-start < longest/2 && !tokenEnd(src[start-1]) {
			start--
		}
		for end < len(src) && end-start < longest && !tokenEnd(src[end]) {
			end++
		}
		return segment{start, end, unpercent(src[start:end]), "percent"}
	}
	return none(src)
}

func unpercent(word []byte) []byte {
	out := make([]byte, 0, len(word))
	for i := 0; i < len(word); i++ {
		if word[i] == '%' && i+2 < len(word) && hexByte.has(word[i+1]) && hexByte.has(word[i+2]) {
			out = append(out, nibble(word[i+1])<<4|nibble(word[i+2]))
			i += 2
			continue
		}
		out = append(out, word[i])
	}
	return out
}

func nibble(b byte) byte {
	switch {
	case b <= '9':
		return b - '0'
	case b <= 'F':
		return b - 'A' + 10
	}
	return b - 'a' + 10
}
