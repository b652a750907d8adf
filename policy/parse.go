package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"go.yaml.in/yaml/v3"
)

// MaxSize is the largest size of a policy, in bytes.
const MaxSize = 1 << 20

// Parse reads a policy. Messages call the file by name. The error is an *Error with every problem.
//
// Parse is stricter than sops, which ignores unknown names and expressions that do not compile: see docs/policy.md.
func Parse(name string, src []byte) (p *Policy, err error) {
	d := &decoder{file: name}
	defer func() {
		if recover() != nil { // the YAML library, on hostile input
			p, err = nil, &Error{[]Problem{{File: name, Msg: "cannot be read as YAML"}}}
		}
	}()
	p = &Policy{Name: name, Stores: Stores{JSONIndent: -1, JSONBinaryIndent: -1}}
	if len(src) > MaxSize {
		d.fail(nil, "", "is larger than %d bytes, the limit for a policy", MaxSize)
	} else {
		d.secrets(src)
		if root := d.document(src); root != nil {
			d.policy(root, p)
		}
	}
	p.Warnings = sortProblems(d.warnings)
	if len(d.problems) > 0 {
		return nil, &Error{sortProblems(d.problems)}
	}
	return p, nil
}

// document returns the root of the YAML document. It returns nil for an empty file, and for a file that is not YAML.
func (d *decoder) document(src []byte) *yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc, more yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		d.syntax(src, err)
		return nil
	}
	if err := dec.Decode(&more); err != nil && !errors.Is(err, io.EOF) {
		d.syntax(src, err)
	} else if err == nil && len(more.Content) > 0 && !isNull(more.Content[0]) {
		d.fail(more.Content[0], "sops reads only the first", "the file has a second YAML document")
	}
	if len(doc.Content) == 0 {
		return nil
	}
	return doc.Content[0]
}

const (
	topRules        = "creation_rules"
	topDestinations = "destination_rules"
	topStores       = "stores"
	topSettings     = "gitsecrets"

	freshDataKey = "fresh_data_key"
	freshAlways  = "always"
)

func (d *decoder) policy(root *yaml.Node, p *Policy) {
	es, ok := d.entries(root, "the policy", 0)
	if !ok {
		return
	}
	known := []string{topRules, topDestinations, topStores, topSettings}
	for _, e := range es {
		switch e.name {
		case topRules:
			d.rules(e.value, p)
		case topDestinations:
			d.destinations(e.value)
		case topStores:
			d.stores(e.value, &p.Stores)
		case topSettings:
			d.settings(e.value, p)
		default: // people keep YAML anchors under names of their own
			if hint := suggest(e.name, known); hint != "" {
				d.fail(e.key, hint, "unknown name %s in the policy", quoteName(e.name))
			}
		}
	}
}

func (d *decoder) rules(n *yaml.Node, p *Policy) {
	items, _ := d.items(n, topRules)
	first := map[string]int{} // expression, line
	all := 0                  // line of the first rule that takes every path
	for _, item := range items {
		if d.stopped {
			return
		}
		rule, ok := d.rule(item, "a creation rule")
		if !ok {
			continue
		}
		p.Rules = append(p.Rules, rule)
		text := ""
		if rule.PathRegex != nil {
			text = rule.PathRegex.String()
		}
		switch line, again := first[text]; {
		case all > 0:
			d.warn(item, "move this rule up", "this rule is never reached: the rule on line %d matches every path", all)
		case again:
			d.warn(item, "", "this rule is never reached: the rule on line %d has the same path_regex", line)
		case rule.takesAll():
			all = item.Line
		}
		first[text] = item.Line
		if readsAsGlob(text) {
			d.warn(item, `path_regex is a regular expression: dir/*.yaml is written ^dir/[^/]*\.yaml$`, "path_regex %s looks like a glob", quoteName(text))
		}
	}
}

func (d *decoder) stores(n *yaml.Node, s *Stores) {
	es, _ := d.entries(n, topStores, 0)
	known := []string{"yaml", "json", "json_binary", "dotenv", "ini"}
	for _, e := range es {
		indent := map[string]*int{"yaml": &s.YAMLIndent, "json": &s.JSONIndent, "json_binary": &s.JSONBinaryIndent}[e.name]
		if indent == nil && e.name != "dotenv" && e.name != "ini" {
			d.unknown(e, topStores, known)
			continue
		}
		fields, _ := d.entries(e.value, topStores+"."+e.name, 0)
		for _, f := range fields {
			if f.name != "indent" || indent == nil {
				d.unknown(f, topStores+"."+e.name, []string{"indent"})
				continue
			}
			*indent = d.number(f.value, "indent")
			if lowest := map[bool]int{true: 0, false: -1}[e.name == "yaml"]; *indent < lowest {
				d.fail(f.value, "", "indent must be at least %d", lowest)
			}
		}
	}
}

func (d *decoder) settings(n *yaml.Node, p *Policy) {
	s := &p.Settings
	es, _ := d.entries(n, topSettings, 0)
	for _, e := range es {
		switch e.name {
		case "allow":
			s.Allow = d.allows(e.value)
		case "released":
			s.Released = d.releases(e.value)
		case "ci":
			if _, ok := d.entries(e.value, topSettings+".ci", 0); ok && !isNull(e.value) {
				p.ci = e.value
			}
		case freshDataKey:
			if text := d.text(e.value, e.name); text == freshAlways {
				s.FreshDataKey = true
			} else if text != "" {
				d.fail(e.value, "without this setting, a new data key is used only when a recipient is removed", "%s must be %s", e.name, freshAlways)
			}
		default:
			d.unknown(e, topSettings, []string{"allow", "released", "ci", freshDataKey})
		}
	}
}

func source(file string, n *yaml.Node) string { return fmt.Sprintf("%s:%d", file, n.Line) }
