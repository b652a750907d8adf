package encrypt

import (
	"crypto/rand"
	"errors"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// encryptValues returns the sealed form of the tree, which stays as it is, and
// the MAC of its values.
func (d *Document) encryptValues() (*document.Document, *treeMAC, error) {
	c := &cloner{}
	out := &document.Document{Format: d.tree.Format}
	for _, root := range d.tree.Roots {
		out.Roots = append(out.Roots, c.clone(root))
	}
	mac := newMAC(d.meta.macOnly)
	sel := d.meta.selector
	commentsDecide := sel.Kind() == policy.UnencryptedCommentRegex
	d.ciphertexts = 0
	i := -1
	err := walkTree(out.Roots, sel, false, func(v *visit) error {
		i++
		n, original := v.node, c.leaves[i]
		if n.Kind == document.Null {
			return nil
		}
		plain, typ, err := scalarText(n)
		if err != nil {
			return err
		}
		if n.Kind != document.Comment && (v.selected || !d.meta.macOnly) {
			mac.addText(plain)
		}
		if !v.selected || plain == "" {
			return nil
		}
		sealed, ok := d.sealedAs[original]
		if !ok {
			nonce, err := d.nonces.next()
			if err != nil {
				return err
			}
			sealed = d.cipher.seal(plain, typ, nonce, v.aad)
		}
		if n.Kind == document.Comment && commentsDecide && sel.MatchComment(sealed) {
			return errors.New("matches unencrypted_comment_regex once it is encrypted: no reader would decrypt it")
		}
		n.Text = sealed
		if n.Kind != document.Comment || c.inList[i] {
			n.Kind = document.String
			d.ciphertexts++
		}
		return nil
	})
	return out, mac, err
}

// cloner copies a tree and notes the leaves of the original in the order in
// which walkTree meets their copies.
type cloner struct {
	leaves []*document.Node
	inList []bool // the leaf is an item of a list
	slab   []document.Node
}

func (c *cloner) clone(n *document.Node) *document.Node {
	if len(c.slab) == 0 {
		c.slab = make([]document.Node, 64)
	}
	copied := &c.slab[0]
	c.slab = c.slab[1:]
	*copied = *n
	if len(n.Items) > 0 {
		copied.Items = make([]*document.Node, len(n.Items))
		for i, item := range n.Items {
			copied.Items[i] = c.clone(item)
			if item.Kind != document.Map && item.Kind != document.List {
				c.inList[len(c.inList)-1] = n.Kind == document.List
			}
		}
	}
	if n.Kind != document.Map && n.Kind != document.List {
		c.leaves = append(c.leaves, n)
		c.inList = append(c.inList, false)
	}
	return copied
}

// nonceSource draws random nonces, many at a time.
type nonceSource struct{ pool []byte }

func (s *nonceSource) next() ([]byte, error) {
	if len(s.pool) < nonceSize {
		s.pool = make([]byte, 64*nonceSize)
		if _, err := rand.Read(s.pool); err != nil {
			return nil, err
		}
	}
	nonce := s.pool[:nonceSize:nonceSize]
	s.pool = s.pool[nonceSize:]
	return nonce, nil
}
