package document

func parseYAML(src []byte, opts ParseOptions) (*Document, error) { panic("not yet") }

func (d *Document) encodeYAML(style Style) ([]byte, error) { panic("not yet") }
