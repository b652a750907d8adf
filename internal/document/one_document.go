package document

import "strconv"

// onlyRoot returns the one document that all formats but YAML can hold. Of
// several, sops writes the first and drops the rest.
func (d *Document) onlyRoot(f Format) (*Node, error) {
	if len(d.Roots) != 1 {
		return nil, &EncodeError{Format: f, Msg: "it holds " + strconv.Itoa(len(d.Roots)) + " documents, but the format holds only one"}
	}
	return d.Roots[0], nil
}
