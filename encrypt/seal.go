package encrypt

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Seal encrypts plaintext for the rule's keys, the values that the rule's
// selector selects. It may alias plaintext, which must not be changed
// meanwhile. What it returns has been read back and checked against the rule. A
// nil rule names no keys: the error is ErrNoKeys, unless SealOptions.Onto has some.
func Seal(ctx context.Context, rule *policy.Rule, file File, plaintext []byte, opts SealOptions, keys ...KeyService) (*Result, error) {
	if opts.Onto != nil {
		return sealOnto(ctx, rule, file, plaintext, opts, keys)
	}
	d, err := NewDocument(ctx, rule, file, plaintext, opts, keys...)
	if err != nil {
		return nil, err
	}
	return d.result()
}

// NewDocument makes a document from a plaintext, for keys of a rule, as edit does for
// a file that does not exist. Seal encrypts it.
func NewDocument(ctx context.Context, rule *policy.Rule, file File, plaintext []byte, opts SealOptions, keys ...KeyService) (*Document, error) {
	if rule == nil {
		return nil, ErrNoKeys
	}
	tree, warnings, err := readPlain(file, file.Input, plaintext, opts.AllowLossy)
	if err != nil {
		return nil, err
	}
	d := &Document{
		Warnings: warnings,
		file:     file,
		tree:     tree,
		meta:     &metadata{threshold: rule.Threshold, macOnly: rule.MACOnlyEncrypted, version: SOPSVersion},
		rule:     rule,
		changed:  true,
	}
	if err := d.choose(rule.Selector); err != nil {
		return nil, err
	}
	if err := d.checkSelection(rule.Selector, opts.AllowNothing); err != nil {
		return nil, err
	}
	if err := d.Rotate(ctx, rule.Groups, rule.Threshold, keys...); err != nil {
		return nil, err
	}
	return d, nil
}

// readPlain parses a plaintext and refuses what cannot be sealed.
func readPlain(file File, format Format, plaintext []byte, allowLossy bool) (*document.Document, []Warning, error) {
	if IsLFSPointer(plaintext) && !allowLossy {
		return nil, nil, ErrLFSPointer
	}
	tree, err := parseTree(format, plaintext, document.ParseOptions{AllowLossy: allowLossy})
	if err != nil {
		return nil, nil, err
	}
	if len(tree.Roots) == 0 {
		return nil, nil, ErrEmpty
	}
	if hasMetadata(tree, file.Output) || hasMetadata(tree, format) {
		return nil, nil, ErrAlreadyEncrypted
	}
	if n, path := tree.Twice(); n != nil {
		return nil, nil, &SyntaxError{Format: format, Pos: Pos(n.KeyPos), Msg: path + " occurs twice, and programs differ in which of the two they read: delete one"}
	}
	warnings, err := judgeLosses(tree, allowLossy)
	return tree, warnings, err
}

func judgeLosses(tree *document.Document, allow bool) (warnings []Warning, err error) {
	var lost []Warning
	for _, l := range tree.Losses {
		w := Warning{Path: l.Path, Pos: Pos(l.Pos), Text: l.What}
		if l.Loss == document.Changed && !allow {
			lost = append(lost, w)
		}
		warnings = append(warnings, w)
	}
	if len(lost) > 0 {
		return nil, &LossyError{lost}
	}
	return warnings, nil
}

// choose sets the selector that the file will carry: a binary file has none,
// and no selector means sops's default.
func (d *Document) choose(s policy.Selector) (err error) {
	d.meta.bare = d.file.Input == Binary
	d.meta.selector = s
	if d.meta.bare {
		d.meta.selector = policy.Selector{}
	} else if s.Kind() == policy.NoSelector {
		d.meta.selector, err = policy.NewSelector(policy.UnencryptedSuffix, policy.DefaultUnencryptedSuffix)
	}
	return err
}

// checkSelection refuses a selector that selects nothing, if the rule has one.
func (d *Document) checkSelection(s policy.Selector, allowNothing bool) error {
	if allowNothing || d.meta.bare || s.Kind() == policy.NoSelector {
		return nil
	}
	found := false
	err := walkTree(d.tree.Roots, d.meta.selector, false, func(v *visit) error {
		found = found || v.selected && v.node.Kind != document.Comment
		return nil
	})
	if err == nil && !found {
		err = ErrNothingSelected
	}
	return err
}

// sealOnto seals plaintext so that it differs from an older sealed form as
// little as it can. What the rule says now holds: its keys, and its selector.
func sealOnto(ctx context.Context, rule *policy.Rule, file File, plaintext []byte, opts SealOptions, keys []KeyService) (*Result, error) {
	old := file
	old.Input = file.Output
	s, err := Parse(old, opts.Onto)
	if err != nil {
		return nil, &OntoError{err}
	}
	open := opts.Open
	open.IgnoreMAC, open.ReadOnly = false, false
	d, err := s.Open(ctx, rule, open, keys...)
	if err != nil {
		return nil, &OntoError{err}
	}
	d.file = file
	if _, err := d.replaceFrom(file.Input, plaintext, opts); err != nil {
		return nil, err
	}
	if rule != nil {
		if err := d.adopt(ctx, rule, keys); err != nil {
			return nil, err
		}
		if err := d.checkSelection(rule.Selector, opts.AllowNothing); err != nil {
			return nil, err
		}
	}
	if d.changed {
		if err := d.renew(ctx, file.Output, opts.Earlier, opts.Fresh, keys); err != nil {
			return nil, err
		}
	}
	return d.result()
}

func (d *Document) result() (*Result, error) {
	sealed, err := d.Seal()
	if err != nil {
		return nil, err
	}
	return &Result{Bytes: sealed, Warnings: d.Warnings, Unchanged: !d.Changed(), Departure: d.departure}, nil
}

// adopt brings selector, MAC mode and keys in line with a rule.
func (d *Document) adopt(ctx context.Context, rule *policy.Rule, keys []KeyService) error {
	before := *d.meta
	if err := d.choose(rule.Selector); err != nil {
		return err
	}
	d.meta.macOnly = rule.MACOnlyEncrypted
	if d.meta.macOnly != before.macOnly || !d.meta.bare && (d.meta.selector.Kind() != before.selector.Kind() || d.meta.selector.Text() != before.selector.Text()) {
		d.changed = true
	}
	d.rule = rule
	return d.rekey(ctx, rule.Groups, rule.Threshold, keys...)
}

var errReadOnly = errors.New("the document was opened only to be read")

// Seal writes the sealed form. Values that did not change keep their
// ciphertext; if nothing at all changed since Open, it returns the bytes that
// Open was given.
func (d *Document) Seal() ([]byte, error) {
	if !d.changed && !d.rekeyed {
		return d.original, nil
	}
	if d.readOnly {
		return nil, errReadOnly
	}
	sealed := d.tree
	if d.cipher != nil {
		for _, root := range d.tree.Roots {
			d.fillComments(root, false)
		}
		var mac *treeMAC
		var err error
		if sealed, mac, err = d.encryptValues(); err != nil {
			return nil, err
		}
		if d.changed {
			if err := d.setMAC(mac.sum(), structureDigest(d.tree.Roots, structureVersion)); err != nil {
				return nil, err
			}
		}
	}
	return d.write(sealed)
}

// fillComments fills what sops cannot read as a comment: it panics when it writes
// an empty line of an INI comment, and takes an empty comment in a list of YAML
// for an item. One at the begin of a map in a list is read as the list's.
func (d *Document) fillComments(parent *document.Node, inList bool) {
	inList = inList || parent.Kind == document.List
	for _, n := range parent.Items {
		d.fillComments(n, inList)
		text := n.Text
		switch {
		case n.Kind != document.Comment:
			continue
		case d.file.Output == YAML && inList && text == "":
			text = " "
		case d.file.Output == INI && text != "" && strings.Contains("\n"+text+"\n", "\n\n"):
			lines := strings.Split(text, "\n")
			for i := range lines {
				if lines[i] == "" {
					lines[i] = ";"
				}
			}
			text = strings.Join(lines, "\n")
		}
		if text != n.Text && n.Text != "" { // an empty one was sealed so before
			delete(d.sealedAs, n)
		}
		n.Text = text
	}
}

// emptyComments takes the blank out of comments that fillComments put in.
func (d *Document) emptyComments(parent *document.Node, inList bool) {
	inList = inList || parent.Kind == document.List
	for _, n := range parent.Items {
		d.emptyComments(n, inList)
		if n.Kind == document.Comment && inList && n.Text == " " {
			n.Text = ""
		}
	}
}

// write encodes the sealed tree, reads it back and compares. Comments that a reader
// takes for those of another map are sealed anew for that place. Where only
// comments moved, or a flat format changed a kind, the MAC gets a nonce without
// a structure tag, so that no reader takes the file for a changed one.
func (d *Document) write(sealed *document.Document) ([]byte, error) {
	for placed := false; ; {
		out, err := d.encode(sealed)
		if err != nil {
			return nil, err
		}
		again, err := d.readBack(out, sealed)
		if err != nil {
			return nil, err
		}
		// Where comments decide, what stands before a comment counts as well as its path.
		if d.changed && d.cipher != nil && (again.moved || d.meta.selector.ByComment()) {
			if !placed {
				placed = true
				changed, err := d.placeComments(sealed, again.tree)
				if err != nil {
					return nil, err
				}
				if changed {
					continue
				}
			}
			again.same = again.same && d.commentsOpen(sealed, again.tree)
		}
		if again.same || !d.changed || d.untagged {
			return out, nil
		}
		d.untagged = true
		mac, _, err := d.cipher.open(d.meta.mac, d.macAAD())
		if err != nil {
			return nil, err
		}
		if err := d.setMAC(mac, nil); err != nil {
			return nil, err
		}
	}
}

func (d *Document) encode(sealed *document.Document) ([]byte, error) {
	roots := make([]*document.Node, len(sealed.Roots))
	for i, root := range sealed.Roots {
		shallow := *root
		shallow.Items = root.Items[:len(root.Items):len(root.Items)]
		roots[i] = &shallow
	}
	whole := &document.Document{Format: sealed.Format, Roots: roots}
	if err := whole.PutMetadata(document.Format(d.file.Output), d.meta.node()); err != nil {
		return nil, public(err)
	}
	out, err := whole.EncodeSealed(document.Format(d.file.Output), document.Style(d.file.Style))
	return out, public(err)
}

func (d *Document) macAAD() []byte { return []byte(d.meta.lastModified.Format(time.RFC3339)) }

// setMAC encrypts the MAC under a new time. Without a digest its nonce carries
// no structure tag.
func (d *Document) setMAC(mac string, digest []byte) error {
	nonce, err := d.nonces.next()
	if err != nil {
		return err
	}
	if digest != nil && !d.untagged {
		nonce = newStructureKey(d.dataKey, structureVersion).nonce(nonce, digest)
	}
	d.meta.lastModified = now()
	d.meta.mac = d.cipher.seal(mac, typeString, nonce, d.macAAD())
	return nil
}
