package scan

import "bytes"

// allowMark is what a person writes in a comment to accept a finding.
const allowMark = "gitsecrets:allow"

// allowReach is how far from the credential, on its line, the comment may be.
const allowReach = 8 << 10

// allowed looks for the comment on the line where the credential begins, outside
// of the credential.
func (x *scan) allowed(c *candidate) string {
	if c.end == c.start {
		return ""
	}
	from, to := x.file.line(c.start, c.start+1)
	from, to = max(from, c.start-allowReach), min(to, max(c.end, c.start)+allowReach)
	if marked(x.file.src[from:c.start]) || c.end < to && marked(x.file.src[c.end:to]) {
		return "comment"
	}
	return ""
}

// marked reports whether b holds the mark as a word of its own; NULs between
// its letters, as in UTF-16, do not matter.
func marked(b []byte) bool {
	if bytes.IndexByte(b, 0) >= 0 {
		b = bytes.ReplaceAll(b, []byte{0}, nil)
	}
	for {
		_, rest, ok := bytes.Cut(b, []byte(allowMark))
		if !ok {
			return false
		}
		before := b[:len(b)-len(rest)-len(allowMark)]
		if (len(before) == 0 || !markByte(before[len(before)-1]) && before[len(before)-1] != ':') && (len(rest) == 0 || !markByte(rest[0])) {
			return true
		}
		b = rest
	}
}

// markByte is a byte that would make the mark part of a longer word.
func markByte(b byte) bool { return nameByte.has(b) && b != '.' }
