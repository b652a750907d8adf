package encrypt

import (
	"context"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Document is an opened file. It is not safe for concurrent use.
type Document struct {
	// Warnings is what Open or NewDocument has to say.
	Warnings []Warning

	file     File
	tree     *document.Document // plaintext; ciphertext while Sealed.Rekey works on it
	meta     *metadata
	rule     *policy.Rule // that the sealed form is to satisfy; nil: that of the file
	original []byte       // what Parse was given
	dataKey  []byte       // nil until unwrapped
	cipher   *valueCipher // nil while the values are not decrypted
	nonces   nonceSource
	unwrap   func(context.Context, *metadata) ([]byte, error)
	pin      func([]KeyService) []KeyService // holds what the file names against the rule; nil with NewDocument
	vouching *policy.Rule                    // the rule that governs the file; nil: none does

	known       []readers  // who may have the data key
	departure   *Departure // of whom Rekey, Rotate or Renew found gone
	keepDataKey bool       // though a reader goes
	readOnly    bool       // Seal writes no changes
	tampered    error      // why the MAC does not hold, with OpenOptions.IgnoreMAC
	unreadable  error      // why not all values could be decrypted

	sealedAs    map[*document.Node]string // the ciphertext that a leaf came from
	ciphertexts int                       // values that encryptValues encrypted
	changed     bool                      // the values must be sealed again
	rekeyed     bool                      // only the metadata must be written again
	untagged    bool                      // the MAC carries no structure tag
}

// Roots is how many documents the file holds; only YAML has more than one.
func (d *Document) Roots() int { return len(d.tree.Roots) }

// Values lists the values of the document, and which of them are encrypted where
// it is sealed.
func (d *Document) Values() ([]Value, error) { return plainValues(d.tree, d.meta.selector) }

// Comments lists the comments that are encrypted where the document is sealed.
func (d *Document) Comments() ([]Comment, error) { return listComments(d.tree, d.meta.selector) }

// Plaintext writes the whole document in the file's output format.
func (d *Document) Plaintext() ([]byte, error) {
	return d.file.encodeTree(d.tree)
}

// PlaintextWithMetadata is Plaintext with the sops metadata in it, as edit
// --show-master-keys shows it.
func (d *Document) PlaintextWithMetadata() ([]byte, error) { return d.encode(d.tree) }

// Extract writes the value at path as sops's --extract prints it. An empty
// path is the whole document.
func (d *Document) Extract(path Path) ([]byte, error) {
	if len(path) == 0 {
		return d.Plaintext()
	}
	n, err := find(d.tree.Roots, path)
	if err != nil {
		return nil, err
	}
	return d.file.encodeValue(n)
}

// Departure says who could open the file and cannot any more, since it was
// opened or since the earlier forms that Renew was given; nil if nobody went.
func (d *Document) Departure() *Departure { return d.departure }

// Changed reports whether Seal will write anything else than what Open was given.
func (d *Document) Changed() bool { return d.changed || d.rekeyed }

// Rotate makes a new data key and wraps it for groups; every value is
// encrypted anew by the next Seal. The error is a *MACError where a reader goes
// and the MAC does not hold: what was tampered with is not sealed anew, not
// even with IgnoreMAC.
func (d *Document) Rotate(ctx context.Context, groups []policy.Group, threshold int, keys ...KeyService) error {
	after := readers{groups, threshold}
	gone := d.departing(after)
	if err := d.openValues(ctx); err != nil {
		return err
	}
	if gone != nil && d.tampered != nil {
		return d.tampered
	}
	if d.pin != nil {
		keys = d.pin(keys)
	}
	dataKey, err := newDataKey()
	if err != nil {
		return err
	}
	wrapped, err := wrapDataKey(ctx, dataKey, groups, threshold, now(), nil, keys)
	if err != nil {
		return err
	}
	if d.cipher, err = newValueCipher(dataKey); err != nil {
		return err
	}
	d.dataKey, d.sealedAs, d.changed = dataKey, nil, true
	d.meta.groups, d.meta.threshold = wrapped, effectiveThreshold(threshold, len(groups))
	d.departure, d.known = gone.join(d.departure), []readers{after}
	return nil
}

// rekey wraps the data key for other key groups. Where a reader goes, it takes a
// new data key, as Rotate does, unless OpenOptions.KeepDataKey says otherwise.
// The error is a *DepartureError where that cannot be.
// Else, with one group before and after, keys that stay keep their wrapped form;
// several groups hold shares of one splitting, and are all wrapped anew. Where
// keys and threshold are the same already, nothing happens.
func (d *Document) rekey(ctx context.Context, groups []policy.Group, threshold int, keys ...KeyService) error {
	threshold = effectiveThreshold(threshold, len(groups))
	if threshold == effectiveThreshold(d.meta.threshold, len(d.meta.groups)) && sameGroups(d.meta.groups, groups) {
		return nil
	}
	gone := d.departing(readers{groups, threshold})
	if gone != nil && !d.keepDataKey {
		return gone.needed(d.Rotate(ctx, groups, threshold, keys...))
	}
	var keep []Wrapped
	if len(groups) == 1 && len(d.meta.groups) == 1 {
		keep = d.meta.groups[0]
	}
	if d.dataKey == nil && !allKept(groups, keep) {
		dataKey, err := d.unwrap(ctx, d.meta)
		if err != nil {
			return err
		}
		d.dataKey = dataKey
	}
	wrapped, err := wrapDataKey(ctx, d.dataKey, groups, threshold, now(), keep, keys)
	if err != nil {
		return err
	}
	if gone != nil {
		gone.Kept = true
		d.departure = gone.join(d.departure)
	}
	d.meta.groups, d.meta.threshold, d.rekeyed = wrapped, threshold, true
	return nil
}

// effectiveThreshold is the threshold that the metadata carries: sops writes
// out the default of several groups, and keeps whatever a single group was
// given.
func effectiveThreshold(threshold, groups int) int {
	if groups > 1 && threshold == 0 {
		return groups
	}
	return threshold
}

func sameGroups(have [][]Wrapped, want []policy.Group) bool {
	if len(have) != len(want) {
		return false
	}
	for i := range have {
		if len(have[i]) != len(want[i]) || !allKept(want[i:i+1], have[i]) {
			return false
		}
	}
	return true
}

// allKept reports whether every key of the groups is among keep.
func allKept(groups []policy.Group, keep []Wrapped) bool {
	for _, group := range groups {
		for _, key := range group {
			found := false
			for _, w := range keep {
				found = found || sameKey(w.Key, key)
			}
			if !found {
				return false
			}
		}
	}
	return true
}
