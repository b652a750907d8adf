package policy

import (
	"cmp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// CI is the section gitsecrets: ci:, which says where CI jobs get their credentials (docs/ci.md). Fields that are not
// set are empty. A time is a number of seconds, or has a unit: 15m.
type CI struct {
	Key  string // a valid [Reference] to an age identity
	OIDC struct {
		Provider          string
		Audience          string
		TokenEnv          string
		TokenFile         string
		ServiceConnection string
	}
	AWS struct {
		RoleARN           string // valid
		Region            string // valid
		SessionName       string
		Duration          string
		SessionPolicy     string
		AllowedAccountIDs []string // valid
		Chain             []string // of valid ARNs of roles
		ExternalID        string
	}
	Vault struct {
		Address   string
		Namespace string
		AuthMount string
		Role      string
		CACert    string
		KVVersion string
		Revoke    *bool // nil: not set
	}
	GCP struct {
		Provider       string // valid
		ServiceAccount string
		Lifetime       string
	}
	Azure struct {
		TenantID      string
		ClientID      string
		AuthorityHost string
	}
	// Names are the variables that files may set although other programs change what they do because of them.
	Names    []string
	AuditLog string
}

// CI returns the section gitsecrets: ci:, or nil if the policy does not have it. Parse does not read the section,
// because its faults concern CI jobs and lint, not the person who encrypts a file. The error is an *Error with every
// problem.
func (p *Policy) CI() (*CI, error) {
	if p.ci == nil {
		return nil, nil
	}
	d := &decoder{file: p.Name}
	s := &CI{}
	d.ci(p.ci, s)
	if len(d.problems) > 0 {
		return nil, &Error{sortProblems(d.problems)}
	}
	return s, nil
}

// HasCI reports whether the policy has the section gitsecrets: ci:.
func (p *Policy) HasCI() bool { return p.ci != nil }

// ciField reads the value of a setting.
type ciField = func(n *yaml.Node, name string)

// ciMap reads a map. An unknown name is an error: a misspelt setting would have no effect, and nobody would notice.
func (d *decoder) ciMap(n *yaml.Node, what string, fields map[string]ciField) {
	es, _ := d.entries(n, what, 0)
	for _, e := range es {
		read := fields[e.name]
		if read == nil && d.full() {
			return
		}
		if read == nil {
			known := make([]string, 0, len(fields))
			for name := range fields {
				known = append(known, name)
			}
			slices.Sort(known)
			// Names such as role have a place in rules as well, which is not the one that is meant here.
			hint := cmp.Or(suggest(e.name, known), "it has "+strings.Join(known, ", "))
			d.fail(e.key, hint, "unknown name %s in %s", quoteName(e.name), what)
			continue
		}
		read(e.value, what+"."+e.name)
	}
}

func (d *decoder) ci(n *yaml.Node, s *CI) {
	const what = topSettings + ".ci"
	in := func(fields map[string]ciField) ciField {
		return func(n *yaml.Node, name string) { d.ciMap(n, name, fields) }
	}
	d.ciMap(n, what, map[string]ciField{
		"key": d.ciText(&s.Key, checkReference),
		"oidc": in(map[string]ciField{
			"provider": d.ciText(&s.OIDC.Provider, nil), "audience": d.ciText(&s.OIDC.Audience, nil), "token_env": d.ciText(&s.OIDC.TokenEnv, nil),
			"token_file": d.ciText(&s.OIDC.TokenFile, nil), "service_connection_id": d.ciText(&s.OIDC.ServiceConnection, nil),
		}),
		"aws": in(map[string]ciField{
			"role_arn": d.ciText(&s.AWS.RoleARN, checkRole), "region": d.ciText(&s.AWS.Region, checkRegion), "session_name": d.ciText(&s.AWS.SessionName, nil),
			"duration": d.ciText(&s.AWS.Duration, nil), "session_policy": d.ciText(&s.AWS.SessionPolicy, nil), "external_id": d.ciText(&s.AWS.ExternalID, nil),
			"allowed_account_ids": d.ciTexts(&s.AWS.AllowedAccountIDs, checkAccount), "chain": d.ciTexts(&s.AWS.Chain, checkRole),
		}),
		"vault": in(map[string]ciField{
			"address": d.ciText(&s.Vault.Address, nil), "namespace": d.ciText(&s.Vault.Namespace, nil), "auth_mount": d.ciText(&s.Vault.AuthMount, nil),
			"role": d.ciText(&s.Vault.Role, nil), "ca_cert": d.ciText(&s.Vault.CACert, nil), "kv_version": d.ciText(&s.Vault.KVVersion, nil),
			"revoke": func(n *yaml.Node, name string) {
				if !isNull(n) {
					revoke := d.flag(n, name)
					s.Vault.Revoke = &revoke
				}
			},
		}),
		"gcp": in(map[string]ciField{
			"workload_identity_provider": d.ciText(&s.GCP.Provider, checkGCPProvider), "service_account": d.ciText(&s.GCP.ServiceAccount, nil),
			"lifetime": d.ciText(&s.GCP.Lifetime, nil),
		}),
		"azure": in(map[string]ciField{
			"tenant_id": d.ciText(&s.Azure.TenantID, nil), "client_id": d.ciText(&s.Azure.ClientID, nil), "authority_host": d.ciText(&s.Azure.AuthorityHost, nil),
		}),
		"names":     d.ciTexts(&s.Names, nil),
		"audit_log": d.ciText(&s.AuditLog, nil),
	})
}

// ciText reads a text, removes the spaces around it, and checks it unless it is empty.
func (d *decoder) ciText(to *string, check func(string) error) ciField {
	return func(n *yaml.Node, name string) {
		*to = strings.TrimSpace(d.text(n, name))
		if check == nil || *to == "" {
			return
		}
		if err := check(*to); err != nil {
			d.fail(n, "", "%s: %s is invalid: %s", name, showKey(*to), err)
		}
	}
}

func (d *decoder) ciTexts(to *[]string, check func(string) error) ciField {
	return func(n *yaml.Node, name string) {
		items, _ := d.items(n, name)
		for _, item := range items {
			var text string
			d.ciText(&text, check)(item, name)
			*to = append(*to, text)
		}
	}
}
