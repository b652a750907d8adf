package files

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// sameKeys reports whether a file has the keys of a rule, in the same groups.
func sameKeys(have [][]encrypt.Wrapped, want []policy.Group) bool {
	if len(have) != len(want) {
		return false
	}
	for i := range have {
		added, removed, _ := diffKeys(have[i], want[i])
		if len(added)+len(removed) > 0 || len(have[i]) != len(want[i]) {
			return false
		}
	}
	return true
}

// diffKeys compares a group of a file with one of a rule.
func diffKeys(have []encrypt.Wrapped, want policy.Group) (added, removed, common []policy.Key) {
	for _, k := range want {
		if holds(have, k) {
			common = append(common, k)
		} else {
			added = append(added, k)
		}
	}
	for _, w := range have {
		if !named(want, w.Key) {
			removed = append(removed, w.Key)
		}
	}
	return added, removed, common
}

// showChange prints what updatekeys means to do with a file, as sops prints it.
func (a *verbs) showChange(name string, change *keyChange) {
	info := change.in.Sealed.Info()
	a.Say("%s:", text.Escape(name))
	var b strings.Builder
	b.WriteString("The following changes will be made to the file's groups:\n")
	if old := info.Threshold; old > 0 && old == change.rule.Threshold {
		fmt.Fprintf(&b, "shamir_threshold: %d\n", old)
	} else {
		if change.rule.Threshold > 0 {
			fmt.Fprintf(&b, "+++ shamir_threshold: %d\n", change.rule.Threshold)
		}
		if old > 0 {
			fmt.Fprintf(&b, "--- shamir_threshold: %d\n", old)
		}
	}
	for i := range max(len(info.Groups), len(change.rule.Groups)) {
		var have []encrypt.Wrapped
		var want policy.Group
		if i < len(info.Groups) {
			have = info.Groups[i]
		}
		if i < len(change.rule.Groups) {
			want = change.rule.Groups[i]
		}
		fmt.Fprintf(&b, "Group %d\n", i+1)
		added, removed, common := diffKeys(have, want)
		for _, part := range []struct {
			sign string
			keys []policy.Key
		}{{"   ", common}, {"+++", added}, {"---", removed}} {
			for _, k := range part.keys {
				fmt.Fprintf(&b, "%s %s\n", part.sign, text.Escape(nameOf(k)))
			}
		}
	}
	fmt.Fprint(a.Words(), b.String())
}

// nameOf shows a key as sops does: an ARN with its role, context and profile.
func nameOf(k policy.Key) string {
	s := k.ID
	if k.Role != "" {
		s += "+" + k.Role
	}
	if len(k.Context) > 0 || k.Profile != "" {
		var pairs []string
		for name, value := range k.Context {
			pairs = append(pairs, name+":"+value)
		}
		slices.Sort(pairs)
		s += "|" + strings.Join(pairs, ",")
	}
	if k.Profile != "" {
		s += "|" + k.Profile
	}
	return s
}
