package encrypt

import (
	"github.com/gitsecrets/gitsecrets/internal/document"
)

// Secret is one value that a file holds encrypted.
type Secret struct {
	Path string // as in set
	Text string // the plaintext
}

// Secrets lists the values that the file held encrypted when it was opened.
func (d *Document) Secrets() []Secret {
	var out []Secret
	w := &walker{sel: d.meta.selector}
	w.leaf = func(v *visit) error {
		if n := v.node; v.selected && n.Kind != document.Comment && !isNothing(n) {
			if text, _, err := scalarText(n); err == nil {
				out = append(out, Secret{w.place().String(), text})
			}
		}
		return nil
	}
	for _, root := range d.tree.Roots {
		if _, err := w.entries(root); err != nil {
			break // a name that is no string: the file could not have been opened
		}
	}
	return out
}

// SecretComments lists the texts of the comments that the file held encrypted when it
// was opened.
func (d *Document) SecretComments() []string {
	found, err := listComments(d.tree, d.meta.selector)
	if err != nil {
		return nil // a name that is no string: the file could not have been opened
	}
	var out []string
	for _, c := range found {
		out = append(out, c.Text)
	}
	return out
}
