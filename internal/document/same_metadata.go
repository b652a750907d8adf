package document

// SameMetadata reports the first document after the first whose metadata is
// not that of the first, as it must be in every file that sops or we wrote: no
// reader looks at it, so that anything could stand there. It returns 0 if
// there is none. It must be called before TakeMetadata.
func (d *Document) SameMetadata() int {
	for i := 1; i < len(d.Roots); i++ {
		if !sameItems(d.metadataOf(0), d.metadataOf(i)) {
			return i
		}
	}
	return 0
}

func (d *Document) metadataOf(i int) (found []*Node) {
	for _, entry := range d.Roots[i].Items {
		if isMetadata(d.Format, entry) {
			found = append(found, entry)
		}
	}
	return found
}

func sameItems(a, b []*Node) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		if x.Kind != y.Kind || x.Key != y.Key || x.Text != y.Text || x.Int != y.Int || x.Bool != y.Bool || x.BadKey != y.BadKey ||
			x.Float != y.Float || (x.Time == nil) != (y.Time == nil) || x.Time != nil && !x.Time.Equal(*y.Time) || !sameItems(x.Items, y.Items) {
			return false
		}
	}
	return true
}

// MetadataComment returns a comment within the metadata, nil if there is none.
// sops writes none and drops those that it finds. It must be called before
// TakeMetadata.
func (d *Document) MetadataComment() *Node {
	for i := range d.Roots {
		for _, entry := range d.metadataOf(i) {
			if c := commentIn(entry); c != nil {
				return c
			}
		}
	}
	return nil
}

func commentIn(n *Node) *Node {
	for _, item := range n.Items {
		if item.Kind == Comment && item.Text != "" {
			return item
		}
		if c := commentIn(item); c != nil {
			return c
		}
	}
	return nil
}
