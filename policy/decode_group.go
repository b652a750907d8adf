package policy

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var groupFields = []string{"merge", "age", "pgp", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault"}

// group reads a key group: first the groups that are merged into it, then its own keys. As in sops, each key occurs
// once.
func (d *decoder) group(n *yaml.Node, depth int) Group {
	const what = "a key group"
	if depth > maxDepth {
		d.fail(n, "", "merge nests too deep, or contains itself")
		return nil
	}
	es, ok := d.entries(n, what, 0)
	if !ok {
		return nil
	}
	by := map[string]entry{}
	for _, e := range es {
		if !slices.Contains(groupFields, e.name) {
			d.unknown(e, what, groupFields)
			continue
		}
		by[e.name] = e
	}
	var group Group
	for _, name := range groupFields {
		e, ok := by[name]
		if !ok {
			continue
		}
		items, _ := d.items(e.value, name)
		for _, item := range items {
			if d.stopped {
				return nil
			}
			if name == "merge" {
				group = append(group, d.group(item, depth+1)...)
				continue
			}
			group = append(group, d.groupKeys(name, item)...)
		}
	}
	if !d.charge(n, len(group)) {
		return nil
	}
	return unique(group)
}

// groupKeys reads one entry of a list of a key group.
func (d *decoder) groupKeys(field string, n *yaml.Node) Group {
	before := len(d.problems)
	switch field {
	case "age":
		return d.listed(n, field, Age)
	case "pgp":
		return d.one(n, field, PGP, d.text(n, field))
	case "hc_vault":
		uri := d.solid(n, field)
		if len(d.problems) > before {
			return nil
		}
		return d.one(n, field, VaultKey, uri)
	}
	fields, whole := d.keyFields(field, n)
	t, id := KeyType(field), ""
	switch field {
	case "kms":
		return d.kms(n, fields, whole)
	case "gcp_kms":
		id = d.text(fields["resource_id"], "resource_id")
	case "hckms":
		id = d.solid(fields["key_id"], "key_id")
	case "azure_keyvault":
		t = AzureVault
		id = d.solid(fields["vaultUrl"], "vaultUrl") + "/keys/" + d.solid(fields["key"], "key") + "/" + d.solid(fields["version"], "version")
	}
	if !whole || len(d.problems) > before {
		return nil
	}
	if vault, name, ok := strings.Cut(id, "//keys/"); ok && t == AzureVault { // sops keeps the slash
		group := d.one(n, field, t, vault+"/keys/"+name)
		for i := range group {
			group[i].ID = id
		}
		return group
	}
	return d.one(n, field, t, id)
}

func (d *decoder) kms(n *yaml.Node, fields map[string]*yaml.Node, whole bool) Group {
	arn, role := d.solid(fields["arn"], "arn"), d.solid(fields["role"], "role")
	profile, context := d.text(fields["aws_profile"], "aws_profile"), d.context(fields["context"])
	if role != "" {
		if _, err := ParseRole(role); err != nil {
			d.fail(fields["role"], "", "kms: %s", badRole(role, err).quoting())
		}
	}
	if strings.Contains(arn, "+arn:") {
		d.fail(fields["arn"], "in a key group, write the role in the field role", "kms: arn also names a role")
		return nil
	}
	if !whole || arn == "" {
		return nil
	}
	group := d.one(n, "kms", AWSKMS, arn)
	for i := range group {
		group[i].Role, group[i].Profile, group[i].Context = role, profile, context
	}
	return group
}

// solid reads a text without spaces. Sops would keep spaces as a part of the name of the key. The result is empty if
// there is a problem.
func (d *decoder) solid(n *yaml.Node, what string) string {
	text := d.text(n, what)
	if strings.ContainsAny(text, " \t\r\n") {
		d.fail(n, "", "%s contains a space", what)
		return ""
	}
	return text
}

// one reads one key.
func (d *decoder) one(n *yaml.Node, field string, t KeyType, text string) Group {
	k, err := newKey(t, text)
	if err != nil {
		d.fail(n, "", "%s: %s", field, err)
		return nil
	}
	return Group{k}
}

var keyFieldNames = map[string][]string{
	"kms":            {"arn", "role", "context", "aws_profile"},
	"gcp_kms":        {"resource_id"},
	"hckms":          {"key_id"},
	"azure_keyvault": {"vaultUrl", "key", "version"},
}

var optionalFields = []string{"role", "context", "aws_profile", "version"}

// keyFields returns the fields of a key that is a map, and whether the required fields are present.
func (d *decoder) keyFields(field string, n *yaml.Node) (map[string]*yaml.Node, bool) {
	what := "an entry of " + field
	es, ok := d.entries(n, what, 0)
	if !ok {
		return nil, false
	}
	fields := make(map[string]*yaml.Node, len(es))
	before := len(d.problems)
	for _, e := range es {
		if !slices.Contains(keyFieldNames[field], e.name) {
			d.unknown(e, what, keyFieldNames[field])
			continue
		}
		fields[e.name] = e.value
	}
	for _, name := range keyFieldNames[field] {
		if isNull(fields[name]) && !slices.Contains(optionalFields, name) {
			if len(d.problems) == before { // else it is the misspelt one
				d.fail(n, "", "%s is missing in %s", name, what)
			}
			return fields, false
		}
	}
	return fields, true
}

// context reads the encryption context of a kms entry.
func (d *decoder) context(n *yaml.Node) map[string]string {
	pairs, _ := d.entries(n, "context", 0)
	if len(pairs) == 0 {
		return nil
	}
	context := make(map[string]string, len(pairs))
	for _, p := range pairs {
		if isNull(p.value) {
			d.fail(p.value, "", "context: %s has no value", quoteName(p.name))
			continue
		}
		context[p.name] = d.text(p.value, "context")
	}
	return context
}
