package document

// ParseOptions: the zero value reads as sops reads, and stops at what sops
// would silently damage.
type ParseOptions struct {
	// Sealed: the source is an encrypted file. Only matters for Binary, whose
	// encrypted form is a JSON object.
	Sealed bool
	// AllowLossy lets through what would otherwise be a SyntaxError because no
	// value of sops can hold it (a JSON number beyond float64 becomes a
	// string). What is merely changed never stops Parse; see Losses.
	AllowLossy bool
	// Cover: find the strays of the source, for one who judges it.
	Cover bool

	testOnlyLibrary bool // YAML: without the comments that the library loses
}

// Parse reads src. The document may alias src, which the caller must not
// change afterwards. Errors are of type *SyntaxError.
func Parse(f Format, src []byte, opts ParseOptions) (*Document, error) {
	switch f {
	case YAML:
		return parseYAML(src, opts)
	case JSON:
		return parseJSON(src, opts)
	case Dotenv:
		return parseDotenv(src, opts)
	case INI:
		return parseINI(src, opts)
	default:
		if opts.Sealed {
			d, err := parseJSON(src, opts)
			if d != nil {
				d.Format = Binary
			}
			return d, err
		}
		return parseBinary(src)
	}
}

// Encode writes the tree in format f (which need not be the one it was read
// in), as sops 3.13.3 writes it. Errors are of type *EncodeError.
func (d *Document) Encode(f Format, style Style) ([]byte, error) {
	switch f {
	case YAML:
		return d.encodeYAML(style)
	case JSON:
		return d.encodeJSON(style)
	case Dotenv:
		return d.encodeDotenv()
	case INI:
		return d.encodeINI()
	default:
		return d.encodeBinary(style)
	}
}

// EncodeSealed writes an encrypted document (with its metadata put back): as
// Encode does, but Binary becomes the JSON envelope.
func (d *Document) EncodeSealed(f Format, style Style) ([]byte, error) {
	if f == Binary {
		f = JSON
	}
	return d.Encode(f, style)
}
