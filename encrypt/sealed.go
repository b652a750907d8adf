package encrypt

import (
	"bytes"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Sealed is a sealed file that was read. All that can be asked of it without a
// key is answered from one reading of its bytes; Open and Rekey ask its keys. It
// stays usable after each of them. It is not safe for concurrent use.
type Sealed struct {
	file    File
	src     []byte             // as Parse was given it
	text    []byte             // what of src was parsed
	tree    *document.Document // ciphertext; nil once a Document took it over
	meta    *metadata
	section *document.Node // the metadata as it stands in the file
	strange []Violation    // what stands where no reader looks
	looked  bool           // strange is complete
}

// Parse reads a sealed file. It needs no keys. The error is ErrNotSealed for a
// file that is not sealed; a *SyntaxError or a *MetadataError for one
// that cannot be understood. The result may alias src, which must not be changed
// afterwards.
func Parse(file File, src []byte) (*Sealed, error) {
	s, err := parse(file, src, src)
	if rest, ok := bytes.CutPrefix(src, byteOrderMark); ok && err != nil && file.Input == Dotenv {
		if s, err := parse(file, src, rest); err == nil {
			return s, nil // the mark stood before the metadata
		}
	}
	return s, err
}

func parse(file File, src, text []byte) (*Sealed, error) {
	tree, err := parseTree(file.Input, text, document.ParseOptions{Sealed: true, Cover: true})
	if err != nil {
		return nil, err
	}
	c := &checker{}
	c.bytes(file, src)
	c.strays(tree)
	section, meta, err := takeMetadata(tree)
	if err != nil {
		return nil, err
	}
	return &Sealed{file: file, src: src, text: text, tree: tree, meta: meta, section: section, strange: c.violations}, nil
}

// takeMetadata lifts the metadata out of a sealed tree.
func takeMetadata(tree *document.Document) (*document.Node, *metadata, error) {
	section, err := tree.TakeMetadata()
	if err != nil {
		return nil, nil, public(err)
	}
	meta, err := readMetadata(section)
	return section, meta, err
}

// readSealed is what Parse does for bytes that will not be judged.
func readSealed(file File, sealed []byte) (*document.Document, *metadata, error) {
	tree, err := parseTree(file.Input, sealed, document.ParseOptions{Sealed: true})
	if err != nil {
		return nil, nil, err
	}
	_, meta, err := takeMetadata(tree)
	return tree, meta, err
}

// values returns the tree of ciphertext. A document that was opened took it over
// and decrypted it where it stood: then the bytes are read once more.
func (s *Sealed) values() (*document.Document, error) {
	if s.tree == nil {
		again, err := parse(s.file, s.src, s.text)
		if err != nil {
			return nil, err
		}
		s.tree = again.tree
	}
	return s.tree, nil
}

// Info returns what the metadata says.
func (s *Sealed) Info() *Info { return s.meta.info() }

// Values lists the values of the file, and which of them it holds encrypted.
func (s *Sealed) Values() ([]Value, error) {
	tree, err := s.values()
	if err != nil {
		return nil, err
	}
	return sealedValues(tree)
}

// ownRule is the rule that the file's own metadata speaks of.
func (s *Sealed) ownRule() *policy.Rule {
	rule := &policy.Rule{Groups: keysOf(s.meta.groups), Threshold: s.meta.threshold, MACOnlyEncrypted: s.meta.macOnly}
	if !s.meta.bare {
		rule.Selector = s.meta.selector
	}
	return rule
}
