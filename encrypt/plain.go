package encrypt

import (
	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Plain is a plaintext file that was read once, to be held against rules. A nil
// rule encrypts nothing.
type Plain struct {
	file File
	src  []byte
	tree *document.Document
}

// ParsePlain reads a plaintext file, also one that holds what no sealed file could.
// The error is a *SyntaxError. The result may alias src, which must not be changed
// afterwards.
func ParsePlain(file File, src []byte) (*Plain, error) {
	tree, err := parseTree(file.Input, src, document.ParseOptions{AllowLossy: true})
	if err != nil && file.Input == YAML && onlyComments(src) {
		// Nothing of it can be encrypted, and it may hold secrets all the same.
		tree, err = &document.Document{Format: document.YAML}, nil
	}
	if err != nil {
		return nil, err
	}
	return &Plain{file, src, tree}, nil
}

// Values lists the values of the file, and which of them the rule encrypts.
func (p *Plain) Values(rule *policy.Rule) ([]Value, error) {
	if rule == nil {
		all, err := plainValues(p.tree, policy.Selector{})
		for i := range all {
			all[i].Encrypted = false
		}
		return all, err
	}
	d, err := p.document(rule)
	if err != nil {
		return nil, err
	}
	return plainValues(p.tree, d.meta.selector)
}

// Comments lists the comments of the file that the rule encrypts.
func (p *Plain) Comments(rule *policy.Rule) ([]Comment, error) {
	if rule == nil {
		return nil, nil
	}
	d, err := p.document(rule)
	if err != nil {
		return nil, err
	}
	out, err := listComments(p.tree, d.meta.selector)
	if err != nil {
		return nil, err
	}
	if len(p.tree.Roots) == 0 || d.checkSelection(rule.Selector, false) != nil {
		for i := range out {
			out[i].Sealable = false
		}
	}
	return append(out, lostComments(p.tree, d.meta.selector, p.src)...), nil
}

// document is the file as the rule would have it sealed.
func (p *Plain) document(rule *policy.Rule) (*Document, error) {
	d := &Document{file: p.file, tree: p.tree, meta: &metadata{}}
	return d, d.choose(rule.Selector)
}
