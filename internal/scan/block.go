package scan

import "bytes"

// blockEnd is windowEnd for gitleaks' private-key rule, whose expression goes
// on to the next "KEY-----", however far: the window of a word that ends at end
// ends after the first one that no header can hold.
func (p *pass) blockEnd(st *state, end int) int {
	const (
		header = 100 + len("PRIVATE KEY BLOCK-----")
		least  = 64 * 4 // bytes of 64 runes
		foot   = len("KEY BLOCK-----")
	)
	src := p.t.src
	from := end + header + least
	if from >= len(src) {
		return len(src)
	}
	if st.runs == nil {
		st.runs = []span{{0, -1}}
	}
	known := &st.runs[0]
	if from < known.start || from > known.end {
		*known = span{from, nextFoot(src, from)}
	}
	return min(len(src), max(known.end, from)+foot+1)
}

// nextFoot returns where the next KEY----- or KEY BLOCK----- begins, len(src) if
// there is none.
func nextFoot(src []byte, from int) int {
	for i := from; ; i++ {
		n := bytes.Index(src[i:], []byte("-----"))
		if n < 0 {
			return len(src)
		}
		i += n
		for _, foot := range []string{"key", "key block"} {
			if start := i - len(foot); start >= from && bytes.EqualFold(src[start:i], []byte(foot)) {
				return start
			}
		}
	}
}
