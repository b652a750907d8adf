package main

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/gitsecrets/gitsecrets/policy"
)

// ciSection is the gitsecrets: ci: section of a policy. Every field can be
// overruled by a flag or a variable.
type ciSection struct {
	Key  string `yaml:"key"`
	OIDC struct {
		Provider          string `yaml:"provider"`
		Audience          string `yaml:"audience"`
		TokenEnv          string `yaml:"token_env"`
		TokenFile         string `yaml:"token_file"`
		ServiceConnection string `yaml:"service_connection_id"`
	} `yaml:"oidc"`
	AWS struct {
		RoleARN           string   `yaml:"role_arn"`
		Region            string   `yaml:"region"`
		SessionName       string   `yaml:"session_name"`
		Duration          string   `yaml:"duration"`
		SessionPolicy     string   `yaml:"session_policy"`
		AllowedAccountIDs []string `yaml:"allowed_account_ids"`
		Chain             []string `yaml:"chain"`
		ExternalID        string   `yaml:"external_id"`
	} `yaml:"aws"`
	Vault struct {
		Address   string `yaml:"address"`
		Namespace string `yaml:"namespace"`
		AuthMount string `yaml:"auth_mount"`
		Role      string `yaml:"role"`
		CACert    string `yaml:"ca_cert"`
		KVVersion string `yaml:"kv_version"`
		Revoke    *bool  `yaml:"revoke"`
	} `yaml:"vault"`
	GCP struct {
		Provider       string `yaml:"workload_identity_provider"`
		ServiceAccount string `yaml:"service_account"`
		Lifetime       string `yaml:"lifetime"`
	} `yaml:"gcp"`
	Azure struct {
		TenantID      string `yaml:"tenant_id"`
		ClientID      string `yaml:"client_id"`
		AuthorityHost string `yaml:"authority_host"`
	} `yaml:"azure"`
	// Names are variables that files may set although programs may go by them.
	Names    []string `yaml:"names"`
	AuditLog string   `yaml:"audit_log"`
}

// readCISection reads the section; nil if the policy has none.
func readCISection(p *policy.Policy) (*ciSection, error) {
	if p == nil || p.Settings.CI == nil {
		return nil, nil
	}
	s := &ciSection{}
	if err := knownFields(p.Name, p.Settings.CI, reflect.TypeOf(*s), "ci"); err != nil {
		return nil, err
	}
	if err := p.Settings.CI.Decode(s); err != nil {
		return nil, coded(exitGeneric, fmt.Errorf("%s:%d: the ci section has a field of the wrong kind", p.Name, p.Settings.CI.Line))
	}
	return s, nil
}

// knownFields refuses names that the section does not have: a misspelt one
// would be a setting that silently does not hold.
func knownFields(name string, n *yaml.Node, t reflect.Type, where string) error {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if t.Kind() != reflect.Struct || n.Kind != yaml.MappingNode {
		return nil // Decode complains
	}
	fields := map[string]reflect.Type{}
	var names []string
	for i := range t.NumField() {
		tag := t.Field(i).Tag.Get("yaml")
		fields[tag], names = t.Field(i).Type, append(names, tag)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		field, ok := fields[key.Value]
		if !ok {
			e := &codedError{err: fmt.Errorf("%s:%d: %s has no field %q", name, key.Line, where, key.Value), code: exitGeneric,
				hint: "it has " + strings.Join(names, ", ")}
			if near := policy.Nearest(key.Value, names); near != "" {
				e.hint = "did you mean " + near + "?"
			}
			return e
		}
		if err := knownFields(name, n.Content[i+1], field, where+"."+key.Value); err != nil {
			return err
		}
	}
	return nil
}
