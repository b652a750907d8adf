package encrypt

import (
	"github.com/gitsecrets/gitsecrets/internal/document"
)

// Format is a file format. The zero value is Binary, which sops falls back to.
type Format uint8

// The formats, in the order of package document.
const (
	Binary Format = iota
	Dotenv
	INI
	JSON
	YAML
)

// ParseFormat reads the name of a format, as --input-type takes it. It reports
// false for any other word.
func ParseFormat(name string) (Format, bool) {
	f, ok := document.ParseFormat(name)
	return Format(f), ok
}

// String returns the name that ParseFormat reads.
func (f Format) String() string { return document.Format(f).String() }

// Style is the layout of a file that is written. The zero value is sops's
// default: 4 blanks a level for YAML, one tab for JSON.
type Style struct {
	// YAMLIndent is the number of blanks a level; 0 means 4.
	YAMLIndent int
	// JSONIndent counts only with JSONIndentSet. 0 means line breaks alone.
	JSONIndent    int
	JSONIndentSet bool
}

// Pos is a place in a file: line and column from 1, columns in bytes. The zero
// Pos is that of what stands in no file, or where the place is not known.
type Pos struct{ Line, Col uint32 }

// parseTree reads a file, whatever it holds.
func parseTree(f Format, src []byte, opts document.ParseOptions) (*document.Document, error) {
	tree, err := document.Parse(document.Format(f), src, opts)
	return tree, public(err)
}

// encodeTree writes a plaintext tree.
func (f File) encodeTree(tree *document.Document) ([]byte, error) {
	out, err := tree.Encode(document.Format(f.Output), document.Style(f.Style))
	return out, public(err)
}

// encodeValue writes one value as sops's --extract prints it.
func (f File) encodeValue(n *document.Node) ([]byte, error) {
	out, err := document.EncodeValue(document.Format(f.Output), n, document.Style(f.Style))
	return out, public(err)
}

// hasMetadata reports whether a tree has an entry where a format keeps the metadata.
func hasMetadata(tree *document.Document, f Format) bool {
	return tree.HasMetadata(document.Format(f))
}
