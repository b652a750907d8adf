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

// userFlagFollows reports whether a -u or --user comes after a word that ends at
// end, with no more line breaks between than gitleaks' curl-auth-user allows:
// its expression knows no other bound.
func (p *pass) userFlagFollows(st *state, end int) bool {
	const breaks = 5*2 + 1
	src := p.t.src
	if st.flag.end == 0 || end < st.flag.start || end > st.flag.end {
		st.flag = span{end, nextUserFlag(src, end)}
	}
	if st.flag.end >= len(src) {
		return false
	}
	lines := p.t.index()
	from, _ := lines.at(end)
	to, _ := lines.at(st.flag.end)
	return to-from <= breaks
}

// nextUserFlag returns where the next -u or --user begins, len(src) if there is none.
func nextUserFlag(src []byte, from int) int {
	for i := from; ; {
		n := bytes.Index(src[i:], []byte("-u"))
		if n < 0 {
			return len(src)
		}
		i += n
		start := i
		if start > from && src[start-1] == '-' {
			start--
		}
		if start > from && (src[start-1] == ' ' || src[start-1] == '\t' || src[start-1] == '\n' || src[start-1] == '\r') {
			return start
		}
		i++
	}
}
