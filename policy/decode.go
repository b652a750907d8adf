package policy

import (
	"fmt"

	"go.yaml.in/yaml/v3"
)

// decoder reads YAML nodes strictly and collects every problem.
type decoder struct {
	file        string
	problems    []Problem
	warnings    []Problem
	work        int // done so far, in nodes; aliases count each time
	stopped     bool
	expressions map[string]compiled
	states      int // of all expressions together
}

const (
	// maxWork bounds the work that aliases of aliases can cause. The largest policy without them needs less.
	maxWork = 1_000_000
	// maxDepth bounds merge keys in merge keys, and groups in groups.
	maxDepth = 50
)

// charge counts work on n and reports whether the decoder may go on.
func (d *decoder) charge(n *yaml.Node, cost int) bool {
	if d.work += cost; d.work > maxWork {
		d.fail(n, "", "aliases make the policy too large")
		d.stopped = true
	}
	return !d.stopped
}

func (d *decoder) fail(n *yaml.Node, hint, format string, args ...any) {
	if d.full() {
		return
	}
	d.problems = append(d.problems, d.problem(n, hint, format, args))
}

// full reports whether more problems would be of no use.
func (d *decoder) full() bool { return d.stopped || len(d.problems) > maxProblems*4 }

func (d *decoder) warn(n *yaml.Node, hint, format string, args ...any) {
	if d.stopped || len(d.warnings) > maxProblems*4 {
		return
	}
	d.warnings = append(d.warnings, d.problem(n, hint, format, args))
}

func (d *decoder) problem(n *yaml.Node, hint, format string, args []any) Problem {
	p := Problem{File: d.file, Msg: redact(fmt.Sprintf(format, args...)), Hint: hint}
	if n != nil {
		p.Line, p.Col = n.Line, n.Column
	}
	return p
}

// resolve follows an alias. The anchor of an alias is not an alias itself.
func resolve(n *yaml.Node) *yaml.Node {
	if n != nil && n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// entry is a key of a map with its value. Aliases are resolved.
type entry struct {
	name  string
	key   *yaml.Node // where the name stands
	value *yaml.Node
}

// entries returns the entries of a map, and then those of its merge keys, except names that the map has itself. It
// returns false if n is not a map.
func (d *decoder) entries(n *yaml.Node, what string, depth int) ([]entry, bool) {
	n = resolve(n)
	if !d.charge(n, 1) {
		return nil, false
	}
	if depth > maxDepth {
		d.fail(n, "", "%s nests too deep, or contains itself", what)
		return nil, false
	}
	if isNull(n) {
		return nil, true
	}
	if n.Kind != yaml.MappingNode {
		d.fail(n, "", "%s must be a map, not %s", what, kindOf(n))
		return nil, false
	}
	d.untagged(n)
	if !d.charge(n, len(n.Content)/2) {
		return nil, false
	}
	own := make([]entry, 0, len(n.Content)/2)
	seen := make(map[string]int, len(n.Content)/2)
	var merge *yaml.Node
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		name := resolve(key)
		if name.Kind != yaml.ScalarNode || isNull(name) {
			d.fail(key, "", "a name in %s must be a word", what)
			continue
		}
		d.untagged(name)
		if line, twice := seen[name.Value]; twice {
			d.fail(key, "", "%s occurs twice in %s; the first is on line %d", quoteName(name.Value), what, line)
			continue
		}
		seen[name.Value] = key.Line
		if isMerge(key) {
			merge = n.Content[i+1]
			continue
		}
		own = append(own, entry{name.Value, key, resolve(n.Content[i+1])})
	}
	if merge == nil {
		return own, true
	}
	for _, e := range d.merged(merge, what, depth+1) {
		if _, have := seen[e.name]; !have {
			seen[e.name] = e.key.Line
			own = append(own, e)
		}
	}
	return own, !d.stopped
}

// merged returns the entries of a merge key: those of one map, or of a list of maps, where the first map with a name
// wins.
func (d *decoder) merged(value *yaml.Node, what string, depth int) []entry {
	maps := []*yaml.Node{value}
	if value.Kind == yaml.SequenceNode {
		maps = value.Content
	}
	var all []entry
	for _, m := range maps {
		m = resolve(m)
		if m.Kind != yaml.MappingNode {
			d.fail(m, "", "the value of << must be a map or a list of maps, not %s", kindOf(m))
			continue
		}
		es, ok := d.entries(m, what, depth)
		if !ok {
			return nil
		}
		all = append(all, es...)
	}
	return all
}

// items returns the items of a list with aliases resolved, and nothing for null. It returns false if n is not a list.
func (d *decoder) items(n *yaml.Node, what string) ([]*yaml.Node, bool) {
	n = resolve(n)
	if isNull(n) {
		return nil, true
	}
	if n.Kind != yaml.SequenceNode {
		d.fail(n, "", "%s must be a list, not %s", what, kindOf(n))
		return nil, false
	}
	d.untagged(n)
	if !d.charge(n, 1+len(n.Content)) {
		return nil, false
	}
	items := make([]*yaml.Node, len(n.Content))
	for i, item := range n.Content {
		items[i] = resolve(item)
	}
	return items, true
}
