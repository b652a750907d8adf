package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// MaxSize is how large a policy may be, in bytes.
const MaxSize = 1 << 20

// Parse reads a policy. The error is an *Error with every problem. name is
// what messages call the file.
//
// It is stricter than sops, which ignores names that it does not know and
// expressions that do not compile: see docs/policy.md.
func Parse(name string, src []byte) (p *Policy, err error) {
	d := &decoder{file: name}
	defer func() {
		if recover() != nil { // the YAML library, on hostile input
			p, err = nil, &Error{[]Problem{{File: name, Msg: "cannot be read as YAML"}}}
		}
	}()
	root, err := d.document(src)
	if err != nil {
		return nil, err
	}
	p = &Policy{Name: name, Stores: Stores{JSONIndent: -1, JSONBinaryIndent: -1}}
	if root != nil {
		d.policy(root, p)
	}
	p.Warnings = sortProblems(d.warnings)
	if len(d.problems) > 0 {
		return nil, &Error{sortProblems(d.problems)}
	}
	return p, nil
}

// document returns the root of the only YAML document, nil for an empty file.
func (d *decoder) document(src []byte) (*yaml.Node, error) {
	if len(src) > MaxSize {
		d.fail(nil, "", "is larger than %d bytes, which no policy is", MaxSize)
		return nil, &Error{d.problems}
	}
	dec := yaml.NewDecoder(bytes.NewReader(src))
	var doc yaml.Node
	if err := dec.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, nil
	} else if err != nil {
		line, msg := yamlError(err)
		d.fail(&yaml.Node{Line: line, Column: 1}, "", "%s", msg)
		return nil, &Error{d.problems}
	}
	var more yaml.Node
	if err := dec.Decode(&more); err == nil {
		d.fail(&more, "sops reads the first only", "a second YAML document")
	} else if !errors.Is(err, io.EOF) {
		line, msg := yamlError(err)
		d.fail(&yaml.Node{Line: line, Column: 1}, "", "%s", msg)
	}
	if len(doc.Content) == 0 {
		return nil, nil
	}
	return doc.Content[0], nil
}

var yamlLine = regexp.MustCompile(`line (\d+): (.*)`)

// yamlError takes the line out of an error of the YAML library. A policy holds
// no secrets, but one put there by mistake is not to be printed: the
// library's words are kept only where they quote nothing.
func yamlError(err error) (line int, msg string) {
	m := yamlLine.FindStringSubmatch(err.Error())
	if m == nil {
		return 1, "is not valid YAML"
	}
	line, convErr := strconv.Atoi(m[1])
	if convErr != nil {
		line = 1
	}
	if regexp.MustCompile("['\"`]").MatchString(m[2]) {
		return line, "is not valid YAML"
	}
	return line, "is not valid YAML: " + m[2]
}

const (
	topRules        = "creation_rules"
	topDestinations = "destination_rules"
	topStores       = "stores"
	topSettings     = "gitsecrets"
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
			d.destinations(e.value, p)
		case topStores:
			d.stores(e.value, &p.Stores)
		case topSettings:
			d.settings(e.value, &p.Settings)
		default: // people keep YAML anchors under names of their own
			if hint := suggest(e.name, known); hint != "" {
				d.fail(e.key, hint, "unknown name %s in the policy", quoteName(e.name))
			}
		}
	}
}

func (d *decoder) rules(n *yaml.Node, p *Policy) {
	items, _ := d.items(n, topRules)
	var all *yaml.Node // the first rule without a path_regex
	for _, item := range items {
		rule, ok := d.rule(item, "a creation rule")
		if !ok {
			continue
		}
		if all != nil {
			d.warn(item, "move it up", "this rule is never reached: the one on line %d has no path_regex and takes every path", all.Line)
		}
		if rule.PathRegex == nil && all == nil {
			all = item
		}
		p.Rules = append(p.Rules, rule)
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

func (d *decoder) settings(n *yaml.Node, s *Settings) {
	es, _ := d.entries(n, topSettings, 0)
	for _, e := range es {
		switch e.name {
		case "allow":
			if _, ok := d.items(e.value, topSettings+".allow"); ok {
				s.Allow = e.value
			}
		case "ci":
			if _, ok := d.entries(e.value, topSettings+".ci", 0); ok {
				s.CI = e.value
			}
		default:
			d.unknown(e, topSettings, []string{"allow", "ci"})
		}
	}
}

func source(file string, n *yaml.Node) string { return fmt.Sprintf("%s:%d", file, n.Line) }
