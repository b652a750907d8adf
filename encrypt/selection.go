package encrypt

import (
	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Selected is one value of a file, and whether it is encrypted or to be. It
// does not hold the value.
type Selected struct {
	Path      string // as in set
	Pos       document.Pos
	Encrypted bool
}

// Selection lists the values of a plaintext file that a rule governs, and
// which of them the rule encrypts. Empty values and nulls, which never are,
// count as not encrypted. Comments are left out; those that count are Comments.
func Selection(rule *policy.Rule, file File, plaintext []byte) ([]Selected, error) {
	tree, err := parseOrComments(file, plaintext)
	if err != nil {
		return nil, err
	}
	d := &Document{file: file, tree: tree, meta: &metadata{}}
	if err := d.choose(rule.Selector); err != nil {
		return nil, err
	}
	return listValues(tree, d.meta.selector, func(v *visit) bool { return v.selected && !isNothing(v.node) })
}

func listValues(tree *document.Document, selector policy.Selector, encrypted func(*visit) bool) ([]Selected, error) {
	var out []Selected
	err := eachLeaf(tree, selector, func(w *walker, v *visit) {
		if v.node.Kind != document.Comment {
			out = append(out, Selected{Path: w.place().String(), Pos: v.node.Pos, Encrypted: encrypted(v)})
		}
	})
	return out, err
}

// eachLeaf hands on every value and comment of a tree, and the walker, which knows
// where it stands.
func eachLeaf(tree *document.Document, selector policy.Selector, each func(*walker, *visit)) error {
	w := &walker{sel: selector, aad: make([]byte, 0, 256)}
	w.leaf = func(v *visit) error {
		each(w, v)
		return nil
	}
	for _, root := range tree.Roots {
		if n, err := w.entries(root); err != nil {
			return &ValueError{Path: w.place().String(), Line: n.Pos.Line, Msg: err.Error()}
		}
	}
	return nil
}
