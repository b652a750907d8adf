package encrypt

import (
	"github.com/gitsecrets/gitsecrets/internal/ciphertext"
	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Value is a value of a file that holds no others: a scalar, or a map or a list
// without entries. Comments are not among the values. It prints as its path, so
// that no log shows what it holds.
type Value struct {
	// Root is the document that holds the value, from 0: YAML files may have
	// several.
	Root int
	Path Path
	Pos  Pos
	// Encrypted: the file holds it encrypted, or its rule encrypts it. Empty
	// texts and nulls never are.
	Encrypted bool
	// Type is str, int, float, bool, time, bytes, null, map or list; empty if it
	// cannot be known.
	Type string
	// Length is that of what is encrypted, in bytes. Ciphertext shows it.
	Length int
	// Text is the value as an environment variable holds it; empty for a null, a map, a
	// list, and for ciphertext.
	Text string
}

// IsScalar reports whether the value is no map and no list.
func (v Value) IsScalar() bool { return v.Type != typeMap && v.Type != typeList }

// String returns the path.
func (v Value) String() string { return v.Path.String() }

// GoString returns the path, for %#v.
func (v Value) GoString() string { return v.Path.String() }

// The types of a Value beyond those that ciphertext names.
const (
	typeNull = "null"
	typeMap  = "map"
	typeList = "list"
)

// plainValues lists the values of a plaintext tree, and which of them a selector
// encrypts.
func plainValues(tree *document.Document, selector policy.Selector) ([]Value, error) {
	var out []Value
	err := eachLeaf(tree, selector, func(w *walker, v *visit) {
		if v.node.Kind != document.Comment {
			value := valueOf(v.node)
			value.Root, value.Path = w.root, w.place()
			value.Encrypted = v.selected && !isNothing(v.node) && v.node.Kind != document.Map && v.node.Kind != document.List
			out = append(out, value)
		}
	})
	return out, err
}

// sealedValues lists the values of a sealed tree, and which of them it holds
// encrypted.
func sealedValues(tree *document.Document) ([]Value, error) {
	var out []Value
	err := eachLeaf(tree, policy.Selector{}, func(w *walker, v *visit) {
		n := v.node
		if n.Kind == document.Comment {
			return
		}
		var value Value
		if sealed, ok := parseSealed(n.Text); ok && n.Kind == document.String {
			value = sealed.value()
			value.Pos = Pos(n.Pos)
		} else {
			value = valueOf(n)
		}
		value.Root, value.Path = w.root, w.place()
		out = append(out, value)
	})
	return out, err
}

// value is what a ciphertext shows without any key: GCM keeps the length of what
// it encrypts.
func (v sealedValue) value() Value {
	if !v.isWhole() {
		return Value{Encrypted: true}
	}
	return Value{Encrypted: true, Type: v.typ, Length: ciphertext.Base64Len(v.data)}
}

// valueOf is what a node shows of itself, without its path.
func valueOf(n *document.Node) Value {
	v := Value{Pos: Pos(n.Pos)}
	switch n.Kind {
	case document.Null:
		v.Type = typeNull
	case document.Map:
		v.Type = typeMap
	case document.List:
		v.Type = typeList
	case document.String:
		v.Type, v.Length, v.Text = typeString, len(n.Text), n.Text
	default:
		text, typ, err := scalarText(n)
		if err != nil {
			return v // what cannot be encrypted has no type
		}
		v.Type, v.Length = typ, len(text)
		if shown, err := document.EncodeValue(document.Dotenv, n, document.Style{}); err == nil {
			v.Text = string(shown)
		}
	}
	return v
}

// eachLeaf hands on every value and comment of a tree, and the walker, which knows
// where it stands.
func eachLeaf(tree *document.Document, selector policy.Selector, each func(*walker, *visit)) error {
	w := &walker{sel: selector, aad: make([]byte, 0, 256), empty: true}
	w.leaf = func(v *visit) error {
		each(w, v)
		return nil
	}
	for i, root := range tree.Roots {
		w.root = i
		if n, err := w.entries(root); err != nil {
			return &ValueError{Path: w.place().String(), Line: n.Pos.Line, Msg: err.Error()}
		}
	}
	return nil
}
