package policy

import "slices"

// unknown reports a name that is not the name of a field.
func (d *decoder) unknown(e entry, what string, known []string) {
	if d.full() {
		return
	}
	hint := suggest(e.name, known)
	if other, ok := otherNames()[e.name]; hint == "" && ok {
		for _, name := range other {
			if slices.Contains(known, name) {
				hint = "did you mean " + name + "?"
				break
			}
		}
	}
	if hint == "" {
		hint = elsewhere(e.name)
	}
	d.fail(e.key, hint, "unknown name %s in %s", quoteName(e.name), what)
}

// otherNames are names that fields have in other places: in key groups, rules, the metadata of files, on the command
// line.
func otherNames() map[string][]string {
	return map[string][]string{
		"regex": {"path_regex"}, "path": {"path_regex"}, "filename_regex": {"path_regex"}, "file_regex": {"path_regex"},
		"hc_vault": {"hc_vault_transit_uri"}, "hc_vault_uris": {"hc_vault_transit_uri", "hc_vault"}, "vault": {"hc_vault_transit_uri", "hc_vault"},
		"hc_vault_transit": {"hc_vault_transit_uri", "hc_vault"}, "hc_vault_transit_uri": {"hc_vault"},
		"azure_kv": {"azure_keyvault"}, "azurekv": {"azure_keyvault"}, "azkv": {"azure_keyvault"},
		"aws_kms": {"kms"}, "gpg": {"pgp"}, "fp": {"pgp"}, "recipients": {"age"}, "age_recipients": {"age"},
		"threshold": {"shamir_threshold"}, "shamir_secret_sharing_threshold": {"shamir_threshold"},
		"profile": {"aws_profile"}, "encryption_context": {"context"}, "role_arn": {"role"}, "key_arn": {"arn"},
		"resource": {"resource_id"}, "name": {"key"}, "url": {"vaultUrl"}, "id": {"key_id", "resource_id", "arn"},
	}
}

// elsewhere says where a field belongs if it is in the wrong place.
func elsewhere(name string) string {
	places := []struct {
		names []string
		place string
	}{
		{ruleFields, "in a creation rule"},
		{groupFields, "in a key group"},
		{keyFieldNames["kms"], "in an entry of kms in a key group"},
		{destinationFields, "in a destination rule"},
		{[]string{topRules, topDestinations, topStores, topSettings}, "at the top of the policy"},
	}
	for _, p := range places {
		if slices.Contains(p.names, name) {
			return name + " belongs " + p.place
		}
	}
	return ""
}
