package policy

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

var ruleFields = []string{
	"path_regex", "age", "pgp", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri",
	"aws_profile", "key_groups", "shamir_threshold", "mac_only_encrypted",
	"unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex",
	"unencrypted_comment_regex", "encrypted_comment_regex",
}

// flatTypes are the fields of a rule that list keys, in the order in which sops adds them to the one group of the
// rule.
var flatTypes = []struct {
	field string
	t     KeyType
}{
	{"age", Age}, {"pgp", PGP}, {"kms", AWSKMS}, {"gcp_kms", GCPKMS},
	{"hckms", HuaweiKMS}, {"azure_keyvault", AzureVault}, {"hc_vault_transit_uri", VaultKey},
}

// rule reads a creation rule. It returns false if n is not a rule.
func (d *decoder) rule(n *yaml.Node, what string) (*Rule, bool) {
	es, ok := d.entries(n, what, 0)
	if !ok {
		return nil, false
	}
	r := &Rule{Source: source(d.file, n)}
	fields := map[string]entry{}
	for _, e := range es {
		if !slices.Contains(ruleFields, e.name) {
			d.unknown(e, what, ruleFields)
			continue
		}
		fields[e.name] = e
	}
	if e, ok := fields["path_regex"]; ok {
		r.PathRegex = d.expression(e)
	}
	if e, ok := fields["mac_only_encrypted"]; ok {
		r.MACOnlyEncrypted = d.flag(e.value, e.name)
	}
	d.selector(n, fields, r)
	d.groups(n, what, fields, r)
	if e, ok := fields["shamir_threshold"]; ok {
		r.Threshold = d.number(e.value, e.name)
		switch {
		case r.Threshold < 0 || r.Threshold == 1:
			d.fail(e.value, "", "shamir_threshold must be 0 or at least 2")
		case r.Threshold > 0 && len(r.Groups) == 1:
			d.fail(e.value, "shamir_threshold counts key groups, not keys", "shamir_threshold is %d, but the rule has one key group", r.Threshold)
		case r.Threshold > len(r.Groups):
			d.fail(e.value, "", "shamir_threshold is %d, but the rule has %d key groups", r.Threshold, len(r.Groups))
		}
	}
	return r, true
}

func (d *decoder) selector(n *yaml.Node, fields map[string]entry, r *Rule) {
	first := ""
	for kind := UnencryptedSuffix; kind <= EncryptedCommentRegex; kind++ {
		e, ok := fields[kind.String()]
		if !ok {
			continue
		}
		text := d.text(e.value, e.name)
		if text == "" {
			continue
		}
		if first != "" {
			d.fail(e.key, "a rule can have only one of the six selectors", "the rule has both %s and %s", first, e.name)
			continue
		}
		first = e.name
		r.Selector = Selector{kind: kind, text: text}
		if kind >= UnencryptedRegex {
			r.Selector.re = d.expression(e)
		}
	}
}

func (d *decoder) groups(n *yaml.Node, what string, fields map[string]entry, r *Rule) {
	if e, ok := fields["key_groups"]; ok {
		items, _ := d.items(e.value, "key_groups")
		for _, item := range items {
			before := len(d.problems)
			if d.stopped {
				return
			}
			group := d.group(item, 0)
			if len(group) == 0 && len(d.problems) == before {
				d.fail(item, "", "a key group has no keys")
			}
			r.Groups = append(r.Groups, group)
		}
		if len(items) > 0 {
			d.overruled(fields)
			return
		}
	}
	profile := ""
	if e, ok := fields["aws_profile"]; ok {
		profile = d.text(e.value, e.name)
	}
	var group Group
	failed := false
	for _, f := range flatTypes {
		if e, ok := fields[f.field]; ok {
			keys, ok := d.flatKeys(e, f.t)
			if f.t == AWSKMS {
				for i := range keys {
					keys[i].Profile = profile
				}
			}
			group, failed = append(group, keys...), failed || !ok
		}
	}
	if len(group) == 0 && !failed {
		d.fail(n, "name at least one recipient, for example with age", "%s has no key", what)
	}
	r.Groups = []Group{group}
}

// overruled warns of keys beside key groups. They must be valid nevertheless.
func (d *decoder) overruled(fields map[string]entry) {
	const why = "%s is ignored because the rule has key_groups; sops ignores it too"
	for _, f := range flatTypes {
		if e, ok := fields[f.field]; ok && !isNull(e.value) {
			d.warn(e.key, "move it into a key group", why, e.name)
			d.flatKeys(e, f.t)
		}
	}
	if e, ok := fields["aws_profile"]; ok && d.text(e.value, e.name) != "" {
		d.warn(e.key, "move it into a key group", why, e.name)
	}
}
