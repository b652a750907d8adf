package policy

// KeySet does what [Rule.Allows] does, and is fast for many keys: a file may have a hundred thousand.
type KeySet struct {
	exact    map[keyName]bool
	patterns []Key // that name more than one spelling of a key
}

// keyName is equal for equal keys only.
type keyName struct {
	t                          KeyType
	id, role, profile, context string
}

func nameOf(k Key) keyName {
	return keyName{k.Type, k.ID, k.Role, k.Profile, contextName(k.Context)}
}

// KeySet returns the keys that the rule names.
func (r *Rule) KeySet() *KeySet {
	s := &KeySet{exact: map[keyName]bool{}}
	for _, group := range r.Groups {
		for _, k := range group {
			n := nameOf(k)
			if !s.exact[n] && (k.Type == PGP || k.Type == AzureVault) {
				s.patterns = append(s.patterns, k)
			}
			s.exact[n] = true
		}
	}
	return s
}

// Allows is [Rule.Allows].
func (s *KeySet) Allows(k Key) bool {
	if s.exact[nameOf(k)] {
		return true
	}
	for _, want := range s.patterns {
		if k.Matches(want) {
			return true
		}
	}
	return false
}
