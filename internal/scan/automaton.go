package scan

import "slices"

// automaton finds all of a set of words in one pass (Aho and Corasick, 1975),
// ASCII letters of either case being the same. It is a complete table: one
// look-up for each byte.
type automaton struct {
	classOf [256]uint8
	classes int
	next    []uint16   // state*classes + class
	ending  uint16     // the states from here on have words
	words   [][]uint16 // of each of these, the words that end there, longest first
}

// trie holds the words before the table is made of them. Node 0 is the root.
type trie struct {
	nodes []trieNode
	order []uint16 // all nodes but the root, the nearer to it the earlier
}

type trieNode struct {
	child, sibling uint16 // 0: none
	fail           uint16 // the node of the longest proper suffix
	state          uint16 // of the automaton
	class          uint8
	words          []uint16
}

// newAutomaton takes words in lower case; none may be empty. Their total
// length must be below 65,536.
func newAutomaton(words []string) *automaton {
	a := &automaton{classes: 1}
	length := 0
	for _, w := range words {
		length += len(w)
		for i := range len(w) {
			if a.classOf[w[i]] == 0 {
				a.classOf[w[i]] = uint8(a.classes)
				a.classes++
			}
		}
	}
	t := &trie{nodes: make([]trieNode, 1, length+1)}
	for n, w := range words {
		at := uint16(0)
		for i := range len(w) {
			at = t.grow(at, a.classOf[w[i]])
		}
		t.nodes[at].words = append(t.nodes[at].words, uint16(n))
	}
	for c := byte('A'); c <= 'Z'; c++ {
		a.classOf[c] = a.classOf[c-'A'+'a']
	}
	t.link()
	a.number(t)
	a.fill(t)
	return a
}

// edge returns the node behind another; 0 if there is none.
func (t *trie) edge(from uint16, class uint8) uint16 {
	n := t.nodes[from].child
	for n != 0 && t.nodes[n].class != class {
		n = t.nodes[n].sibling
	}
	return n
}

func (t *trie) grow(from uint16, class uint8) uint16 {
	n := t.edge(from, class)
	if n == 0 {
		n = uint16(len(t.nodes))
		t.nodes = append(t.nodes, trieNode{class: class, sibling: t.nodes[from].child})
		t.nodes[from].child = n
	}
	return n
}

// link finds the suffixes, breadth first, and gives each node their words too.
func (t *trie) link() {
	t.order = make([]uint16, 0, len(t.nodes))
	for i, at := -1, uint16(0); ; at = t.order[i] {
		for n := t.nodes[at].child; n != 0; n = t.nodes[n].sibling {
			t.order = append(t.order, n)
			if at == 0 {
				continue
			}
			node := &t.nodes[n]
			f := t.nodes[at].fail
			node.fail = t.edge(f, node.class)
			for node.fail == 0 && f != 0 {
				f = t.nodes[f].fail
				node.fail = t.edge(f, node.class)
			}
			if more := t.nodes[node.fail].words; len(more) > 0 {
				node.words = append(slices.Clip(node.words), more...)
			}
		}
		if i++; i == len(t.order) {
			return
		}
	}
}

// number gives states to the nodes; those that have words come last.
func (a *automaton) number(t *trie) {
	state := uint16(1) // the root is 0
	for _, n := range t.order {
		if len(t.nodes[n].words) == 0 {
			t.nodes[n].state = state
			state++
		}
	}
	a.ending = state
	for _, n := range t.order {
		if len(t.nodes[n].words) > 0 {
			t.nodes[n].state = state
			a.words = append(a.words, t.nodes[n].words)
			state++
		}
	}
}

// fill writes the table: where there is no edge, it has that of the suffix.
func (a *automaton) fill(t *trie) {
	a.next = make([]uint16, len(t.nodes)*a.classes)
	row := func(n uint16) []uint16 {
		at := int(t.nodes[n].state) * a.classes
		return a.next[at : at+a.classes]
	}
	edges := func(n uint16) {
		own := row(n)
		for c := t.nodes[n].child; c != 0; c = t.nodes[c].sibling {
			own[t.nodes[c].class] = t.nodes[c].state
		}
	}
	edges(0)
	for _, n := range t.order {
		copy(row(n), row(t.nodes[n].fail))
		edges(n)
	}
}
