package encrypt

import (
	"bytes"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

func now() time.Time { return time.Now().UTC() }

// Replace puts a new plaintext (in the file's output format, as Plaintext
// writes it) in the place of the old and reports whether anything changed. The
// document may alias plaintext.
func (d *Document) Replace(plaintext []byte, opts SealOptions) (changed bool, err error) {
	return d.replaceFrom(d.file.Output, plaintext, opts)
}

func (d *Document) replaceFrom(format Format, plaintext []byte, opts SealOptions) (bool, error) {
	tree, warnings, err := readPlain(d.file, format, plaintext, opts.AllowLossy)
	if err != nil {
		return false, err
	}
	if err := checkScalars(tree); err != nil {
		return false, err
	}
	d.Warnings = append(d.Warnings, warnings...)
	d.put(tree)
	return d.changed, nil
}

// ReplaceWithMetadata is Replace for a text with the sops metadata in it, as
// PlaintextWithMetadata wrote it. What of the metadata was changed holds from then on.
func (d *Document) ReplaceWithMetadata(plaintext []byte, opts SealOptions) (bool, error) {
	tree, meta, err := readSealed(File{Name: d.file.Name, Input: d.file.Output}, plaintext)
	if err != nil {
		return false, err
	}
	warnings, err := judgeLosses(tree, opts.AllowLossy)
	if err != nil {
		return false, err
	}
	if err := checkScalars(tree); err != nil {
		return false, err
	}
	d.Warnings = append(d.Warnings, warnings...)
	before := d.meta
	d.meta = meta
	// The MAC is ours to compute, whatever became of the text that stood for it.
	d.meta.mac, d.meta.lastModified = before.mac, before.lastModified
	if a, b := d.meta.node(), before.node(); !d.equal(a, b) {
		d.changed = true
	}
	d.put(tree)
	return d.changed, nil
}

// put makes tree the document's, with the ciphertext of all that stayed.
func (d *Document) put(tree *document.Document) {
	text, shown := d.shown()
	if shown != nil && d.equal(asList(tree), asList(shown)) {
		return
	}
	d.keepTypes(tree, shown)
	if d.equal(asList(tree), asList(d.tree)) || d.prints(tree, text) {
		return
	}
	keepEqual(d.sealedAs, asList(d.tree), asList(tree))
	d.tree, d.changed = tree, true
	if newer(SOPSVersion, d.meta.version) {
		d.meta.version = SOPSVersion
	}
}

// prints reports whether tree is written as text. A comment can stand at
// several places of a tree that all look the same in the file.
func (d *Document) prints(tree *document.Document, text []byte) bool {
	if text == nil {
		return false
	}
	got, err := d.file.encodeTree(tree)
	return err == nil && bytes.Equal(got, text)
}

// shown is the text that the document is written as, and what a reader makes of
// that; nil if it cannot be written or read. Comments may stand elsewhere there,
// and values have other types.
func (d *Document) shown() (text []byte, again *document.Document) {
	text, err := d.Plaintext()
	if err != nil {
		return nil, nil
	}
	again, err = parseTree(d.file.Output, text, document.ParseOptions{})
	if err != nil {
		return text, nil
	}
	return text, again
}

// keepTypes gives the values of a new tree that were not touched the type that
// they had: written out, the float 2 is an integer, and in a flat format
// everything is a string. What each value looks like once it is written and
// read again, the old tree as it is shown tells.
func (d *Document) keepTypes(tree, again *document.Document) {
	if again == nil {
		return
	}
	var old []*document.Node
	each(asList(d.tree), func(_ leafKey, n *document.Node) { old = append(old, n) })
	was := map[leafKey][]*document.Node{}
	retyped := false
	i := 0
	each(asList(again), func(k leafKey, n *document.Node) {
		// Those that kept their kind count too: of 2 and 2.0 in one list only
		// the second is a float.
		if i < len(old) {
			was[k] = append(was[k], old[i])
			retyped = retyped || n.Kind != old[i].Kind
		}
		i++
	})
	if i != len(old) || !retyped {
		return
	}
	each(asList(tree), func(k leafKey, n *document.Node) {
		if left := was[k]; len(left) > 0 {
			o := left[0]
			n.Kind, n.Text, n.Int, n.Float, n.Bool, n.Time = o.Kind, o.Text, o.Int, o.Float, o.Bool, o.Time
			was[k] = left[1:]
		}
	})
}

// asList makes one node of a document's roots.
func asList(d *document.Document) *document.Node {
	return &document.Node{Kind: document.List, Items: d.Roots}
}

// checkScalars refuses values and keys that cannot be sealed, so that Replace
// can say so while the person's text is still at hand.
func checkScalars(tree *document.Document) error {
	return walkTree(tree.Roots, policy.Selector{}, false, func(v *visit) error {
		if v.node.Kind == document.Null {
			return nil
		}
		_, _, err := scalarText(v.node)
		return err
	})
}

// equal compares a new tree with the old one in all that a file shows: names,
// values, kinds, order, comments.
func (d *Document) equal(a, old *document.Node) bool {
	if a.Kind != old.Kind || a.Key != old.Key || a.Merge != old.Merge || len(a.Items) != len(old.Items) {
		return false
	}
	switch a.Kind {
	case document.Map, document.List:
		for i, item := range a.Items {
			if !d.equal(item, old.Items[i]) || item.Inline != old.Items[i].Inline && !d.goesAbove(a, old, i) {
				return false
			}
		}
		return true
	case document.Null:
		return true
	case document.Comment:
		return strings.TrimRight(a.Text, " ") == strings.TrimRight(old.Text, " ")
	}
	x, _, errX := scalarText(a)
	y, _, errY := scalarText(old)
	return errX == nil && errY == nil && x == y
}

// goesAbove reports whether an entry is a comment behind an item of a list, or
// behind a key whose value is a map or a list, that stands above it since it is encrypted: no
// file can hold it otherwise.
func (d *Document) goesAbove(parent, old *document.Node, i int) bool {
	n := parent.Items[i]
	if n.Kind != document.Comment || !n.Inline || d.sealedAs[old.Items[i]] == "" {
		return false
	}
	if parent.Kind == document.List {
		return true
	}
	for _, next := range parent.Items[i+1:] {
		if next.Kind != document.Comment {
			return next.Kind == document.Map || next.Kind == document.List
		}
	}
	return false
}

// leafKey finds values that can share a ciphertext: the same text and type at
// the same path, list indexes left out.
type leafKey struct{ aad, typ, text string }

// keepEqual hands the ciphertexts of old's leaves to equal leaves of the new
// tree: each ciphertext to one leaf, in order, so that equal items of a list
// keep each their own. old and new stand at the same path.
func keepEqual(sealedAs map[*document.Node]string, old, new *document.Node) {
	if len(sealedAs) == 0 {
		return
	}
	// The path above old and new is the same for all leaves and may be left out.
	at := map[leafKey][]string{}
	each(old, func(k leafKey, n *document.Node) {
		if sealed, ok := sealedAs[n]; ok {
			at[k] = append(at[k], sealed)
		}
	})
	each(new, func(k leafKey, n *document.Node) {
		if kept := at[k]; len(kept) > 0 {
			sealedAs[n], at[k] = kept[0], kept[1:]
		}
	})
}

// each calls f for each leaf at or below n that could be encrypted.
func each(n *document.Node, f func(leafKey, *document.Node)) {
	var aad []byte
	var walk func(n *document.Node)
	walk = func(n *document.Node) {
		switch n.Kind {
		case document.Map, document.List:
			for _, item := range n.Items {
				length := len(aad)
				if item.Kind != document.Comment && n.Kind == document.Map {
					aad = append(append(aad, item.Key...), ':')
				}
				walk(item)
				aad = aad[:length]
			}
		case document.Null:
		default:
			if text, typ, err := scalarText(n); err == nil {
				f(leafKey{string(aad), typ, text}, n)
			}
		}
	}
	walk(n)
}
