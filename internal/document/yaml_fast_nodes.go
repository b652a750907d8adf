package document

import "hash/maphash"

// nodeSlab hands out nodes and lists of them from few, large allocations.
type nodeSlab struct {
	chunk int
	nodes []Node
	lists []*Node
}

// expect says how many nodes are likely to be asked for.
func (s *nodeSlab) expect(n int) { s.chunk = min(max(n+1, 16), 1024) }

func (s *nodeSlab) node() *Node {
	if len(s.nodes) == 0 {
		s.nodes = make([]Node, s.chunk)
	}
	n := &s.nodes[0]
	s.nodes = s.nodes[1:]
	return n
}

// items copies a list of nodes.
func (s *nodeSlab) items(from []*Node) []*Node {
	if len(from) > len(s.lists) {
		if len(from) >= s.chunk {
			return append(make([]*Node, 0, len(from)), from...)
		}
		s.lists = make([]*Node, s.chunk)
	}
	n := copy(s.lists, from)
	out := s.lists[:n:n]
	s.lists = s.lists[n:]
	return out
}

// keyTable finds keys that stand twice in a map: an open hash table, used
// again for each map, under a seed that no source can know.
type keyTable struct {
	seed  maphash.Seed
	slots []uint32
}

// distinct reports whether no two entries have the same key.
func (t *keyTable) distinct(items []*Node) bool {
	if len(items) <= 8 {
		for i, a := range items {
			for _, b := range items[:i] {
				if a.Kind != Comment && b.Kind != Comment && a.Key == b.Key {
					return false
				}
			}
		}
		return true
	}
	size := 16
	for size < 2*len(items) {
		size *= 2
	}
	if len(t.slots) < size {
		t.seed, t.slots = maphash.MakeSeed(), make([]uint32, size)
	}
	slots := t.slots[:size]
	clear(slots)
	for i, n := range items {
		if n.Kind == Comment {
			continue
		}
		h := int(maphash.String(t.seed, n.Key)) & (size - 1)
		for slots[h] != 0 {
			if items[slots[h]-1].Key == n.Key {
				return false
			}
			h = (h + 1) & (size - 1)
		}
		slots[h] = uint32(i + 1)
	}
	return true
}
