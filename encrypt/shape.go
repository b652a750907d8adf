package encrypt

import (
	"github.com/gitsecrets/gitsecrets/internal/ciphertext"
	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// SealedValue is what an encrypted value shows without any key: GCM keeps the
// length of what it encrypts.
type SealedValue struct {
	Path   Path
	Type   string // str, int, float, bool, time, bytes
	Length int    // of the plaintext, in bytes
}

// PlainValue is a value of a plaintext, as encryption would take it.
type PlainValue struct {
	Path Path
	Type string // as of SealedValue
	Text string // plaintext
}

// hiddenValues lists the encrypted values of a sealed tree.
func hiddenValues(tree *document.Document) ([]SealedValue, error) {
	var out []SealedValue
	err := eachLeaf(tree, policy.Selector{}, func(w *walker, v *visit) {
		if sealed, ok := parseSealed(v.node.Text); ok && v.node.Kind == document.String && sealed.isWhole() {
			out = append(out, SealedValue{w.place(), sealed.typ, ciphertext.Base64Len(sealed.data)})
		}
	})
	return out, err
}

// PlainValues lists the values of a plaintext that are not empty.
func PlainValues(file File, plaintext []byte) ([]PlainValue, error) {
	tree, err := document.Parse(file.Input, plaintext, document.ParseOptions{AllowLossy: true})
	if err != nil {
		return nil, err
	}
	var out []PlainValue
	err = eachLeaf(tree, policy.Selector{}, func(w *walker, v *visit) {
		if text, typ, err := scalarText(v.node); err == nil && text != "" && typ != typeComment {
			out = append(out, PlainValue{w.place(), typ, text})
		}
	})
	return out, err
}
