package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

var groupFields = []string{"merge", "age", "pgp", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault"}

// group reads a key group, with the groups merged into it before its own keys,
// and each key once, as sops does.
func (d *decoder) group(n *yaml.Node, depth int) Group {
	const what = "a key group"
	if depth > 20 {
		d.fail(n, "", "merge nests too deep")
		return nil
	}
	es, ok := d.entries(n, what, depth)
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
			if name == "merge" {
				group = append(group, d.group(item, depth+1)...)
				continue
			}
			group = append(group, d.groupKeys(name, item)...)
		}
	}
	return unique(group)
}

func unique(group Group) Group {
	var out Group
	for _, k := range group {
		if !slices.ContainsFunc(out, k.equal) {
			out = append(out, k)
		}
	}
	return out
}

// groupKeys reads one entry of a list of a key group.
func (d *decoder) groupKeys(field string, n *yaml.Node) Group {
	t := map[string]KeyType{"age": Age, "pgp": PGP, "kms": AWSKMS, "gcp_kms": GCPKMS, "hckms": HuaweiKMS, "azure_keyvault": AzureVault, "hc_vault": VaultKey}[field]
	var keys []Key
	var err error
	switch t {
	case Age:
		keys, err = splitKeys(t, d.text(n, field), "", nil)
		if err == nil && len(keys) == 0 {
			err = errEmptyKey
		}
	case PGP, VaultKey:
		keys, err = one(newKey(t, d.text(n, field)))
	default:
		fields, ok := d.keyFields(field, n)
		if !ok {
			return nil
		}
		switch t {
		case AWSKMS:
			var k Key
			k, err = newKey(t, fields["arn"])
			k.Role, k.Profile = fields["role"], fields["aws_profile"]
			if err == nil && k.Role != "" {
				err = checkRole(k.Role)
			}
			k.Context = d.context(n)
			keys = []Key{k}
		case GCPKMS:
			keys, err = one(newKey(t, fields["resource_id"]))
		case HuaweiKMS:
			keys, err = one(newKey(t, fields["key_id"]))
		case AzureVault:
			keys, err = one(newKey(t, fields["vaultUrl"]+"/keys/"+fields["key"]+"/"+fields["version"]))
		}
	}
	if err != nil {
		d.fail(n, "", "%s: %s", field, err)
		return nil
	}
	return keys
}

func one(k Key, err error) ([]Key, error) { return []Key{k}, err }

var keyFieldNames = map[string][]string{
	"kms":            {"arn", "role", "context", "aws_profile"},
	"gcp_kms":        {"resource_id"},
	"hckms":          {"key_id"},
	"azure_keyvault": {"vaultUrl", "key", "version"},
}

// keyFields reads the fields of a key that is a map, but for a context.
func (d *decoder) keyFields(field string, n *yaml.Node) (map[string]string, bool) {
	es, ok := d.entries(n, "an entry of "+field, 0)
	if !ok {
		return nil, false
	}
	fields := map[string]string{}
	for _, e := range es {
		if !slices.Contains(keyFieldNames[field], e.name) {
			d.unknown(e, "an entry of "+field, keyFieldNames[field])
		} else if e.name != "context" {
			fields[e.name] = d.text(e.value, e.name)
		}
	}
	return fields, true
}

// context reads the encryption context of a kms entry.
func (d *decoder) context(n *yaml.Node) map[string]string {
	es, _ := d.entries(n, "an entry of kms", 0)
	for _, e := range es {
		if e.name != "context" {
			continue
		}
		pairs, _ := d.entries(e.value, "context", 0)
		if len(pairs) == 0 {
			return nil
		}
		context := map[string]string{}
		for _, p := range pairs {
			if isNull(p.value) {
				d.fail(p.value, "", "context: %s has no value", quoteName(p.name))
				continue
			}
			context[p.name] = d.text(p.value, "context")
		}
		return context
	}
	return nil
}
