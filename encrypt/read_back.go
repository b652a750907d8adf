package encrypt

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/gitsecrets/gitsecrets/internal/document"
)

// errReadBack is a file that we would have written and that does not read back
// as what it was made from: a defect of ours, or a tree that the format cannot
// hold.
var errReadBack = errors.New("the sealed file does not read back as it was written; it was discarded")

// readAgain is a sealed file as a reader will see it.
type readAgain struct {
	tree *document.Document
	same bool // it agrees with the tree that was written in what the MAC leaves out, too
	// moved says that an encrypted comment is read under another path than
	// it was written under.
	moved bool
}

// readBack parses what is about to be returned and holds it against the tree that it was
// made from, and each value against the selector: what seals must open.
func (d *Document) readBack(out []byte, sealed *document.Document) (*readAgain, error) {
	got, meta, err := readSealed(File{Name: d.file.Name, Input: d.file.Output}, out)
	if err != nil {
		return nil, errReadBack
	}
	if len(got.Roots) != len(sealed.Roots) {
		return nil, errReadBack
	}
	again := &readAgain{tree: got, same: true}
	for i := range got.Roots {
		var c comparison
		if d.file.Output == INI {
			c.loose = dropDefault(got.Roots[i], sealed.Roots[i])
		}
		if !c.kept(got.Roots[i], sealed.Roots[i], 0) {
			return nil, errReadBack
		}
		if c.comments[0] != c.comments[1] {
			if n := lostComment(got.Roots[i], sealed.Roots[i]); n != nil && d.file.Output != JSON && d.file.Output != Binary {
				return nil, errLostComment(n)
			}
			again.same = false
		}
		again.same = again.same && !c.loose
		again.moved = again.moved || c.places[0] != c.places[1]
	}
	ciphertexts := -1
	if d.rule != nil {
		c := &checker{}
		if err := c.tree(d.rule, d.file, got, meta); err != nil {
			return nil, err
		}
		ciphertexts = c.ciphertexts // by the same selector, or that is a problem
	}
	if d.cipher == nil {
		return again, nil
	}
	if ciphertexts < 0 {
		if ciphertexts, err = countCiphertexts(got, meta); err != nil {
			return nil, err
		}
	}
	if ciphertexts != d.ciphertexts {
		return nil, errSelection
	}
	return again, nil
}

// lostComment returns a comment of want that is not in got.
func lostComment(got, want *document.Node) *document.Node {
	have := map[string]int{}
	eachComment(got, func(n *document.Node) { have[n.Text]++ })
	var lost *document.Node
	eachComment(want, func(n *document.Node) {
		if have[n.Text]--; have[n.Text] < 0 && lost == nil {
			lost = n
		}
	})
	return lost
}

func eachComment(n *document.Node, f func(*document.Node)) {
	for _, item := range n.Items {
		if item.Kind == document.Comment {
			f(item)
		}
		eachComment(item, f)
	}
}

// errLostComment says which comment no reader would find in what was written.
func errLostComment(n *document.Node) error {
	const msg = "a comment would be lost: the format has no place for it; move it above a value"
	if n.Pos.Line == 0 {
		return errors.New(msg)
	}
	return fmt.Errorf("line %d: %s", n.Pos.Line, msg)
}

// countCiphertexts counts the values that a sealed file has encrypted, by its
// own selector.
func countCiphertexts(tree *document.Document, meta *metadata) (n int, err error) {
	err = walkTree(tree.Roots, meta.selector, false, func(v *visit) error {
		if !v.selected || v.node.Kind == document.Comment || isNothing(v.node) {
			return nil
		}
		if _, ok := parseSealed(v.node.Text); !ok || v.node.Kind != document.String {
			return errSelection
		}
		n++
		return nil
	})
	return n, err
}

// dropDefault takes the default section, which a reader finds in every INI
// file, out of one that was made of a tree without it.
func dropDefault(got, want *document.Node) bool {
	const name = "DEFAULT"
	if len(got.Items) == 0 || got.Items[0].Key != name || len(got.Items[0].Items) > 0 ||
		slices.ContainsFunc(want.Items, func(n *document.Node) bool { return n.Key == name }) {
		return false
	}
	got.Items = got.Items[1:]
	return true
}

// errSelection is a file whose selector, by comments, sees other comments in
// the sealed file than in the plaintext, because some of them were encrypted.
var errSelection = errors.New("would not be decrypted again: once its comments are encrypted, the selector chooses other values")

// comparison holds a tree that was read against the one that was written.
type comparison struct {
	comments [2][4]uint64 // sums of the comments' hashes, read and written
	places   [2]uint64    // sums over the encrypted comments and the paths that they stand under
	names    uint64       // maps and lists that were met under a name of their own
	loose    bool         // a scalar came back as another kind with the same text
}

// kept reports whether got has the same names and values as want, in the same
// order. Both stand under the path of that number; as in the authenticated data
// of a ciphertext, only names make a path.
func (c *comparison) kept(got, want *document.Node, path uint64) bool {
	if want.Kind != document.Map && want.Kind != document.List {
		return c.keptScalar(got, want)
	}
	if got.Kind != want.Kind {
		return false
	}
	i, j := 0, 0
	for {
		i = c.skipComments(got.Items, i, 0, path)
		j = c.skipComments(want.Items, j, 1, path)
		if i == len(got.Items) || j == len(want.Items) {
			return i == len(got.Items) && j == len(want.Items)
		}
		below := path
		if want.Kind == document.Map {
			c.names++
			below = c.names
		}
		c.loose = c.loose || got.Items[i].Merge != want.Items[j].Merge
		if got.Items[i].Key != want.Items[j].Key || !c.kept(got.Items[i], want.Items[j], below) {
			return false
		}
		i++
		j++
	}
}

// skipComments counts in the comments from items[i] on, which stand under the
// path of that number, on one side of the comparison.
func (c *comparison) skipComments(items []*document.Node, i, side int, path uint64) int {
	for ; i < len(items) && items[i].Kind == document.Comment; i++ {
		addComment(&c.comments[side], items[i].Text)
		if nonce, ok := nonceOf(items[i].Text); ok && len(nonce) >= 8 {
			c.places[side] += binary.BigEndian.Uint64(nonce) * (2*path + 1)
		}
	}
	return i
}

func (c *comparison) keptScalar(got, want *document.Node) bool {
	c.loose = c.loose || got.Kind != want.Kind
	if isNothing(got) || isNothing(want) {
		// The flat formats write null as an empty string.
		return isNothing(got) && isNothing(want)
	}
	a, _, errA := scalarText(got)
	b, _, errB := scalarText(want)
	return errA == nil && errB == nil && a == b
}

func isNothing(n *document.Node) bool {
	return n.Kind == document.Null || n.Kind == document.String && n.Text == ""
}
