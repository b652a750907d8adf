package document

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Merge puts together what two sides made of base: what one of them changed is
// taken, by the value. conflicts are the paths, as in set, at which both changed
// something and not to the same; with any, the merged document is not one to use.
// An empty path stands for the whole document. Comments belong to the value that
// follows them. Nodes are shared with the sides.
func Merge(base, mine, theirs *Document) (merged *Document, conflicts []string) {
	m := &merging{}
	merged = &Document{Format: theirs.Format}
	if n := len(theirs.Roots); len(base.Roots) != n || len(mine.Roots) != n {
		list := func(d *Document) *Node { return &Node{Kind: List, Items: d.Roots} }
		if chosen := m.value("", list(base), list(mine), list(theirs)); chosen != nil {
			merged.Roots = chosen.Items
		}
		return merged, m.conflicts
	}
	for i := range theirs.Roots {
		merged.Roots = append(merged.Roots, m.value("", base.Roots[i], mine.Roots[i], theirs.Roots[i]))
	}
	return merged, m.conflicts
}

type merging struct{ conflicts []string }

func (m *merging) conflict(path string) {
	if !slices.Contains(m.conflicts, path) {
		m.conflicts = append(m.conflicts, path)
	}
}

// value merges one value. base is nil where it is new on both sides.
func (m *merging) value(path string, base, mine, theirs *Node) *Node {
	switch {
	case same(mine, theirs), same(mine, base):
		return theirs
	case same(theirs, base):
		return mine
	case mine.Kind != theirs.Kind || base != nil && base.Kind != mine.Kind:
		m.conflict(path)
		return theirs
	}
	if base == nil {
		base = &Node{Kind: mine.Kind}
	}
	b, okB := entriesOf(base)
	x, okX := entriesOf(mine)
	y, okY := entriesOf(theirs)
	if !okB || !okX || !okY || mine.Kind == List && (len(b.list) != len(x.list) || len(b.list) != len(y.list)) {
		m.conflict(path)
		return theirs
	}
	merged := *theirs
	merged.Items = m.entries(path, b, x, y)
	return &merged
}

// entries are the items of a map or a list: each value with the comments that
// stand before it.
type entries struct {
	list []*entry
	at   map[entryKey]*entry
	tail []*Node // comments behind the last value
}

type entry struct {
	key      entryKey
	comments []*Node
	value    *Node
}

// entryKey tells the entries of a map or a list apart.
type entryKey struct {
	name         string
	index        int
	badKey, join bool
}

// step is the key as a step of a path.
func (k entryKey) step() string {
	if k.index >= 0 {
		return fmt.Sprintf("[%d]", k.index)
	}
	return fmt.Sprintf("[%q]", k.name)
}

// entriesOf takes the items of a node apart. It reports false for a scalar and for
// a map that has a key twice.
func entriesOf(n *Node) (*entries, bool) {
	if n.Kind != Map && n.Kind != List {
		return nil, false
	}
	e := &entries{at: map[entryKey]*entry{}}
	for _, item := range n.Items {
		if item.Kind == Comment {
			e.tail = append(e.tail, item)
			continue
		}
		key := entryKey{name: item.Key, index: -1, badKey: item.BadKey, join: item.Merge}
		if n.Kind == List {
			key = entryKey{index: len(e.list)}
		}
		if e.at[key] != nil {
			return nil, false
		}
		at := &entry{key, e.tail, item}
		e.tail, e.at[key] = nil, at
		e.list = append(e.list, at)
	}
	return e, true
}

// entries merges the entries of maps, or of lists of one length.
func (m *merging) entries(path string, base, mine, theirs *entries) []*Node {
	// The order is theirs, unless only mine has another one than base.
	first, second := theirs, mine
	if base.orderedLike(theirs) {
		first, second = mine, theirs
	}
	var items []*Node
	for _, key := range interleave(first, second) {
		comments, value := m.entry(path+key.step(), base.at[key], mine.at[key], theirs.at[key])
		items = append(items, comments...)
		if value != nil {
			items = append(items, value)
		}
	}
	return append(items, m.comments(path, base.tail, mine.tail, theirs.tail)...)
}

// entry merges one entry; nil is one that is not there.
func (m *merging) entry(path string, base, mine, theirs *entry) (comments []*Node, value *Node) {
	if mine == nil || theirs == nil {
		there := mine
		if there == nil {
			there = theirs
		}
		if base != nil && sameEntry(base, there) {
			return nil, nil // deleted, and left alone by the other side
		}
		if base != nil {
			m.conflict(path) // deleted, and changed by the other side
		}
		return there.comments, there.value
	}
	before := &entry{}
	if base != nil {
		before = base
	}
	return m.comments(path, before.comments, mine.comments, theirs.comments), m.value(path, before.value, mine.value, theirs.value)
}

// comments merges the comments before one value.
func (m *merging) comments(path string, base, mine, theirs []*Node) []*Node {
	list := func(items []*Node) *Node { return &Node{Kind: List, Items: items} }
	b, x, y := list(base), list(mine), list(theirs)
	switch {
	case same(x, y), same(x, b):
		return theirs
	case same(y, b):
		return mine
	}
	m.conflict(path)
	return theirs
}

// orderedLike reports whether the keys that both have stand in the same order.
func (e *entries) orderedLike(other *entries) bool {
	var common, others []entryKey
	for _, x := range e.list {
		if other.at[x.key] != nil {
			common = append(common, x.key)
		}
	}
	for _, x := range other.list {
		if e.at[x.key] != nil {
			others = append(others, x.key)
		}
	}
	return slices.Equal(common, others)
}

// interleave returns the keys of first, and those that only second has each
// behind the one that it follows there.
func interleave(first, second *entries) []entryKey {
	var keys []entryKey // those that stand before all of first's
	behind := map[entryKey][]entryKey{}
	var last *entry // of those that both have
	for _, x := range second.list {
		switch {
		case first.at[x.key] != nil:
			last = x
		case last == nil:
			keys = append(keys, x.key)
		default:
			behind[last.key] = append(behind[last.key], x.key)
		}
	}
	for _, x := range first.list {
		keys = append(append(keys, x.key), behind[x.key]...)
	}
	return keys
}

func sameEntry(a, b *entry) bool {
	return same(a.value, b.value) && slices.EqualFunc(a.comments, b.comments, same)
}

// same reports whether two nodes are alike in all that a file shows. nil is like
// nothing.
func same(a, b *Node) bool {
	if a == nil || b == nil {
		return false
	}
	if a.Kind != b.Kind || a.Key != b.Key || a.BadKey != b.BadKey || a.Merge != b.Merge || a.Inline != b.Inline {
		return false
	}
	switch a.Kind {
	case Map, List:
		return slices.EqualFunc(a.Items, b.Items, same)
	case String, Comment, Other:
		return a.Text == b.Text
	case Int:
		return a.Int == b.Int
	case Float:
		return math.Float64bits(a.Float) == math.Float64bits(b.Float)
	case Bool:
		return a.Bool == b.Bool
	case Time:
		return a.Time.Equal(*b.Time)
	}
	return true
}

// ConflictError says where a [Merge] found that both sides changed something.
type ConflictError struct{ Paths []string }

func (e *ConflictError) Error() string {
	var named []string
	for _, path := range e.Paths {
		if path == "" {
			path = "the document as a whole"
		}
		named = append(named, path)
	}
	if len(named) > 5 {
		named = append(named[:5], fmt.Sprintf("%d more", len(named)-5))
	}
	return "both changed " + strings.Join(named, ", ")
}
