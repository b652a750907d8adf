package document

// YAML is read and written by two pairs of hands. The general reader and
// writer go through go.yaml.in/yaml/v3, the library that sops uses, and define
// what is right. The fast ones know the shape that people and sops mostly
// write; they do exactly what the general ones would, or decline and leave the
// whole source or tree to them. FuzzYAMLFastPath holds them to that.

// parseYAML reads a stream of YAML documents as sops's store does. It differs
// on purpose where sops loses or crashes: a key that stands twice is refused in
// every document and not only in the first, so are a tag that does not fit its
// value, an alias within its own anchor and aliases that blow the source up;
// and the comments that the library loses are kept, or told as losses.
func parseYAML(src []byte, opts ParseOptions) (*Document, error) {
	if len(src) == 0 {
		return &Document{Format: YAML}, nil
	}
	text, err := yamlText(src)
	if err != nil {
		return nil, err
	}
	if d := fastParseYAML(text); d != nil {
		return d, nil
	}
	return generalParseYAML(text, opts)
}

// encodeYAML writes the tree as sops's store does, byte for byte, except where
// sops would change the meaning: the merge key stays a plain <<, a string that
// reads "<<" is quoted, and so is a text whose block no reader would read back;
// a comment beside a map or list goes above it, one behind a map in a list
// into the end of that map, and those of an empty map or list where a reader
// finds them.
func (d *Document) encodeYAML(style Style) ([]byte, error) {
	indent, err := yamlIndent(style)
	if err != nil {
		return nil, err
	}
	if out, ok := fastEncodeYAML(d.Roots, indent); ok {
		return out, nil
	}
	return generalEncodeYAML(d.Roots, indent)
}

// encodeYAMLValue writes one value as sops's --extract does: a document of its
// own, always with four blanks a level.
func encodeYAMLValue(n *Node, _ Style) ([]byte, error) {
	return generalEncodeYAMLValue(n)
}

// yamlIndent is the indentation that the library settles on for a style:
// what lies outside of 2 to 9 becomes 2.
func yamlIndent(style Style) (int, error) {
	switch n := style.YAMLIndent; {
	case n < 0:
		return 0, &EncodeError{Format: YAML, Msg: "the indentation is negative"}
	case n == 0:
		return 4, nil
	case n < 2 || n > 9:
		return 2, nil
	default:
		return n, nil
	}
}
