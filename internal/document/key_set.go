package document

// keySet is the set of keys seen in one map. Few are compared one by one; more
// go into a table, so that a wide map takes linear time.
type keySet struct {
	few  []string
	many map[string]struct{}
}

// add puts a key in and reports whether it is new.
func (s *keySet) add(key string) bool {
	if s.many == nil {
		for _, k := range s.few {
			if k == key {
				return false
			}
		}
		if len(s.few) < 8 {
			s.few = append(s.few, key)
			return true
		}
		s.many = make(map[string]struct{}, 64)
		for _, k := range s.few {
			s.many[k] = struct{}{}
		}
	}
	before := len(s.many)
	s.many[key] = struct{}{}
	return len(s.many) > before
}

// twice returns the first entry whose key stands before it in the same list of
// entries; nil if there is none.
func (t *keyTable) twice(items []*Node) *Node {
	if t.distinct(items) {
		return nil
	}
	var keys keySet
	for _, n := range items {
		if n.Kind != Comment && !keys.add(n.Key) {
			return n
		}
	}
	return nil
}
