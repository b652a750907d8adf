package document

func locateYAMLComments(text string, d *Document) {}
