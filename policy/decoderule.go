package policy

import (
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

var ruleFields = []string{
	"path_regex", "age", "pgp", "kms", "gcp_kms", "hckms", "azure_keyvault", "hc_vault_transit_uri",
	"aws_profile", "key_groups", "shamir_threshold", "mac_only_encrypted",
	"unencrypted_suffix", "encrypted_suffix", "unencrypted_regex", "encrypted_regex",
	"unencrypted_comment_regex", "encrypted_comment_regex",
}

// flatTypes are the fields of a rule that list keys, in the order in which
// sops puts them into the one group that they make.
var flatTypes = []struct {
	field string
	t     KeyType
}{
	{"age", Age}, {"pgp", PGP}, {"kms", AWSKMS}, {"gcp_kms", GCPKMS},
	{"hckms", HuaweiKMS}, {"azure_keyvault", AzureVault}, {"hc_vault_transit_uri", VaultKey},
}

// rule reads a creation rule. It reports false if n is none.
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
		case r.Threshold > len(r.Groups) && len(r.Groups) > 0:
			d.fail(e.value, "", "shamir_threshold is %d, but the rule has %d key groups", r.Threshold, len(r.Groups))
		}
	}
	return r, true
}

// expression compiles a regular expression; nil for an empty one.
func (d *decoder) expression(e entry) *regexp.Regexp {
	text := d.text(e.value, e.name)
	if text == "" {
		return nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		d.badExpression(e, text, err)
	}
	return re
}

func (d *decoder) badExpression(e entry, text string, err error) {
	hint := ""
	if strings.Contains(text, "(?=") || strings.Contains(text, "(?!") || strings.Contains(text, "(?<") {
		hint = "expressions are RE2, which has no look-ahead and no look-behind"
	}
	reason := strings.TrimPrefix(err.Error(), "error parsing regexp: ")
	d.fail(e.value, hint, "%s: %s", e.name, reason)
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
			d.fail(e.key, "a rule can have one of the six selectors", "%s and %s in one rule", first, e.name)
			continue
		}
		first = e.name
		s, err := NewSelector(kind, text)
		if err != nil {
			_, compileErr := regexp.Compile(text)
			d.badExpression(e, text, compileErr)
			continue
		}
		r.Selector = s
	}
}

func (d *decoder) groups(n *yaml.Node, what string, fields map[string]entry, r *Rule) {
	if e, ok := fields["key_groups"]; ok {
		items, _ := d.items(e.value, "key_groups")
		for _, item := range items {
			before := len(d.problems)
			group := d.group(item, 0)
			if len(group) == 0 && len(d.problems) == before {
				d.fail(item, "", "a key group without keys")
			}
			r.Groups = append(r.Groups, group)
		}
		if len(items) > 0 {
			for _, f := range flatTypes {
				if flat, both := fields[f.field]; both && !isNull(flat.value) {
					d.fail(flat.key, "put the key into a group", "%s is ignored by sops where key_groups are given", f.field)
				}
			}
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
			keys, ok := d.flatKeys(e, f.t, profile)
			group, failed = append(group, keys...), failed || !ok
		}
	}
	if len(group) == 0 && !failed {
		d.fail(n, "name at least one recipient, for instance with age", "%s without a key", what)
	}
	r.Groups = []Group{group}
}

// flatKeys reads a field of a rule that lists keys: a string with commas or a
// list of strings. It reports whether all were sound.
func (d *decoder) flatKeys(e entry, t KeyType, profile string) (Group, bool) {
	var group Group
	sound := true
	add := func(n *yaml.Node, text string) {
		keys, err := splitKeys(t, text, profile, nil)
		if err != nil {
			d.fail(n, "", "%s: %s", e.name, err)
			sound = false
		}
		group = append(group, keys...)
	}
	switch {
	case isNull(e.value):
	case e.value.Kind == yaml.SequenceNode:
		items, ok := d.items(e.value, e.name)
		sound = ok
		for _, item := range items {
			if item.Kind != yaml.ScalarNode || item.ShortTag() != "!!str" {
				d.fail(item, "", "%s: an entry must be a string, not %s", e.name, kindOf(item))
				sound = false
				continue
			}
			add(item, item.Value)
		}
	case t == HuaweiKMS:
		d.fail(e.value, "", "%s must be a list, not %s", e.name, kindOf(e.value))
		sound = false
	case e.value.Kind == yaml.ScalarNode && e.value.ShortTag() == "!!str":
		add(e.value, e.value.Value)
	default:
		d.fail(e.value, "", "%s must be a string or a list of strings, not %s", e.name, kindOf(e.value))
		sound = false
	}
	return group, sound
}
