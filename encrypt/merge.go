package encrypt

import (
	"github.com/gitsecrets/gitsecrets/internal/document"
)

// Merge returns the document's plaintext with what mine changed of base put into
// it, value by value. The texts are in the file's output format, as Plaintext
// writes it; the document itself stays as it is. The error is a *ConflictError where the document
// differs from base at a value that mine changed too, and not to the same.
func (d *Document) Merge(base, mine []byte) ([]byte, error) {
	theirs, err := d.Plaintext()
	if err != nil {
		return nil, err
	}
	var sides []*document.Document
	for _, text := range [][]byte{base, mine, theirs} {
		side, err := parseTree(d.file.Output, text, document.ParseOptions{AllowLossy: true})
		if err != nil {
			return nil, err
		}
		sides = append(sides, side)
	}
	merged, conflicts := document.Merge(sides[0], sides[1], sides[2])
	if len(conflicts) > 0 {
		return nil, &ConflictError{conflicts}
	}
	return File{Output: d.file.Output}.encodeTree(merged)
}
