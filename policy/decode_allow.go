package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// allows reads gitsecrets.allow. An entry with only a rule is an error, because it would accept findings that nobody
// has reviewed.
func (d *decoder) allows(n *yaml.Node) []Allow {
	const what = topSettings + ".allow"
	var out []Allow
	for _, e := range d.reviewed(n, what, "fingerprint", "rule", "path") {
		if e.Fingerprint == "" && e.Path == nil {
			d.fail(e.node, "", "an entry of %s needs a fingerprint or a path", what)
			continue
		}
		out = append(out, e.Allow)
	}
	return out
}

// releases reads gitsecrets.released. An entry that matches every file is an error, because it would turn off the
// check that files stay encrypted.
func (d *decoder) releases(n *yaml.Node) []Release {
	const what = topSettings + ".released"
	var out []Release
	for _, e := range d.reviewed(n, what, "path") {
		switch {
		case e.Path == nil:
			d.fail(e.node, "", "an entry of %s needs a path", what)
		case (&Rule{PathRegex: e.Path}).takesAll():
			d.fail(e.node, "", "the path of an entry of %s must not match every file", what)
		default:
			out = append(out, Release{Source: e.Source, Path: e.Path, Reason: e.Reason})
		}
	}
	return out
}

// reviewed is an entry of a list that people review, with its node.
type reviewed struct {
	Allow
	node *yaml.Node
}

// reviewed reads the entries of such a list. They may have the given fields and must have a reason, for the
// reviewers. Entries with problems are left out.
func (d *decoder) reviewed(n *yaml.Node, what string, fields ...string) []reviewed {
	fields = append(fields, "reason")
	items, _ := d.items(n, what) // what is no list is a problem already
	var out []reviewed
	for _, item := range items {
		es, ok := d.entries(item, "an entry of "+what, 0)
		if !ok {
			continue
		}
		a := Allow{Source: source(d.file, item)}
		before := len(d.problems)
		for _, e := range es {
			if !slices.Contains(fields, e.name) {
				d.unknown(e, "an entry of "+what, fields)
				continue
			}
			switch e.name {
			case "fingerprint":
				a.Fingerprint = d.text(e.value, e.name)
			case "rule":
				a.Rule = d.text(e.value, e.name)
			case "path":
				a.Path = d.expression(e)
			case "reason":
				a.Reason = d.text(e.value, e.name)
			}
		}
		switch {
		case len(d.problems) > before:
		case a.Reason == "":
			d.fail(item, "", "an entry of %s needs a reason, for those who review it", what)
		default:
			out = append(out, reviewed{a, item})
		}
	}
	return out
}
