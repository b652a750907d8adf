package encrypt

import (
	"context"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Seal encrypts plaintext for the rule's keys, the values that the rule's
// selector selects.
func Seal(ctx context.Context, rule *policy.Rule, file File, plaintext []byte, opts SealOptions, keys ...KeyService) (*Sealed, error) {
	panic("not yet")
}

// Open decrypts a sealed file and verifies its MAC. The rule (nil: none
// governs the file) limits whom the file may make us contact; see DESIGN,
// decision 6.
func Open(ctx context.Context, rule *policy.Rule, file File, sealed []byte, opts OpenOptions, keys ...KeyService) (*Document, error) {
	panic("not yet")
}

// Inspect reads the metadata of a sealed file. It needs no keys. The error is
// document.ErrNoMetadata for a file that is not sealed.
func Inspect(file File, sealed []byte) (*Info, error) { panic("not yet") }

// Document is an opened file.
type Document struct {
	// Warnings is what Open has to say.
	Warnings []Warning
}

// Info returns the file's metadata.
func (d *Document) Info() *Info { panic("not yet") }

// Plaintext writes the whole document in the file's output format.
func (d *Document) Plaintext() ([]byte, error) { panic("not yet") }

// PlaintextWithMetadata is Plaintext with the sops metadata in it, as edit
// --show-master-keys shows it.
func (d *Document) PlaintextWithMetadata() ([]byte, error) { panic("not yet") }

// Extract writes the value at path as sops's --extract prints it.
func (d *Document) Extract(path Path) ([]byte, error) { panic("not yet") }

// Tree returns the decrypted tree. It belongs to the document.
func (d *Document) Tree() *document.Document { panic("not yet") }

// Set puts a value at path, as sops set does, and reports whether the tree
// changed. An integer stays an integer.
func (d *Document) Set(path Path, value *document.Node) (changed bool, err error) { panic("not yet") }

// Unset removes the entry at path. A path that names nothing is a *PathError
// with NotFound.
func (d *Document) Unset(path Path) error { panic("not yet") }

// Replace puts a new plaintext (in the file's output format, as Plaintext
// writes it) in the place of the old and reports whether anything changed.
// With withMetadata the text carries the sops metadata, as
// PlaintextWithMetadata wrote it.
func (d *Document) Replace(plaintext []byte, withMetadata bool, opts SealOptions) (changed bool, err error) {
	panic("not yet")
}

// Rekey wraps the data key for other key groups. Keys that stay keep their
// wrapped form when the number of groups and the threshold stay and there is
// one group.
func (d *Document) Rekey(ctx context.Context, groups []policy.Group, threshold int, keys ...KeyService) error {
	panic("not yet")
}

// Rotate makes a new data key and wraps it for groups; every value is
// encrypted anew by the next Seal.
func (d *Document) Rotate(ctx context.Context, groups []policy.Group, threshold int, keys ...KeyService) error {
	panic("not yet")
}

// Seal writes the sealed form. Values that did not change keep their
// ciphertext; if nothing at all changed since Open, it returns the bytes that
// Open was given.
func (d *Document) Seal() ([]byte, error) { panic("not yet") }

// New makes a document from a plaintext, for keys of a rule, as edit does for
// a file that does not exist. Seal encrypts it.
func New(ctx context.Context, rule *policy.Rule, file File, plaintext []byte, opts SealOptions, keys ...KeyService) (*Document, error) {
	panic("not yet")
}
