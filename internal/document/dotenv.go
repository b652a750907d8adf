package document

func parseDotenv(src []byte, opts ParseOptions) (*Document, error) { panic("not yet") }

func (d *Document) encodeDotenv() ([]byte, error) { panic("not yet") }
