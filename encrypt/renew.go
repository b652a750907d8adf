package encrypt

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// StrangerError: a new data key would have to be wrapped for a master key that
// the file names and its rule does not. Anybody who can change the file can
// write one there.
type StrangerError struct {
	Key    policy.Key
	Source string // of the rule
}

func (e *StrangerError) Error() string {
	return fmt.Sprintf("the file names the %s key %s, but the rule at %s does not name it: a new data key is not wrapped for it", e.Key.Type, e.Key.ID, e.Source)
}

// Renew takes a new data key for the groups that the document has, so that all
// values are encrypted anew by the next Seal, where a reader went: somebody who
// could open the file as Open was given it, or one of the earlier sealed forms,
// and cannot open it now, though its data key is still the one that they know.
// With always it takes one in any case. Call it when the document is changed,
// before Seal. OpenOptions.KeepDataKey keeps the data key.
//
// The error is a *MACError as for Rotate, a *StrangerError, or a *WrapError that
// names each master key that cannot be reached; within a *DepartureError where a
// reader went.
func (d *Document) Renew(ctx context.Context, earlier [][]byte, always bool, keys ...KeyService) error {
	return d.renew(ctx, d.file.Input, earlier, always, keys)
}

// renew is Renew; format is that of the earlier forms.
func (d *Document) renew(ctx context.Context, format Format, earlier [][]byte, always bool, keys []KeyService) error {
	if err := d.openValues(ctx); err != nil {
		return err
	}
	after := d.meta.readers()
	gone := d.departing(after)
	for _, sealed := range earlier {
		gone = gone.join(d.departedSince(format, sealed, after))
	}
	switch {
	case gone == nil && !always:
		return nil
	case gone != nil && d.keepDataKey:
		gone.Kept = true
		d.departure = gone.join(d.departure)
		return nil
	case gone != nil && d.tampered != nil:
		return gone.needed(d.tampered)
	}
	if err := d.noStrangers(after); err != nil {
		return gone.needed(err)
	}
	if err := d.Rotate(ctx, after.groups, after.threshold, keys...); err != nil {
		return gone.needed(err)
	}
	d.departure = gone.join(d.departure)
	return nil
}

// departing compares those who may have the data key with who can open the
// file afterwards.
func (d *Document) departing(after readers) *Departure {
	var gone *Departure
	for _, before := range d.known {
		gone = gone.join(departed(before, after))
	}
	if gone != nil {
		gone.couldRead(d.file.Input, d.tree, d.meta.selector)
	}
	return gone
}

// departedSince compares with an earlier sealed form. What is no sealed file has
// no readers; what had another data key is no concern of this one's.
func (d *Document) departedSince(format Format, sealed []byte, after readers) *Departure {
	tree, meta, err := readSealed(File{Name: d.file.Name, Input: format}, sealed)
	if errors.Is(err, ErrNotSealed) {
		return nil
	}
	if err != nil {
		d.Warnings = append(d.Warnings, Warning{Text: "an earlier version of the file in Git cannot be read, so it is unknown whether a recipient was removed since then"})
		return nil
	}
	gone := departed(meta.readers(), after)
	if gone == nil || !d.shares(tree, meta) {
		return nil
	}
	gone.couldRead(format, tree, meta.selector)
	return gone
}

// shares reports whether an earlier form has the document's data key: whether
// its MAC opens with it, or any of its values. A form that cannot be looked through is taken
// for one that has it.
func (d *Document) shares(tree *document.Document, meta *metadata) bool {
	if _, _, err := d.cipher.open(meta.mac, []byte(meta.lastModified.Format(time.RFC3339))); err == nil {
		return true
	}
	found := errors.New("one opens")
	err := walkTree(tree.Roots, policy.Selector{}, true, func(v *visit) error {
		if !isSealed(v.node.Text) {
			return nil
		}
		if _, _, err := d.cipher.open(v.node.Text, v.aad); err == nil {
			return found
		}
		return nil
	})
	return err != nil
}

// noStrangers refuses keys that a rule which governs the file does not name.
func (d *Document) noStrangers(after readers) error {
	if d.vouching == nil || len(d.vouching.Groups) == 0 {
		return nil
	}
	for _, group := range after.groups {
		for _, key := range group {
			if !d.vouching.Allows(key) {
				return &StrangerError{key, d.vouching.Source}
			}
		}
	}
	return nil
}
