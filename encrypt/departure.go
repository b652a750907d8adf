package encrypt

import (
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Departure is what follows from readers of a file that went: whoever could
// open it and cannot any more.
type Departure struct {
	// Keys are the master keys that no group names any more. There are none
	// where only the groups or the threshold ask for more keys than before.
	Keys []policy.Key
	// Values are the first encrypted values that could be read, as set names
	// them, and Count is how many there are. A binary file is one value, without a name.
	Values []string
	Count  int
	// Kept: the data key that they know was kept, with KeepDataKey.
	Kept bool
}

// DepartureError is why a file cannot have the new data key that it needs.
type DepartureError struct{ Err error }

func (e *DepartureError) Error() string {
	return "somebody loses access, so a new data key is needed: " + e.Err.Error()
}

func (e *DepartureError) Unwrap() error { return e.Err }

// needed says of an error that it keeps a new data key from a file; g is nil
// where nobody went.
func (g *Departure) needed(err error) error {
	if g == nil || err == nil {
		return err
	}
	return &DepartureError{err}
}

// maxDepartureValues is how many values a Departure names.
const maxDepartureValues = 5

// readers are the key groups of a file, and how many of them open it.
type readers struct {
	groups    []policy.Group
	threshold int
}

func (m *metadata) readers() readers {
	return readers{keysOf(m.groups), m.threshold}
}

// keysOf returns the keys of wrapped data keys.
func keysOf(wrapped [][]Wrapped) []policy.Group {
	groups := make([]policy.Group, len(wrapped))
	for i, g := range wrapped {
		for _, w := range g {
			groups[i] = append(groups[i], w.Key)
		}
	}
	return groups
}

// needed is how many groups open the file.
func (r readers) needed() int {
	if len(r.groups) < 2 {
		return 1
	}
	return effectiveThreshold(r.threshold, len(r.groups))
}

// departed returns what became of before's readers; nil if all of them can
// still open the file. A group that loses a member loses a reader, also where the
// key stands in another group; so does a file that asks for more groups.
func departed(before, after readers) *Departure {
	whole := slices.Concat(after.groups...)
	gone := &Departure{}
	for _, key := range slices.Concat(before.groups...) {
		if !reads(whole, key) && !reads(gone.Keys, key) {
			gone.Keys = append(gone.Keys, key)
		}
	}
	if len(gone.Keys) > 0 {
		return gone
	}
	if after.needed() == 1 || len(before.groups) == 0 {
		return nil
	}
	if before.needed() < after.needed() || !eachHasItsOwn(before.groups, after.groups) {
		return gone
	}
	return nil
}

// reads reports whether a group names a reader.
func reads(group policy.Group, key policy.Key) bool {
	return slices.ContainsFunc(group, key.SameReader)
}

// eachHasItsOwn reports whether each group of before can be given a group of
// after, no two the same one, that holds all its readers.
func eachHasItsOwn(before, after []policy.Group) bool {
	owner := make([]int, len(after)) // index in before, from 1; 0: free
	var place func(i int, tried []bool) bool
	place = func(i int, tried []bool) bool {
		for j, group := range after {
			if tried[j] || slices.ContainsFunc(before[i], func(k policy.Key) bool { return !reads(group, k) }) {
				continue
			}
			tried[j] = true
			if owner[j] == 0 || place(owner[j]-1, tried) {
				owner[j] = i + 1
				return true
			}
		}
		return false
	}
	for i := range before {
		if !place(i, make([]bool, len(after))) {
			return false
		}
	}
	return true
}

// couldRead notes the encrypted values of a tree, sealed or not.
func (g *Departure) couldRead(format Format, tree *document.Document, selector policy.Selector) {
	if g.Count > 0 {
		return
	}
	// No error can come: nothing is looked into.
	_ = walkTree(tree.Roots, selector, true, func(v *visit) error {
		n := v.node
		if !v.selected || n.Kind == document.Comment || n.Kind == document.Null || n.Kind == document.String && n.Text == "" {
			return nil
		}
		if g.Count++; g.Count <= maxDepartureValues && format != Binary {
			g.Values = append(g.Values, v.way.place().String())
		}
		return nil
	})
}

// join takes over what another departure says.
func (g *Departure) join(other *Departure) *Departure {
	if g == nil {
		return other
	}
	if other == nil {
		return g
	}
	for _, key := range other.Keys {
		if !reads(g.Keys, key) {
			g.Keys = append(g.Keys, key)
		}
	}
	if g.Count == 0 {
		g.Values, g.Count = other.Values, other.Count
	}
	return g
}
