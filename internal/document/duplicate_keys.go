package document

// Twice returns the first entry whose key stands before it in the same map, and
// its path as in set; nil if there is none. Readers differ in which of the two
// they take. No YAML is read that has one. Sections of an INI file that have one name are one
// map to its readers.
func (d *Document) Twice() (*Node, string) {
	if d.Format == YAML {
		return nil, ""
	}
	keys := &keyTable{}
	for _, root := range d.Roots {
		if d.Format == INI {
			root = joinSections(keys, root)
		}
		if n, steps := twiceBelow(keys, root); n != nil {
			return n, stepsPath(steps)
		}
	}
	return nil, ""
}

// twiceBelow returns the first such entry below n, and the way to it from n.
func twiceBelow(keys *keyTable, n *Node) (*Node, []step) {
	if n.Kind == Map {
		if twice := keys.twice(n.Items); twice != nil {
			return twice, []step{{key: twice.Key}}
		}
	}
	index := 0
	for _, item := range n.Items {
		if item.Kind == Comment {
			continue
		}
		if item.Kind == Map || item.Kind == List {
			if twice, steps := twiceBelow(keys, item); twice != nil {
				return twice, append([]step{{key: item.Key, index: index, isList: n.Kind == List}}, steps...)
			}
		}
		index++
	}
	return nil, nil
}

// joinSections makes one map of all sections with one name.
func joinSections(keys *keyTable, root *Node) *Node {
	if keys.twice(root.Items) == nil {
		return root
	}
	joined := &Node{Kind: Map}
	sections := map[string]*Node{}
	for _, section := range root.Items {
		if section.Kind != Map {
			continue
		}
		if s := sections[section.Key]; s != nil {
			s.Items = append(s.Items, section.Items...)
			continue
		}
		s := &Node{Kind: Map, Key: section.Key, Items: append([]*Node(nil), section.Items...)}
		sections[section.Key] = s
		joined.Items = append(joined.Items, s)
	}
	return joined
}
