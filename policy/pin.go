package policy

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Matches reports whether k, a key of a file, is the key that a rule names by want. A PGP fingerprint may have
// upper-case or lower-case digits, and a rule may name it by its long key ID, the last 16 digits. An Azure key
// without a version in a rule matches every version. Everything else must be equal, in every field.
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

// Allows reports whether the rule names the key, in every field. This is how a file is kept from choosing whom we
// talk to.
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

// unique removes repeated keys from a group, as sops does. The first one stays.
func unique(group Group) Group {
	seen := make(map[keyName]bool, len(group))
	return slices.DeleteFunc(group, func(k Key) bool {
		n := nameOf(k)
		defer func() { seen[n] = true }()
		return seen[n]
	})
}

// contextName returns the same text for equal contexts, and different texts for different ones.
func contextName(context map[string]string) string {
	var b strings.Builder
	for _, name := range slices.SortedFunc(maps.Keys(context), cmp.Compare[string]) {
		b.WriteString(strconv.Quote(name) + strconv.Quote(context[name]))
	}
	return b.String()
}
