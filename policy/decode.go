package policy

import (
	"fmt"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// decoder reads YAML nodes strictly and collects every problem.
type decoder struct {
	file     string
	problems []Problem
	warnings []Problem
	visits   int // nodes looked at, aliases followed each time
}

// maxVisits bounds the work that aliases of aliases can make.
const maxVisits = 500_000

func (d *decoder) fail(n *yaml.Node, hint, format string, args ...any) {
	p := Problem{File: d.file, Msg: fmt.Sprintf(format, args...), Hint: hint}
	if n != nil {
		p.Line, p.Col = n.Line, n.Column
	}
	d.problems = append(d.problems, p)
}

func (d *decoder) warn(n *yaml.Node, hint, format string, args ...any) {
	d.warnings = append(d.warnings, Problem{File: d.file, Line: n.Line, Col: n.Column, Msg: fmt.Sprintf(format, args...), Hint: hint})
}

// resolve follows an alias.
func (d *decoder) resolve(n *yaml.Node) *yaml.Node {
	for hops := 0; n != nil && n.Kind == yaml.AliasNode; hops++ {
		if hops > 100 {
			return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null", Line: n.Line, Column: n.Column}
		}
		n = n.Alias
	}
	return n
}

// entry is a key of a map with its value, aliases followed.
type entry struct {
	name  string
	key   *yaml.Node // where the name stands
	value *yaml.Node
}

// entries returns the entries of a map, those of merge keys after its own; a
// name that the map has itself is not taken from a merge. It reports false if n is no map.
func (d *decoder) entries(n *yaml.Node, what string, depth int) ([]entry, bool) {
	n = d.resolve(n)
	if d.visits++; d.visits > maxVisits || depth > 50 {
		if d.visits == maxVisits+1 || depth == 51 {
			d.fail(n, "", "aliases make the policy too large")
		}
		d.visits = maxVisits + 1
		return nil, false
	}
	if isNull(n) {
		return nil, true
	}
	if n.Kind != yaml.MappingNode {
		d.fail(n, "", "%s must be a map, not %s", what, kindOf(n))
		return nil, false
	}
	var own, merged []entry
	seen := map[string]int{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], d.resolve(n.Content[i+1])
		d.visits++
		if key.Tag == "!!merge" || key.Kind == yaml.ScalarNode && key.Value == "<<" && key.Style == 0 {
			merged = append(merged, d.merged(value, what, depth)...)
			continue
		}
		name := d.resolve(key)
		if name.Kind != yaml.ScalarNode {
			d.fail(key, "", "a name in %s must be a word", what)
			continue
		}
		if line, twice := seen[name.Value]; twice {
			d.fail(key, "", "%s stands twice in %s; first on line %d", name.Value, what, line)
			continue
		}
		seen[name.Value] = key.Line
		own = append(own, entry{name.Value, key, value})
	}
	for _, e := range merged {
		if _, have := seen[e.name]; !have {
			seen[e.name] = e.key.Line
			own = append(own, e)
		}
	}
	return own, true
}

func (d *decoder) merged(value *yaml.Node, what string, depth int) []entry {
	if value.Kind == yaml.SequenceNode {
		var all []entry
		for _, item := range value.Content {
			es, _ := d.entries(item, what, depth+1)
			all = append(all, es...)
		}
		return all
	}
	es, _ := d.entries(value, what, depth+1)
	return es
}

// items returns the items of a list, aliases followed; none for null. It
// reports false if n is no list.
func (d *decoder) items(n *yaml.Node, what string) ([]*yaml.Node, bool) {
	n = d.resolve(n)
	if isNull(n) {
		return nil, true
	}
	if n.Kind != yaml.SequenceNode {
		d.fail(n, "", "%s must be a list, not %s", what, kindOf(n))
		return nil, false
	}
	items := make([]*yaml.Node, 0, len(n.Content))
	for _, item := range n.Content {
		if d.visits++; d.visits > maxVisits {
			d.fail(n, "", "aliases make the policy too large")
			return nil, false
		}
		items = append(items, d.resolve(item))
	}
	return items, true
}

// text reads a string. As sops does it takes a number or a boolean as it is
// written, and null as empty.
func (d *decoder) text(n *yaml.Node, what string) string {
	if isNull(n) {
		return ""
	}
	if n.Kind != yaml.ScalarNode {
		d.fail(n, "", "%s must be a string, not %s", what, kindOf(n))
		return ""
	}
	return n.Value
}

func (d *decoder) number(n *yaml.Node, what string) int {
	if isNull(n) {
		return 0
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!int" {
		if v, err := strconv.ParseInt(n.Value, 0, 32); err == nil {
			return int(v)
		}
	}
	d.fail(n, "", "%s must be a whole number, not %s", what, kindOf(n))
	return 0
}

func (d *decoder) flag(n *yaml.Node, what string) bool {
	if isNull(n) {
		return false
	}
	if n.Kind == yaml.ScalarNode && n.ShortTag() == "!!bool" {
		return strings.EqualFold(n.Value, "true")
	}
	d.fail(n, "", "%s must be true or false, not %s", what, kindOf(n))
	return false
}

// unknown reports a name that no field has.
func (d *decoder) unknown(e entry, what string, known []string) {
	d.fail(e.key, suggest(e.name, known), "unknown name %s in %s", quoteName(e.name), what)
}

// quoteName shows a name that a stranger chose, cut to a bearable length.
func quoteName(name string) string {
	if len(name) > 60 {
		name = name[:60] + "…"
	}
	return strconv.Quote(name)
}

func isNull(n *yaml.Node) bool {
	return n == nil || n.Kind == 0 || n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null"
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
