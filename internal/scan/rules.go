package scan

// Rule tells of one kind of credential that is looked for.
type Rule struct {
	ID          string // as in Finding and Options
	Description string // what it is, for people
}

// Rules lists what is looked for: gitleaks' rules, then our own.
func Rules() []Rule {
	all := make([]Rule, 0, len(gitleaksRules)+len(ownRules))
	for _, list := range [][]rule{gitleaksRules, ownRules} {
		for i := range list {
			if list[i].description != "" {
				all = append(all, Rule{list[i].id, list[i].description})
			}
		}
	}
	return all
}
