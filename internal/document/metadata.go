package document

import (
	"errors"
	"strings"
)

// ErrNoMetadata is a document that carries no sops metadata: it is not
// encrypted.
var ErrNoMetadata = errors.New("sops metadata not found")

// MetadataKey is the top-level name under which sops keeps its metadata;
// dotenv files carry it flattened behind "sops_".
const MetadataKey = "sops"

const metadataPrefix = MetadataKey + "_"

// isMetadata reports whether a top-level entry is (part of) the metadata of a
// file in format f.
func isMetadata(f Format, entry *Node) bool {
	if entry.Kind == Comment || entry.BadKey {
		return false
	}
	if f == Dotenv {
		return strings.HasPrefix(entry.Key, metadataPrefix)
	}
	return entry.Key == MetadataKey
}

// HasMetadata reports whether the first document has a top-level "sops" entry
// (for f == Dotenv one that begins with "sops_"), as sops asks before it
// encrypts into format f. It also knows a binary file that is itself an
// encrypted one, which sops encrypts a second time.
func (d *Document) HasMetadata(f Format) bool {
	if len(d.Roots) == 0 {
		return false
	}
	for _, entry := range d.Roots[0].Items {
		if isMetadata(f, entry) {
			return true
		}
		if d.Format == Binary && f == Binary && entry.Kind == String && entry.Key == binaryKey && isEnvelope(entry.Text) {
			return true
		}
	}
	return false
}

// TakeMetadata lifts the sops metadata out of the tree and returns it as a
// nested map: flattened keys are unflattened, escaped newlines restored, as the
// format d.Format demands. The error is ErrNoMetadata or a *SyntaxError.
func (d *Document) TakeMetadata() (*Node, error) {
	if len(d.Roots) == 0 {
		return nil, ErrNoMetadata
	}
	found := d.liftMetadata()
	if len(found) == 0 {
		return nil, ErrNoMetadata
	}
	meta := &Node{Kind: Map, Key: MetadataKey, Items: found, Pos: found[0].Pos, KeyPos: found[0].KeyPos}
	if d.Format != Dotenv {
		if len(found) > 1 {
			return nil, d.badMetadata(found[1], "the sops metadata occurs twice")
		}
		if meta = found[0]; meta.Kind != Map {
			return nil, d.badMetadata(meta, "the sops metadata is not a map")
		}
		if len(meta.Items) == 0 {
			return nil, ErrNoMetadata
		}
	}
	if d.Format == Dotenv || d.Format == INI {
		return d.unflatten(meta)
	}
	if twice := duplicateKey(&keyTable{}, meta); twice != nil {
		return nil, d.badMetadata(twice, metadataTwice)
	}
	return meta, nil
}

// liftMetadata removes the metadata from every root and returns that of the
// first.
func (d *Document) liftMetadata() (found []*Node) {
	for i, root := range d.Roots {
		var kept []*Node
		for j, entry := range root.Items {
			if !isMetadata(d.Format, entry) {
				if kept != nil {
					kept = append(kept, entry)
				}
				continue
			}
			if kept == nil {
				kept = append(make([]*Node, 0, len(root.Items)), root.Items[:j]...)
			}
			if i == 0 {
				found = append(found, entry)
			}
		}
		if kept != nil {
			root.Items = kept
		}
	}
	return found
}

func (d *Document) badMetadata(at *Node, msg string) error {
	return &SyntaxError{Format: d.Format, Pos: at.KeyPos, Msg: msg}
}

// duplicateKey returns an entry below n whose key stands before it in the same
// map; nil if there is none.
func duplicateKey(keys *keyTable, n *Node) *Node {
	if n.Kind == Map {
		if twice := keys.twice(n.Items); twice != nil {
			return twice
		}
	}
	for _, item := range n.Items {
		if twice := duplicateKey(keys, item); twice != nil {
			return twice
		}
	}
	return nil
}

// PutMetadata appends the metadata (a nested Map) to every root, flattened as
// format f demands. It fails with *EncodeError where an entry stands in its
// place. It leaves meta as it is; the trees may share nodes with it afterwards.
func (d *Document) PutMetadata(f Format, meta *Node) error {
	for _, root := range d.Roots {
		for _, entry := range root.Items {
			if isMetadata(f, entry) {
				return &EncodeError{Format: f, Path: stepsPath([]step{{key: entry.Key}}), Msg: "the name is reserved for the metadata of sops"}
			}
		}
	}
	entries := []*Node{{Kind: Map, Key: MetadataKey, Items: meta.Items}}
	var err error
	switch f {
	case INI:
		entries[0].Items, err = flatten(f, meta, "", true)
	case Dotenv:
		entries, err = flatten(f, meta, metadataPrefix, false)
	}
	if err != nil {
		return err
	}
	for _, root := range d.Roots {
		root.Items = append(root.Items, entries...)
	}
	return nil
}
