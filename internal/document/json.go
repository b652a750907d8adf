package document

func parseJSON(src []byte, opts ParseOptions) (*Document, error) { panic("not yet") }

func (d *Document) encodeJSON(style Style) ([]byte, error) { panic("not yet") }
