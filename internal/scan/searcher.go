package scan

import (
	"encoding/binary"
	"slices"
	"sort"
	"strings"
)

// headLength is how many bytes of a pattern lead to it.
const headLength = 6

// searcher finds many long patterns in one pass. The first bytes at a place lead
// to the patterns that begin with them; these are sorted, so the ones that are
// there are found by bisection: the work at a place is a few comparisons,
// however many patterns there are. Beside the patterns it holds a few words
// for each of them, which an automaton of all their spellings does not.
type searcher struct {
	patterns []string // sorted
	ids      []int    // of each, its place in what was given
	shorter  []int    // of each, the longest other one that it begins with, -1 for none
	heads    []head   // a power of two of them, open addressing
	seen     []uint64 // a bit for the hash of the first four bytes of each
}

// head is a range of patterns that begin alike.
type head struct {
	key      uint64 // the first bytes, plus 1<<48; 0 is free
	from, to int
}

const seenBits = 18

func seenHash(b []byte) uint32 {
	return binary.LittleEndian.Uint32(b) * 0x9E3779B1 >> (32 - seenBits)
}

func headKey(b []byte) uint64 {
	return uint64(binary.LittleEndian.Uint32(b)) | uint64(binary.LittleEndian.Uint16(b[4:]))<<32 | 1<<48
}

// newSearcher takes patterns of headLength bytes or more, each once.
func newSearcher(patterns []string) *searcher {
	s := &searcher{ids: make([]int, len(patterns)), seen: make([]uint64, 1<<seenBits/64)}
	for i := range s.ids {
		s.ids[i] = i
	}
	slices.SortFunc(s.ids, func(a, b int) int { return strings.Compare(patterns[a], patterns[b]) })
	size := 16
	for size < 2*len(patterns) {
		size *= 2
	}
	s.heads = make([]head, size)
	var open []int // patterns that the next one may begin with, each with the one before
	for n, id := range s.ids {
		p := patterns[id]
		s.patterns = append(s.patterns, p)
		for len(open) > 0 && (len(p) < len(s.patterns[open[len(open)-1]]) || p[:len(s.patterns[open[len(open)-1]])] != s.patterns[open[len(open)-1]]) {
			open = open[:len(open)-1]
		}
		s.shorter = append(s.shorter, -1)
		if len(open) > 0 {
			s.shorter[n] = open[len(open)-1]
		}
		open = append(open, n)
		h := seenHash([]byte(p[:4]))
		s.seen[h/64] |= 1 << (h % 64)
		slot := s.slot(headKey([]byte(p[:headLength])))
		if slot.key == 0 {
			*slot = head{key: headKey([]byte(p[:headLength])), from: n}
		}
		slot.to = n + 1
	}
	return s
}

// slot is where the head of a key is, or would be.
func (s *searcher) slot(key uint64) *head {
	mask := uint64(len(s.heads) - 1)
	i := key * 0x9E3779B97F4A7C15 >> 20 & mask
	for s.heads[i].key != 0 && s.heads[i].key != key {
		i = (i + 1) & mask
	}
	return &s.heads[i]
}

// find calls hit for each place of a pattern, by where it begins, until hit says no.
func (s *searcher) find(src []byte, hit func(pattern, start, end int) bool) {
	if len(s.patterns) == 0 {
		return
	}
	for i := 0; i+headLength <= len(src); i++ {
		if h := seenHash(src[i:]); s.seen[h/64]>>(h%64)&1 == 0 {
			continue
		}
		h := s.slot(headKey(src[i:]))
		if h.key == 0 {
			continue
		}
		// The last pattern that is not above what stands here begins with each
		// one that is here.
		list, rest := s.patterns[h.from:h.to], src[i:]
		n := h.from + sort.Search(len(list), func(n int) bool { return list[n] > string(rest[:min(len(rest), len(list[n])+1)]) }) - 1
		for ; n >= h.from; n = s.shorter[n] {
			p := s.patterns[n]
			if len(p) <= len(rest) && p == string(rest[:len(p)]) && !hit(s.ids[n], i, i+len(p)) {
				return
			}
		}
	}
}
