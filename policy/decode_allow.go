package policy

import "go.yaml.in/yaml/v3"

// allows reads gitsecrets.allow. An entry that accepts by nothing but a rule would
// accept what nobody has looked at yet, and one without a reason cannot be reviewed.
func (d *decoder) allows(n *yaml.Node) []Allow {
	const what = topSettings + ".allow"
	items, _ := d.items(n, what)
	var out []Allow
	for _, item := range items {
		es, ok := d.entries(item, "an entry of "+what, 0)
		if !ok {
			continue
		}
		a := Allow{Source: source(d.file, item)}
		before := len(d.problems)
		for _, e := range es {
			switch e.name {
			case "fingerprint":
				a.Fingerprint = d.text(e.value, e.name)
			case "rule":
				a.Rule = d.text(e.value, e.name)
			case "path":
				a.Path = d.expression(e)
			case "reason":
				a.Reason = d.text(e.value, e.name)
			default:
				d.unknown(e, "an entry of "+what, []string{"fingerprint", "rule", "path", "reason"})
			}
		}
		switch {
		case len(d.problems) > before:
		case a.Fingerprint == "" && a.Path == nil:
			d.fail(item, "", "an entry of %s needs a fingerprint or a path", what)
		case a.Reason == "":
			d.fail(item, "", "an entry of %s needs a reason, for those who review it", what)
		default:
			out = append(out, a)
		}
	}
	return out
}

// releases reads gitsecrets.released. An entry names what it releases: one that takes
// every file would switch off what keeps them encrypted.
func (d *decoder) releases(n *yaml.Node) []Release {
	const what = topSettings + ".released"
	items, _ := d.items(n, what)
	var out []Release
	for _, item := range items {
		es, ok := d.entries(item, "an entry of "+what, 0)
		if !ok {
			continue
		}
		r := Release{Source: source(d.file, item)}
		before := len(d.problems)
		for _, e := range es {
			switch e.name {
			case "path":
				r.Path = d.expression(e)
			case "reason":
				r.Reason = d.text(e.value, e.name)
			default:
				d.unknown(e, "an entry of "+what, []string{"path", "reason"})
			}
		}
		switch {
		case len(d.problems) > before:
		case r.Path == nil:
			d.fail(item, "", "an entry of %s needs a path", what)
		case (&Rule{PathRegex: r.Path}).takesAll():
			d.fail(item, "", "an entry of %s names the files it is for, not every file", what)
		case r.Reason == "":
			d.fail(item, "", "an entry of %s needs a reason, for those who review it", what)
		default:
			out = append(out, r)
		}
	}
	return out
}
