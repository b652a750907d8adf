package cloudtest

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// GoogleProvider is a provider of a workload identity pool, which maps sub to
// google.subject.
type GoogleProvider struct {
	// Name is projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/NAME.
	Name   string
	Issuer *Issuer
	// Audiences of ID tokens that are accepted; none means the provider's own URL.
	Audiences []string
	// Condition is claims that must have these values: what
	// "assertion.NAME == 'VALUE' && …" is in CEL.
	Condition map[string]string
}

// Principal is who a job with this subject is to Google.
func (p GoogleProvider) Principal(subject string) string {
	pool, _, _ := strings.Cut(p.Name, "/providers/")
	return "principal://iam.googleapis.com/" + pool + "/subject/" + subject
}

// AddProvider makes a provider known.
func (g *Google) AddProvider(p GoogleProvider) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(p.Audiences) == 0 {
		p.Audiences = []string{"https://iam.googleapis.com/" + p.Name}
	}
	g.providers["//iam.googleapis.com/"+p.Name] = p
}

// serveSTS exchanges tokens (RFC 8693,
// https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token).
func (g *Google) serveSTS(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, code, message string) {
		writeJSON(w, status, map[string]string{"error": code, "error_description": message})
	}
	fault, done := g.Faults.Begin("token")
	defer done()
	if fault.Strike(w, r, fail) {
		return
	}
	body, ok := ReadBody(r)
	form, err := url.ParseQuery(string(body))
	if r.Method != http.MethodPost || r.URL.Path != "/v1/token" {
		fail(404, "invalid_request", "not found")
		return
	}
	if !ok || err != nil || r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" || r.Header.Get("Authorization") != "" {
		fail(400, "invalid_request", "Invalid request.")
		return
	}
	for name, want := range map[string]string{
		"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange", "requested_token_type": "urn:ietf:params:oauth:token-type:access_token",
		"subject_token_type": "urn:ietf:params:oauth:token-type:jwt", "scope": googleScope,
	} {
		if values := form[name]; len(values) != 1 || values[0] != want {
			fail(400, "invalid_request", "Invalid value for \""+name+"\".")
			return
		}
	}
	g.mu.Lock()
	p, ok := g.providers[form.Get("audience")]
	g.mu.Unlock()
	if !ok {
		fail(400, "invalid_target", `The target service indicated by the "audience" parameters is invalid. This might either be because the pool or provider is disabled or deleted or because it doesn't exist.`)
		return
	}
	principal, lifetime, code, message := p.admit(form.Get("subject_token"))
	if code != "" {
		fail(400, code, message)
		return
	}
	writeJSON(w, 200, map[string]any{"access_token": g.tokens.issue("ya29.d.", principal, "", lifetime),
		"issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "token_type": "Bearer", "expires_in": int(lifetime / time.Second)})
}

// maxGoogleSubject bounds google.subject
// (https://cloud.google.com/iam/docs/workload-identity-federation#mapping).
const maxGoogleSubject = 127

// admit verifies an ID token. The federated token dies with it.
func (p GoogleProvider) admit(token string) (principal string, lifetime time.Duration, code, message string) {
	refuse := func(code, message string) (string, time.Duration, string, string) { return "", 0, code, message }
	unverified, ok := UnverifiedClaims(token)
	if !ok {
		return refuse("invalid_request", "Unable to parse the ID Token.")
	}
	claims, err := p.Issuer.Verify(token, p.Audiences...)
	var refused *TokenError
	if errors.As(err, &refused) {
		switch refused.Reason {
		case "issuer":
			return refuse("invalid_grant", fmt.Sprintf("The issuer in ID Token %s does not match the expected ones: %s", ClaimText(unverified, "iss"), p.Issuer.Name))
		case "audience":
			return refuse("invalid_grant", fmt.Sprintf("The audience in ID Token [%s] does not match the expected audience.", ClaimText(unverified, "aud")))
		case "expired", "early":
			return refuse("invalid_grant", "ID Token issued at "+ClaimText(unverified, "iat")+" is stale to sign-in.")
		}
		return refuse("invalid_grant", "Invalid ID Token signature.")
	}
	subject := ClaimText(claims, "sub")
	switch {
	case subject == "":
		return refuse("invalid_request", "The mapped attribute google.subject is missing.")
	case len(subject) > maxGoogleSubject:
		return refuse("invalid_request", "The size of mapped attribute google.subject exceeds the 127 bytes limit. Either modify your attribute mapping or the incoming assertion to produce a mapped attribute that is less than 127 bytes.")
	}
	for name, want := range p.Condition {
		if !slices.Equal(claimTexts(claims, name), []string{want}) {
			return refuse("unauthorized_client", "The given credential is rejected by the attribute condition.")
		}
	}
	seconds, _ := claims["exp"].(float64) // Verify has seen that it is one
	return p.Principal(subject), max(time.Second, time.Until(time.Unix(int64(seconds), 0))), "", ""
}
