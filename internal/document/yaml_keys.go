package document

// yamlKeys is the set of keys seen in one map. Few are compared one by one;
// more go into a table, so that a wide map takes linear time.
type yamlKeys struct {
	few  []string
	many map[string]struct{}
}

// add puts a key in and reports whether it is new. size is how many keys the
// map has.
func (s *yamlKeys) add(key string, size int) bool {
	if size <= 8 {
		for _, k := range s.few {
			if k == key {
				return false
			}
		}
		s.few = append(s.few, key)
		return true
	}
	if s.many == nil {
		s.many = make(map[string]struct{}, size)
	}
	before := len(s.many)
	s.many[key] = struct{}{}
	return len(s.many) > before
}
