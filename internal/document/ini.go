package document

func parseINI(src []byte, opts ParseOptions) (*Document, error) { panic("not yet") }

func (d *Document) encodeINI() ([]byte, error) { panic("not yet") }
