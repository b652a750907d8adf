package document

import "errors"

// ErrNoMetadata is a document that carries no sops metadata: it is not
// encrypted.
var ErrNoMetadata = errors.New("sops metadata not found")

// MetadataKey is the top-level name under which sops keeps its metadata;
// dotenv files carry it flattened behind "sops_".
const MetadataKey = "sops"

// HasMetadata reports whether the first document has a top-level "sops" entry
// (for f == Dotenv one that begins with "sops_"), as sops asks before it
// encrypts into format f.
func (d *Document) HasMetadata(f Format) bool { panic("not yet") }

// TakeMetadata lifts the sops metadata out of the tree and returns it as a
// nested map: flattened keys are unflattened, escaped newlines restored, as the
// format d.Format demands. The error is ErrNoMetadata or a *SyntaxError.
func (d *Document) TakeMetadata() (*Node, error) { panic("not yet") }

// PutMetadata appends the metadata (a nested Map) to every root, flattened as
// format f demands. It fails with *EncodeError where an entry stands in its
// place.
func (d *Document) PutMetadata(f Format, meta *Node) error { panic("not yet") }
