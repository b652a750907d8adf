package encrypt

import (
	"bytes"

	"github.com/gitsecrets/gitsecrets/internal/document"
)

// sealedComment is an encrypted comment of a map.
type sealedComment struct {
	node *document.Node
	aad  []byte
}

// placeComments seals the comments of a tree for the paths under which they are
// found in what was read. YAML knows no comments: the readers attach them to a
// neighbour, by its column, and encryption changes the neighbours. A comment
// under another path would never be decrypted again. It reports whether any was.
func (d *Document) placeComments(sealed, read *document.Document) (changed bool, err error) {
	written := map[string]sealedComment{}
	err = d.eachSealedComment(sealed, func(c sealedComment) error {
		written[c.node.Text] = sealedComment{c.node, bytes.Clone(c.aad)}
		return nil
	})
	if err != nil {
		return false, err
	}
	err = d.eachSealedComment(read, func(c sealedComment) error {
		was, ok := written[c.node.Text]
		if !ok || bytes.Equal(was.aad, c.aad) {
			return nil
		}
		plain, typ, err := d.cipher.open(was.node.Text, was.aad)
		if err != nil || typ != typeComment {
			return nil // it did not open before either
		}
		nonce, err := d.nonces.next()
		if err != nil {
			return err
		}
		was.node.Text, changed = d.cipher.seal(plain, typeComment, nonce, c.aad), true
		return nil
	})
	return changed, err
}

// commentsOpen reports whether all encrypted comments of a tree's maps open
// where they are read.
func (d *Document) commentsOpen(sealed, read *document.Document) bool {
	balance := 0
	count := func(sealedComment) error {
		balance++
		return nil
	}
	open := func(c sealedComment) error {
		balance--
		_, _, err := d.cipher.open(c.node.Text, c.aad)
		return err
	}
	return d.eachSealedComment(sealed, count) == nil && d.eachSealedComment(read, open) == nil && balance == 0
}

// eachSealedComment calls f for the encrypted comments that the selector takes.
func (d *Document) eachSealedComment(tree *document.Document, f func(sealedComment) error) error {
	return walkTree(tree.Roots, d.meta.selector, false, func(v *visit) error {
		if v.node.Kind != document.Comment || !v.selected {
			return nil
		}
		if _, ok := parseSealed(v.node.Text); !ok {
			return nil
		}
		return f(sealedComment{v.node, v.aad})
	})
}
