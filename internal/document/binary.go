package document

import "strings"

// binaryKey is the name under which sops keeps the whole of a binary file.
const binaryKey = "data"

// parseBinary makes one string of the source, without a copy.
func parseBinary(src []byte) (*Document, error) {
	start := Pos{1, 1}
	data := &Node{Kind: String, Key: binaryKey, Text: textOf(src), Pos: start, KeyPos: start}
	root := &Node{Kind: Map, Items: []*Node{data}, Pos: start}
	return &Document{Format: Binary, Roots: []*Node{root}}, nil
}

// encodeBinary returns the bytes of the file. They alias the tree: nobody may
// write to them.
func (d *Document) encodeBinary(Style) ([]byte, error) {
	if len(d.Roots) == 1 {
		for _, item := range d.Roots[0].Items {
			if item.Kind == String && item.Key == binaryKey && !item.BadKey {
				return bytesOf(item.Text), nil
			}
		}
	}
	return nil, &EncodeError{Format: Binary, Msg: `there is no string named "data" at the top; this is likely not an encrypted binary file; use --output-type to select the output type`}
}

// isEnvelope reports whether a binary file is what sops makes of one: an
// object with ciphertext under "data" and metadata under "sops". Anything else
// costs a search for two words at most.
func isEnvelope(text string) bool {
	if !strings.HasPrefix(strings.TrimLeft(text, " \t\r\n"), "{") ||
		!strings.Contains(text, `"`+MetadataKey+`"`) || !strings.Contains(text, "ENC[") {
		return false
	}
	d, err := parseJSONText(text, true)
	if err != nil {
		return false
	}
	var data, meta bool
	for _, item := range d.Roots[0].Items {
		switch item.Key {
		case binaryKey:
			data = data || item.Kind == String && strings.HasPrefix(item.Text, "ENC[")
		case MetadataKey:
			meta = meta || item.Kind == Map
		}
	}
	return data && meta
}
