package encrypt

import (
	"bytes"
	"context"
	"crypto/subtle"
	"fmt"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Open decrypts the file and verifies its MAC. The rule (nil: none governs the
// file) limits whom the file may make us contact.
func (s *Sealed) Open(ctx context.Context, rule *policy.Rule, opts OpenOptions, keys ...KeyService) (*Document, error) {
	if rest, ok := bytes.CutPrefix(s.text, byteOrderMark); ok && s.file.Input == Dotenv {
		// An editor added it; or it is a part of the first name, as sops has it.
		if bare, err := parse(s.file, s.src, rest); err == nil {
			if d, err := bare.open(ctx, rule, opts, keys); err == nil {
				return d, nil
			}
		}
	}
	return s.open(ctx, rule, opts, keys)
}

func (s *Sealed) open(ctx context.Context, rule *policy.Rule, opts OpenOptions, keys []KeyService) (*Document, error) {
	d, err := s.locked(rule, opts, keys)
	if err != nil {
		return nil, err
	}
	d.readOnly = opts.ReadOnly
	if !opts.ReadOnly {
		d.sealedAs = map[*document.Node]string{}
	}
	err = d.openValues(ctx)
	s.leave(d)
	if err != nil {
		return nil, err
	}
	if d.tampered != nil && !opts.IgnoreMAC {
		return nil, d.tampered
	}
	return d, nil
}

// Rekey wraps the data key for the groups of a rule, with its threshold, and
// returns the file with them. The rule limits whom the file may make us contact,
// as in Open. Where a reader goes, all values are sealed anew under a new data
// key, unless OpenOptions.KeepDataKey says otherwise; the error is a
// *DepartureError where that cannot be. Else the values stay as they are, and with one group before and after the keys
// that stay keep their wrapped form; several groups hold shares of one splitting, and are all
// wrapped anew. Where keys and threshold are the same already, nothing is changed.
func (s *Sealed) Rekey(ctx context.Context, rule *policy.Rule, opts OpenOptions, keys ...KeyService) (*Result, error) {
	if rule == nil {
		return nil, ErrNoKeys
	}
	d, err := s.locked(rule, opts, keys)
	if err != nil {
		return nil, err
	}
	defer s.leave(d)
	if err := d.rekey(ctx, rule.Groups, rule.Threshold, keys...); err != nil {
		return nil, err
	}
	return d.result()
}

// locked makes a document of the file whose values are not decrypted yet. Nobody
// outside sees it in that state: its Plaintext would be ciphertext.
func (s *Sealed) locked(rule *policy.Rule, opts OpenOptions, keys []KeyService) (*Document, error) {
	tree, err := s.values()
	if err != nil {
		return nil, err
	}
	meta := *s.meta
	d := &Document{
		Warnings: strangers(rule, meta.groups),
		file:     s.file,
		tree:     tree,
		meta:     &meta,
		original: s.src,
		unwrap: func(ctx context.Context, m *metadata) ([]byte, error) {
			return unwrapDataKey(ctx, m, opts.Order, pin(rule, &opts, meta.groups, keys))
		},
		pin:         func(keys []KeyService) []KeyService { return pin(rule, &opts, meta.groups, keys) },
		vouching:    rule,
		known:       []readers{meta.readers()},
		keepDataKey: opts.KeepDataKey,
	}
	return d, nil
}

// leave lets a document keep the tree, if it decrypted any of it.
func (s *Sealed) leave(d *Document) {
	if d.cipher != nil {
		s.tree = nil
	}
}

// openValues decrypts the values, if they are not decrypted yet, and notes
// whether the MAC holds.
func (d *Document) openValues(ctx context.Context) (err error) {
	if d.unreadable != nil || d.cipher != nil || d.unwrap == nil {
		return d.unreadable
	}
	if d.dataKey == nil {
		if d.dataKey, err = d.unwrap(ctx, d.meta); err != nil {
			return err
		}
	}
	if d.cipher, err = newValueCipher(d.dataKey); err != nil {
		return err
	}
	mac, err := d.decryptValues()
	if err != nil {
		d.unreadable = err // half of the tree is plaintext now
		return err
	}
	d.tampered = d.verify(mac)
	if d.file.Input == YAML {
		for _, root := range d.tree.Roots {
			d.emptyComments(root, false)
		}
	}
	return nil
}

// decryptValues turns the sealed tree into the plaintext one, in place, and
// returns the MAC of what it found.
func (d *Document) decryptValues() (string, error) {
	mac := newMAC(d.meta.macOnly)
	plainComments := 0
	err := walkTree(d.tree.Roots, d.meta.selector, true, func(v *visit) error {
		n := v.node
		if v.selected {
			switch n.Kind {
			case document.Comment:
				plain, typ, err := d.cipher.open(n.Text, v.aad)
				if err != nil { // as sops: it may have been added by hand
					if n.Text != "" {
						plainComments++
					}
					return nil
				}
				if typ != typeComment {
					return fmt.Errorf("is a comment, but its type says otherwise")
				}
				d.remember(n)
				n.Text = plain
				return nil
			case document.Null:
				return nil
			case document.String:
				if n.Text == "" {
					break
				}
				plain, typ, err := d.cipher.open(n.Text, v.aad)
				if err != nil {
					return err
				}
				if typ == typeComment && n.Key != "" {
					return fmt.Errorf("is a value, but its type says that it is a comment")
				}
				d.remember(n)
				if err := setScalar(n, plain, typ); err != nil {
					return err
				}
			default:
				return fmt.Errorf("is not encrypted, but the file's selector requires it")
			}
		}
		if n.Kind == document.Comment || n.Kind == document.Null || d.meta.macOnly && !v.selected {
			return nil
		}
		return mac.add(n)
	})
	if plainComments > 0 {
		d.Warnings = append(d.Warnings, Warning{Text: fmt.Sprintf("the file has %s in the clear that should be encrypted", text.Count(plainComments, "comment", "comments"))})
	}
	return mac.sum(), err
}

// remember notes the ciphertext of a node, so that sealing can use it again.
func (d *Document) remember(n *document.Node) {
	if d.sealedAs != nil {
		d.sealedAs[n] = n.Text
	}
}

// verify compares the file's MAC with the one of its values, and its structure
// with the one that we sealed, where we did.
func (d *Document) verify(computed string) error {
	if d.meta.mac == "" {
		return &MACError{"the file has no MAC"}
	}
	aad := []byte(d.meta.lastModified.Format(time.RFC3339))
	want, typ, err := d.cipher.open(d.meta.mac, aad)
	if err != nil || typ != typeString {
		return &MACError{"the file's MAC cannot be decrypted: mac or lastmodified was changed"}
	}
	if subtle.ConstantTimeCompare([]byte(want), []byte(computed)) != 1 {
		return &MACError{"MAC mismatch: values were changed, added, removed or moved since the file was sealed"}
	}
	nonce, ok := nonceOf(d.meta.mac)
	if ok && !structureFits(d.dataKey, nonce, d.tree.Roots) {
		return &MACError{"MAC mismatch: keys, types, nulls or comments were changed since the file was sealed"}
	}
	return nil
}
