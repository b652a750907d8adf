package scan

import "encoding/binary"

// searcher finds many patterns in one pass (Aho and Corasick, 1975). Its edges
// are in one hash table: the patterns may be long and many.
type searcher struct {
	lengths []int
	edges   []edge // a power of two of them, open addressing
	fail    []uint32
	ends    []int32  // of each state, the pattern that ends there, -1 for none
	output  []uint32 // of each state, the nearest by fail that ends a pattern, 0 for none
	heads   []uint64 // a bit for the hash of the first four bytes of each pattern
}

type edge struct {
	key uint64 // state<<8 | byte, plus one; 0 is free
	to  uint32
}

const headBits = 18

func headHash(b []byte) uint32 { return binary.LittleEndian.Uint32(b) * 0x9E3779B1 >> (32 - headBits) }

// newSearcher takes patterns of four bytes or more, each once.
func newSearcher(patterns []string) *searcher {
	total := 1
	for _, p := range patterns {
		total += len(p)
	}
	size := 1024
	for size < 2*total {
		size *= 2
	}
	s := &searcher{edges: make([]edge, size), ends: []int32{-1}, heads: make([]uint64, 1<<headBits/64)}
	for n, p := range patterns {
		s.lengths = append(s.lengths, len(p))
		h := headHash([]byte(p[:4]))
		s.heads[h/64] |= 1 << (h % 64)
		state := uint32(0)
		for i := range len(p) {
			at := s.slot(state, p[i])
			if s.edges[at].key == 0 {
				s.edges[at] = edge{key: uint64(state)<<8 | uint64(p[i]) + 1<<40, to: uint32(len(s.ends))}
				s.ends = append(s.ends, -1)
			}
			state = s.edges[at].to
		}
		s.ends[state] = int32(n)
	}
	s.link(patterns)
	return s
}

// slot is where the edge is, or would be.
func (s *searcher) slot(state uint32, b byte) int {
	key := uint64(state)<<8 | uint64(b) + 1<<40
	mask := len(s.edges) - 1
	i := int(key*0x9E3779B97F4A7C15>>32) & mask
	for s.edges[i].key != 0 && s.edges[i].key != key {
		i = (i + 1) & mask
	}
	return i
}

func (s *searcher) next(state uint32, b byte) (uint32, bool) {
	e := &s.edges[s.slot(state, b)]
	return e.to, e.key != 0
}

// link sets fail and output, state by state in the order of their depth: all
// patterns advance together, a byte a round.
func (s *searcher) link(patterns []string) {
	s.fail = make([]uint32, len(s.ends))
	s.output = make([]uint32, len(s.ends))
	at := make([]uint32, len(patterns))
	active := make([]int, len(patterns))
	for i := range active {
		active[i] = i
	}
	for depth := 0; len(active) > 0; depth++ {
		rest := active[:0]
		for _, n := range active {
			p := patterns[n]
			if depth >= len(p) {
				continue
			}
			parent := at[n]
			child, _ := s.next(parent, p[depth])
			at[n] = child
			if depth > 0 && s.fail[child] == 0 {
				f := s.fail[parent]
				for {
					if to, ok := s.next(f, p[depth]); ok {
						s.fail[child] = to
						break
					}
					if f == 0 {
						break
					}
					f = s.fail[f]
				}
				if f = s.fail[child]; s.ends[f] >= 0 {
					s.output[child] = f
				} else {
					s.output[child] = s.output[f]
				}
			}
			rest = append(rest, n)
		}
		active = rest
	}
}

// find calls hit for each place of a pattern, by where it ends, until hit says no.
func (s *searcher) find(src []byte, hit func(pattern, start, end int) bool) {
	if len(s.lengths) == 0 {
		return
	}
	state := uint32(0)
	for i := 0; i < len(src); i++ {
		if state == 0 { // only where a pattern can begin
			for ; i+4 <= len(src); i++ {
				if h := headHash(src[i:]); s.heads[h/64]>>(h%64)&1 == 1 {
					break
				}
			}
			if i+4 > len(src) {
				return
			}
		}
		for {
			to, ok := s.next(state, src[i])
			if ok {
				state = to
				break
			}
			if state == 0 {
				break
			}
			state = s.fail[state]
		}
		for o := state; o != 0; o = s.output[o] {
			if n := s.ends[o]; n >= 0 {
				if !hit(int(n), i+1-s.lengths[n], i+1) {
					return
				}
			}
		}
	}
}
