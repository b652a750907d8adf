package policy

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Matches reports whether k, of a file, is the key that want, of a rule,
// names. A PGP fingerprint may be written in either case, and a rule may name
// it by its last 16 digits, the long key ID; an Azure key of a rule without a
// version means any version. All else is compared exactly, in every field.
func (k Key) Matches(want Key) bool {
	if k.Type == PGP && want.Type == PGP {
		have, name := strings.ToUpper(k.ID), strings.ToUpper(want.ID)
		if len(name) == 16 && len(have) >= 32 {
			return strings.HasSuffix(have, name)
		}
		return have == name
	}
	if k.Type == AzureVault && want.Type == AzureVault && strings.HasSuffix(want.ID, "/") {
		return strings.HasPrefix(k.ID, want.ID)
	}
	return k.equal(want)
}

// Allows reports whether the rule names the key, in every field: the pin that
// keeps a file from choosing whom we talk to.
func (r *Rule) Allows(k Key) bool {
	for _, group := range r.Groups {
		for _, want := range group {
			if k.Matches(want) {
				return true
			}
		}
	}
	return false
}

func (k Key) equal(o Key) bool {
	return k.Type == o.Type && k.ID == o.ID && k.Role == o.Role && k.Profile == o.Profile &&
		len(k.Context) == len(o.Context) && maps.Equal(k.Context, o.Context)
}

// unique returns a group with each key once, as sops has it: where it stands
// first.
func unique(group Group) Group {
	seen := make(map[keyName]bool, len(group))
	return slices.DeleteFunc(group, func(k Key) bool {
		n := nameOf(k)
		defer func() { seen[n] = true }()
		return seen[n]
	})
}

// contextName is a text that is the same for equal contexts only.
func contextName(context map[string]string) string {
	var b strings.Builder
	for _, name := range slices.SortedFunc(maps.Keys(context), cmp.Compare[string]) {
		b.WriteString(strconv.Quote(name) + strconv.Quote(context[name]))
	}
	return b.String()
}
