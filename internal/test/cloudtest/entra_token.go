package cloudtest

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"
)

// token answers a client credentials grant (RFC 6749, 4.4; the assertion is that of
// RFC 7523, 2.2;
// https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential).
func (e *Entra) token(w http.ResponseWriter, r *http.Request, tenant string) {
	fail := entraFail(w)
	body, ok := ReadBody(r)
	form, err := url.ParseQuery(string(body))
	if !ok || err != nil || r.Method != http.MethodPost {
		fail(400, "invalid_request", "AADSTS900144: The request body must contain the following parameter: 'grant_type'.")
		return
	}
	if tenant != e.Tenant {
		fail(400, "invalid_request", "AADSTS90002: Tenant '"+tenant+"' not found. Check to make sure you have the correct tenant ID and are signing into the correct cloud. Check with your subscription administrator, this may happen if there are no active subscriptions for the tenant.")
		return
	}
	if form.Get("grant_type") != "client_credentials" {
		fail(400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type '"+form.Get("grant_type")+"'.")
		return
	}
	client := form.Get("client_id")
	e.mu.Lock()
	app := e.apps[client]
	e.mu.Unlock()
	if app == nil {
		fail(400, "unauthorized_client", "AADSTS700016: Application with identifier '"+client+"' was not found in the directory '"+e.Tenant+"'. This can happen if the application has not been installed by the administrator of the tenant or consented to by any user in the tenant. You may have sent your authentication request to the wrong tenant.")
		return
	}
	if !e.scopeIsRight(form.Get("scope")) {
		fail(400, "invalid_scope", "AADSTS1002012: The provided value for scope "+form.Get("scope")+" is not valid. Client credential flows must have a scope value with /.default suffixed to the resource identifier (application ID URI).")
		return
	}
	code, message := app.admit(client, form)
	if code != "" {
		fail(401, code, message)
		return
	}
	const lifetime = time.Hour
	writeJSON(w, 200, map[string]any{"token_type": "Bearer", "expires_in": int(lifetime/time.Second) - 1, "ext_expires_in": int(lifetime/time.Second) - 1,
		"access_token": e.tokens.issue("eyJ0eXAiOiJKV1Qi.", client, "https://vault.azure.net", lifetime)})
}

// scopeIsRight overlooks the scopes that libraries of Microsoft add.
func (e *Entra) scopeIsRight(scope string) bool {
	return scope == azureScope || scope == azureScope+" openid offline_access profile"
}

// admit checks how an application shows who it is; code is empty if it may go on.
func (a *entraApp) admit(client string, form url.Values) (code, message string) {
	const invalid = "invalid_client"
	assertion, secret := form.Get("client_assertion"), form.Get("client_secret")
	switch {
	case assertion == "" && secret == "":
		return invalid, "AADSTS7000218: The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
	case assertion == "" && (a.secret == "" || !Same(secret, a.secret)):
		return invalid, "AADSTS7000215: Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID, for a secret added to app '" + client + "'."
	case assertion == "":
		return "", ""
	case form.Get("client_assertion_type") != "urn:ietf:params:oauth:client-assertion-type:jwt-bearer":
		return invalid, "AADSTS50027: JWT token is invalid or malformed."
	}
	return a.admitAssertion(assertion)
}

func (a *entraApp) admitAssertion(assertion string) (code, message string) {
	const (
		invalid = "invalid_client"
		check   = " Check your federated identity credential Subject, Audience and Issuer against the presented assertion. https://learn.microsoft.com/entra/workload-id/workload-identity-federation"
		none    = "No matching federated identity record found for presented assertion "
	)
	claims, ok := UnverifiedClaims(assertion)
	if !ok {
		return invalid, "AADSTS50027: JWT token is invalid or malformed."
	}
	issuer, subject, audience := ClaimText(claims, "iss"), ClaimText(claims, "sub"), claimTexts(claims, "aud")
	left := slices.Clone(a.federation)
	keep := func(is func(FederatedCredential) bool) bool {
		left = slices.DeleteFunc(left, func(f FederatedCredential) bool { return !is(f) })
		return len(left) > 0
	}
	switch {
	case !keep(func(f FederatedCredential) bool { return f.Issuer.Name == issuer }):
		return invalid, "AADSTS700211: " + none + "issuer '" + issuer + "'." + check
	case !keep(func(f FederatedCredential) bool { return slices.Equal(audience, []string{f.Audience}) }):
		return invalid, "AADSTS700212: " + none + "audience '" + ClaimText(claims, "aud") + "'." + check
	case !keep(func(f FederatedCredential) bool { return f.Subject == subject }):
		return invalid, "AADSTS700213: " + none + "subject '" + subject + "'." + check
	}
	_, err := left[0].Issuer.Verify(assertion, left[0].Audience)
	var refused *TokenError
	switch {
	case errors.As(err, &refused) && (refused.Reason == "expired" || refused.Reason == "early"):
		return invalid, "AADSTS700024: Client assertion is not within its valid time range. Current time: " + time.Now().UTC().Format(time.RFC3339) + ", assertion valid from " + ClaimText(claims, "nbf") + ", expiry time of assertion " + ClaimText(claims, "exp") + "."
	case err != nil:
		return invalid, "AADSTS50013: Assertion failed signature validation. [Reason - The key was not found.]"
	}
	return "", ""
}
