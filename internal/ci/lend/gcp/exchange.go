package gcp

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// exchange gets a federated token, which dies with the ID token.
func (g *Lender) exchange(ctx context.Context, id *oidc.Token) (string, time.Time, error) {
	const service = "Google STS"
	form := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "audience": {"//iam.googleapis.com/" + g.s.Provider},
		"requested_token_type": {"urn:ietf:params:oauth:token-type:access_token"}, "subject_token_type": {"urn:ietf:params:oauth:token-type:jwt"},
		"subject_token": {id.Raw()}, "scope": {scope},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://sts."+g.s.Universe+"/v1/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", time.Time{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := g.caller.Send(service, r)
	if err != nil {
		return "", time.Time{}, err
	}
	if !a.OK() {
		return "", time.Time{}, exchangeError(service, a, id)
	}
	var out struct {
		Token   string      `json:"access_token"`
		Seconds json.Number `json:"expires_in"`
	}
	if json.Unmarshal(a.Body, &out) != nil || out.Token == "" || !call.FitsHeader(out.Token) {
		return "", time.Time{}, &call.Error{Failure: call.NotTheService, Service: service, Text: "its answer is invalid"}
	}
	expires := id.Claims.Expires
	if n, err := out.Seconds.Int64(); err == nil && n > 0 && n < 1<<31 {
		expires = g.caller.Now().Add(time.Duration(n) * time.Second)
	}
	return out.Token, expires, nil
}

// exchangeError explains an OAuth error (RFC 6749, 5.2).
func exchangeError(service string, a *call.Answer, id *oidc.Token) error {
	var out struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(a.Body, &out) != nil {
		out.Error, out.Description = "", ""
	}
	e := call.StatusError(service, a, out.Error, out.Description)
	if e.Again == call.MayPass {
		return e
	}
	who := "the job presented " + id.Claims.Words()
	switch {
	case strings.HasPrefix(out.Description, "Error connecting to the given credential's issuer"):
		e.Failure, e.Again = call.Transient, call.MayPass // Google could not get the issuer's keys
	case strings.Contains(out.Description, "stale") || strings.Contains(out.Description, "expired"):
		e.Again = call.StaleID
	case out.Error == "invalid_target":
		e.Hint = "the pool or the provider does not exist, is disabled, or was made minutes ago; the name requires the project's number"
	case out.Error == "unauthorized_client":
		e.Hint = "the provider's attribute condition does not let this job in; " + who
	case out.Error == "invalid_grant":
		e.Hint = "the provider's issuer or audiences do not fit; " + who
	}
	return e
}

// impersonate gets a token of the service account
// (https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken).
func (g *Lender) impersonate(ctx context.Context, federated string) (string, time.Time, error) {
	const service = "Google IAM credentials"
	body, err := json.Marshal(map[string]any{"scope": []string{scope}, "lifetime": strconv.Itoa(int(g.s.Lifetime/time.Second)) + "s"})
	if err != nil {
		return "", time.Time{}, err
	}
	a, err := g.call(ctx, service, http.MethodPost, "https://iamcredentials."+g.s.Universe+"/v1/projects/-/serviceAccounts/"+url.PathEscape(g.s.ServiceAccount)+":generateAccessToken", federated, body)
	if err != nil {
		return "", time.Time{}, err
	}
	if !a.OK() {
		e := apiError(service, a)
		if a.Status == http.StatusForbidden || a.Status == http.StatusNotFound {
			e.Hint = "the job's principal needs roles/iam.workloadIdentityUser on " + text.Quote(g.s.ServiceAccount)
		}
		return "", time.Time{}, e
	}
	var out struct {
		Token   string    `json:"accessToken"`
		Expires time.Time `json:"expireTime"`
	}
	if json.Unmarshal(a.Body, &out) != nil || out.Token == "" || !call.FitsHeader(out.Token) || !out.Expires.After(g.caller.Now()) {
		return "", time.Time{}, &call.Error{Failure: call.NotTheService, Service: service, Text: "its answer is invalid"}
	}
	return out.Token, out.Expires, nil
}
