package document

func parseBinary(src []byte) (*Document, error) { panic("not yet") }

func (d *Document) encodeBinary(style Style) ([]byte, error) { panic("not yet") }
