package document

func parseINI(src []byte, opts ParseOptions) (*Document, error) { panic("not yet") }

func (d *Document) encodeINI() ([]byte, error) { panic("not yet") }

func isINIFile(n *Node) bool { return false }

func encodeINISection(n *Node) ([]byte, error) { panic("not yet") }
