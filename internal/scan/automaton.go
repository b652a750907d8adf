package scan

import "slices"

// automaton finds all of a set of words in one pass (Aho and Corasick, 1975),
// ASCII letters of either case being the same. It is a complete table: one
// look-up for each byte.
type automaton struct {
	classOf [256]uint8
	classes int
	next    []uint16   // state*classes + class
	words   [][]uint16 // of each state, the words that end there, longest first
	ending  uint16     // the states from here on have words
}

// newAutomaton takes words in lower case; none may be empty. Their total
// length must be below 65,536.
func newAutomaton(words []string) *automaton {
	a := &automaton{classes: 1}
	for _, w := range words {
		for i := range len(w) {
			if a.classOf[w[i]] == 0 {
				a.classOf[w[i]] = uint8(a.classes)
				a.classes++
			}
		}
	}
	for c := byte('A'); c <= 'Z'; c++ {
		a.classOf[c] = a.classOf[c-'A'+'a']
	}

	next := make([]uint16, a.classes, a.classes*1024)
	ends := make([][]uint16, 1, 1024)
	for n, w := range words {
		s := 0
		for i := range len(w) {
			at := s*a.classes + int(a.classOf[w[i]])
			if next[at] == 0 {
				next[at] = uint16(len(ends))
				next = append(next, make([]uint16, a.classes)...)
				ends = append(ends, nil)
			}
			s = int(next[at])
		}
		ends[s] = append(ends[s], uint16(n))
	}

	// Breadth first: where there is no edge, the edge of the longest suffix.
	fail := make([]uint16, len(ends))
	queue := make([]uint16, 0, len(ends))
	for c := range a.classes {
		if s := next[c]; s != 0 {
			queue = append(queue, s)
		}
	}
	for i := 0; i < len(queue); i++ {
		s := int(queue[i])
		f := int(fail[s])
		if len(ends[f]) > 0 {
			ends[s] = append(slices.Clip(ends[s]), ends[f]...)
		}
		for c := range a.classes {
			if t := next[s*a.classes+c]; t != 0 {
				fail[t] = next[f*a.classes+c]
				queue = append(queue, t)
			} else {
				next[s*a.classes+c] = next[f*a.classes+c]
			}
		}
	}
	a.renumber(next, ends)
	return a
}

// renumber puts the states that have words last.
func (a *automaton) renumber(next []uint16, ends [][]uint16) {
	to := make([]uint16, len(ends))
	n := uint16(0)
	for s, e := range ends {
		if len(e) == 0 {
			to[s] = n
			n++
		}
	}
	a.ending = n
	for s, e := range ends {
		if len(e) > 0 {
			to[s] = n
			n++
		}
	}
	a.next = make([]uint16, len(next))
	a.words = make([][]uint16, len(ends))
	for s := range ends {
		a.words[to[s]] = ends[s]
		row := a.next[int(to[s])*a.classes:]
		for c, t := range next[s*a.classes : (s+1)*a.classes] {
			row[c] = to[t]
		}
	}
}
