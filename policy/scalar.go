package policy

import (
	"strconv"

	"go.yaml.in/yaml/v3"
)

// text reads a string. As in sops, a number or a boolean is used as it is written, and null is empty.
func (d *decoder) text(n *yaml.Node, what string) string {
	if isNull(n) {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		d.fail(n, "", "%s must be a string, not %s", what, kindOf(n))
		return ""
	}
	d.untagged(n)
	if !d.charge(n, len(n.Value)/32) {
		return ""
	}
	return n.Value
}

func (d *decoder) number(n *yaml.Node, what string) int {
	if isNull(n) {
		return 0
	}
	var v int32
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		d.untagged(n)
		if n.Decode(&v) != nil {
			d.fail(n, "", "%s is too large", what)
		}
		return int(v)
	}
	if kind := kindOf(n); kind == "a number" {
		d.fail(n, "", "%s must be a whole number", what)
	} else {
		d.fail(n, "", "%s must be a whole number, not %s", what, kind)
	}
	return 0
}

// flag reads a boolean. As in sops, the words of YAML 1.1 are booleans too.
func (d *decoder) flag(n *yaml.Node, what string) bool {
	if isNull(n) {
		return false
	}
	if n.Kind == yaml.ScalarNode {
		d.untagged(n)
		var v bool
		if n.Decode(&v) == nil {
			return v
		}
	}
	d.fail(n, "", "%s must be true or false, not %s", what, kindOf(n))
	return false
}

// untagged refuses explicit tags that change the type of a value: no policy needs them, and people would misread
// them.
func (d *decoder) untagged(n *yaml.Node) {
	if n.Style&yaml.TaggedStyle == 0 {
		return
	}
	switch tag := n.ShortTag(); {
	case n.Kind == yaml.ScalarNode && tag == "!!str",
		n.Kind == yaml.MappingNode && tag == "!!map",
		n.Kind == yaml.SequenceNode && tag == "!!seq":
	default:
		d.fail(n, "", "a policy must not have YAML tags")
	}
}

// quoteName quotes a name that a stranger chose, and shortens it.
func quoteName(name string) string {
	if runes := []rune(name); len(runes) > 60 {
		name = string(runes[:60]) + "…"
	}
	return strconv.Quote(name)
}

func isNull(n *yaml.Node) bool {
	return n == nil || n.Kind == 0 || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
}

func isMerge(key *yaml.Node) bool {
	return key.Kind == yaml.ScalarNode && key.Value == "<<" && key.ShortTag() == "!!merge"
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a map"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.ShortTag() {
	case "!!int", "!!float":
		return "a number"
	case "!!bool":
		return "a boolean"
	case "!!null":
		return "null"
	case "!!str":
		return "a string"
	}
	return "a scalar of another type"
}
