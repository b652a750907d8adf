package policy

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// flatKeys reads a field of a rule that lists keys: a string with commas, or a list of strings. It returns false if
// there is a problem.
func (d *decoder) flatKeys(e entry, t KeyType) (Group, bool) {
	before := len(d.problems)
	var group Group
	switch {
	case isNull(e.value):
	case e.value.Kind == yaml.SequenceNode:
		items, _ := d.items(e.value, e.name)
		for _, item := range items {
			if !isString(item) {
				hint := ""
				if t == PGP {
					hint = "put quotes around it"
				}
				d.fail(item, hint, "%s: an entry must be a string, not %s", e.name, kindOf(item))
				continue
			}
			if t == VaultKey {
				d.solid(item, e.name)
			}
			group = append(group, d.listed(item, e.name, t)...)
		}
	case t == HuaweiKMS:
		d.fail(e.value, "", "%s must be a list, not %s", e.name, kindOf(e.value))
	case isString(e.value):
		group = d.split(e.value, e.name, t)
	default:
		d.fail(e.value, "", "%s must be a string or a list of strings, not %s", e.name, kindOf(e.value))
	}
	return group, len(d.problems) == before && !d.stopped
}

func isString(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str"
}

// split reads keys that are separated by commas. It ignores empty entries, as after a trailing comma.
func (d *decoder) split(n *yaml.Node, field string, t KeyType) Group {
	text := d.text(n, field)
	if !d.charge(n, strings.Count(text, ",")) {
		return nil
	}
	keys, errs := splitKeys(t, text)
	for _, err := range errs {
		d.fail(n, "", "%s: %s", field, err)
	}
	return keys
}

// listed reads an entry of a list, which may itself contain keys with commas. As in sops, none of them may be empty.
func (d *decoder) listed(n *yaml.Node, field string, t KeyType) Group {
	text := d.text(n, field)
	for part := range strings.SplitSeq(text, ",") {
		if strings.TrimSpace(part) == "" {
			d.fail(n, "", "%s: %s", field, errEmptyKey)
			return nil
		}
	}
	return d.split(n, field, t)
}
