package awstest

import (
	"encoding/xml"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// TrustPolicy says who may assume a role with an ID token. Conditions are on
// claims by their bare names (sub, repository); all must hold.
type TrustPolicy struct {
	Issuer       *cloudtest.Issuer
	StringEquals map[string]string
	StringLike   map[string]string
	MaxDuration  time.Duration // 0: one hour
}

// oidcProvider is an identity provider of the account.
type oidcProvider struct {
	issuer    *cloudtest.Issuer
	audiences []string
}

// AddOIDCProvider makes an issuer known to the account, with the audiences
// ("client ids") that it accepts.
func (i *IAM) AddOIDCProvider(issuer *cloudtest.Issuer, audiences ...string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.providers = append(i.providers, oidcProvider{issuer, audiences})
}

// AddWebIdentityRole makes a role known that ID tokens assume.
func (i *IAM) AddWebIdentityRole(arn string, trust TrustPolicy) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if trust.MaxDuration == 0 {
		trust.MaxDuration = time.Hour
	}
	i.webRoles[arn] = trust
}

// AllowRole gives a role permissions, as JSON; without any it may do
// everything.
func (i *IAM) AllowRole(arn, policy string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.permissions[arn] = policy
}

// RequireExternalID makes AssumeRole of a role demand an external id.
func (i *IAM) RequireExternalID(arn, id string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.externalIDs[arn] = id
}

func (i *IAM) provider(issuer string) (oidcProvider, bool) {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, p := range i.providers {
		if p.issuer.Name == issuer {
			return p, true
		}
	}
	return oidcProvider{}, false
}

func (t TrustPolicy) admits(issuer *cloudtest.Issuer, claims map[string]any) bool {
	if t.Issuer != issuer {
		return false
	}
	for name, want := range t.StringEquals {
		if cloudtest.ClaimText(claims, name) != want {
			return false
		}
	}
	for name, pattern := range t.StringLike {
		if claims[name] == nil || !likeIAM(pattern, cloudtest.ClaimText(claims, name)) {
			return false
		}
	}
	return true
}

// assumeRoleWithWebIdentity is not signed: the token says who asks.
func (s *STS) assumeRoleWithWebIdentity(w http.ResponseWriter, form url.Values, host string, fail func(int, string, string)) {
	role, name, policy := form.Get("RoleArn"), form.Get("RoleSessionName"), form.Get("Policy")
	lifetime, bad := sessionParameters(form)
	if bad == nil {
		bad = checkSessionPolicy(policy)
	}
	if bad != nil {
		fail(bad.status, bad.code, bad.message)
		return
	}
	claims, provider, bad := s.iam.verifyToken(form.Get("WebIdentityToken"))
	if bad != nil {
		fail(bad.status, bad.code, bad.message)
		return
	}
	s.iam.mu.Lock()
	trust, ok := s.iam.webRoles[role]
	s.iam.mu.Unlock()
	if !ok || !trust.admits(provider.issuer, claims) {
		fail(403, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
		return
	}
	if lifetime > trust.MaxDuration {
		fail(400, "ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.")
		return
	}
	c := s.iam.session(role, name, policy, lifetime)
	s.sessions.add(Session{Role: role, Name: name, Policy: policy, Lifetime: lifetime, Host: host, Caller: c, Subject: cloudtest.ClaimText(claims, "sub")})
	type result struct {
		Credentials                 stsCredentials
		AssumedRoleUser             stsUser
		Audience, Provider          string
		SubjectFromWebIdentityToken string
		PackedPolicySize            int `xml:",omitempty"`
	}
	writeXML(w, 200, struct {
		XMLName                         xml.Name `xml:"AssumeRoleWithWebIdentityResponse"`
		Namespace                       string   `xml:"xmlns,attr"`
		AssumeRoleWithWebIdentityResult result
	}{Namespace: stsNamespace, AssumeRoleWithWebIdentityResult: result{
		c.stsCredentials(), stsUser{c.ARN, "AROA" + cloudtest.RandomName(16) + ":" + name}, cloudtest.ClaimText(claims, "aud"),
		"arn:aws:iam::" + account(role) + ":oidc-provider/" + strings.TrimPrefix(provider.issuer.Name, "https://"), cloudtest.ClaimText(claims, "sub"), packedSize(policy),
	}})
}

// verifyToken finds the provider of a token and checks the token, with the
// errors of AWS.
func (i *IAM) verifyToken(token string) (map[string]any, oidcProvider, *awsError) {
	invalid := func(message string) (map[string]any, oidcProvider, *awsError) {
		return nil, oidcProvider{}, &awsError{400, "InvalidIdentityToken", message}
	}
	issuer, ok := unverifiedIssuer(token)
	if !ok {
		return invalid("The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)")
	}
	p, ok := i.provider(issuer)
	if !ok {
		return invalid("No OpenIDConnect provider found in your account for " + issuer)
	}
	claims, err := p.issuer.Verify(token, p.audiences...)
	var refused *cloudtest.TokenError
	if errors.As(err, &refused) {
		switch refused.Reason {
		case "expired":
			return nil, p, &awsError{400, "ExpiredTokenException", "Token expired: current date/time must be before the expiration date/time"}
		case "audience":
			return invalid("Incorrect token audience")
		case "early":
			return invalid("Token must be issued before the current date/time")
		}
		return invalid("Couldn't verify the signature of the token")
	}
	if cloudtest.ClaimText(claims, "sub") == "" {
		return invalid("Missing a required claim: sub")
	}
	return claims, p, nil
}

// sessionParameters checks the session's name and lifetime.
func sessionParameters(form url.Values) (time.Duration, *awsError) {
	seconds := 3600
	if d := form.Get("DurationSeconds"); d != "" {
		var err error
		if seconds, err = strconv.Atoi(d); err != nil {
			seconds = 0
		}
	}
	switch {
	case !sessionName.MatchString(form.Get("RoleSessionName")):
		return 0, &awsError{400, "ValidationError", `1 validation error detected: Value at 'roleSessionName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\w+=,.@-]*`}
	case seconds < 900:
		return 0, &awsError{400, "ValidationError", "1 validation error detected: Value at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900"}
	case seconds > 43200:
		return 0, &awsError{400, "ValidationError", "1 validation error detected: Value at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 43200"}
	}
	return time.Duration(seconds) * time.Second, nil
}

// maxSessionPolicy is the limit of a session policy in characters
// (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html).
const maxSessionPolicy = 2048

func checkSessionPolicy(policy string) *awsError {
	if policy == "" {
		return nil
	}
	if n := utf8.RuneCountInString(policy); n > maxSessionPolicy {
		return &awsError{400, "ValidationError", "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have length less than or equal to 2048"}
	}
	if _, ok := parsePolicy(policy); !ok {
		return &awsError{400, "MalformedPolicyDocument", "The policy document is malformed."}
	}
	return nil
}

// packedSize is a made-up share, in percent, of the room for policies.
func packedSize(policy string) int { return (len(policy) + 40) / 41 }

// unverifiedIssuer reads iss, by which the provider is found.
func unverifiedIssuer(token string) (string, bool) {
	claims, ok := cloudtest.UnverifiedClaims(token)
	return cloudtest.ClaimText(claims, "iss"), ok
}
