package document

func fastEncodeYAML(roots []*Node, indent int) ([]byte, bool) { return nil, false }
