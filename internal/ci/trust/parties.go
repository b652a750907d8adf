package trust

import (
	"net/url"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// awsTrust is the trust policy of a role
// (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_create_for-idp_oidc.html). It has no condition with
// ForAllValues, which is true where the claim is absent.
func awsTrust(c oidc.Claims, s subject, role string) string {
	issuer, ok := strings.CutPrefix(c.Issuer, "https://")
	if u, err := url.Parse(c.Issuer); !ok || err != nil || u.Host == "" || s.wide || s.text == "" || len(c.Audience) == 0 {
		return ""
	}
	partition, account := "aws", anyAccount
	if a, err := policy.ParseRole(role); err == nil {
		partition, account = a.Partition, a.Account
	}
	federated, audience := "arn:"+partition+":iam::"+account+":oidc-provider/"+issuer, issuer+":aud"
	if issuer == "accounts.google.com" { // which AWS knows by itself, with names of its own for the claims
		federated, audience = issuer, issuer+":oaud"
	}
	audiences := make([]string, len(c.Audience))
	for i, aud := range c.Audience {
		audiences[i] = policyLiteral(aud, false)
	}
	equals := map[string]any{audience: oneOrMany(audiences)}
	condition := map[string]any{"StringEquals": equals}
	if s.pattern != "" {
		condition["StringLike"] = map[string]any{issuer + ":sub": s.pattern}
	} else {
		equals[issuer+":sub"] = policyLiteral(s.text, false)
	}
	type statement struct {
		Effect    string
		Principal map[string]string
		Action    string
		Condition map[string]any
	}
	return pasteJSON(struct {
		Version   string
		Statement []statement
	}{"2012-10-17", []statement{{"Allow", map[string]string{"Federated": federated}, "sts:AssumeRoleWithWebIdentity", condition}}})
}

func oneOrMany(list []string) any {
	if len(list) == 1 {
		return list[0]
	}
	return list
}

// vaultTrust is the role to write to auth/jwt/role/NAME
// (https://developer.hashicorp.com/vault/api-docs/auth/jwt#create-update-role).
func vaultTrust(c oidc.Claims, s subject) string {
	role := struct {
		RoleType       string            `json:"role_type"`
		UserClaim      string            `json:"user_claim"`
		BoundAudiences []string          `json:"bound_audiences"`
		BoundSubject   string            `json:"bound_subject,omitempty"`
		BoundClaims    map[string]string `json:"bound_claims,omitempty"`
		TokenPolicies  []string          `json:"token_policies"`
		TokenTTL       string            `json:"token_ttl"`
		TokenMaxTTL    string            `json:"token_max_ttl"`
	}{"jwt", "sub", c.Audience, "", map[string]string{}, []string{"POLICY"}, "5m", "5m"}
	for i, claim := range s.steady {
		if i == 0 {
			role.UserClaim = claim.Name
		}
		role.BoundClaims[claim.Name] = claim.Value
	}
	if s.pattern == "" {
		role.BoundSubject = s.text
	}
	if len(c.Audience) == 0 || len(s.steady) == 0 && (s.wide || role.BoundSubject == "") {
		return ""
	}
	return pasteJSON(role)
}

// maxGoogleSubject is how many bytes google.subject may have.
const maxGoogleSubject = 127

// gcpTrust is the mapping and the condition of a workload identity provider
// (https://cloud.google.com/iam/docs/workload-identity-federation#conditions).
func gcpTrust(c oidc.Claims, s subject) string {
	field := func(name string) string {
		if text.IsVariable(name) {
			return "assertion." + name
		}
		return "assertion[" + celString(name) + "]"
	}
	mapped := "sub"
	var conditions []string
	if s.pattern == "" && s.text != "" {
		conditions = append(conditions, "assertion.sub == "+celString(s.text))
	}
	for i, claim := range s.steady {
		if i == 0 && (s.pattern != "" || len(s.text) > maxGoogleSubject) {
			mapped = claim.Name
		}
		conditions = append(conditions, field(claim.Name)+" == "+celString(claim.Value))
	}
	if len(conditions) == 0 || s.wide && len(s.steady) == 0 {
		return ""
	}
	return "issuer:              " + ClaimText(c.Issuer) +
		"\nattribute mapping:   google.subject=" + field(mapped) +
		"\nattribute condition: " + strings.Join(conditions, " && ")
}

// azureTrust is a federated credential (https://learn.microsoft.com/graph/api/resources/federatedidentitycredential).
func azureTrust(c oidc.Claims, s subject) string {
	if s.pattern != "" || s.wide || s.text == "" || c.Issuer == "" {
		return ""
	}
	return pasteJSON(struct {
		Name      string   `json:"name"`
		Issuer    string   `json:"issuer"`
		Subject   string   `json:"subject"`
		Audiences []string `json:"audiences"`
	}{"gitsecrets", c.Issuer, s.text, []string{"api://AzureADTokenExchange"}})
}
