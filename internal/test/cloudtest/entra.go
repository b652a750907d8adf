package cloudtest

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Entra is Microsoft Entra ID with one tenant: the token endpoint for
// applications, and the metadata that Microsoft's libraries ask for first. It
// hands out the tokens that an [AzureVault] takes.
//
// It enforces: that tenant and application are there; the form of a request for
// a token; a client assertion's signature, times, and the exact issuer, subject and
// audience of one of the application's federated credentials, or its secret; the
// scope, which must be that of key vaults. It does not know certificates, other
// resources, conditional access, users, or flexible federated credentials. Texts are Entra's
// (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
// Faults count "token" and "metadata".
type Entra struct {
	Faults *Faults
	// Tenant is the tenant's id.
	Tenant string

	tokens *accessTokens
	mu     sync.Mutex
	apps   map[string]*entraApp
}

type entraApp struct {
	secret     string
	federation []FederatedCredential
}

// FederatedCredential lets ID tokens stand for an application.
type FederatedCredential struct {
	Issuer            *Issuer
	Subject, Audience string
}

const (
	// EntraHost is where the authority of the public cloud is found.
	EntraHost  = "login.microsoftonline.com"
	azureScope = "https://vault.azure.net/.default"
)

// NewEntra returns a tenant with an id. It is reached by Behind, or as the handler
// that it is.
func NewEntra(tenant string) *Entra {
	return &Entra{Faults: &Faults{}, Tenant: tenant, tokens: &accessTokens{}, apps: make(map[string]*entraApp)}
}

// Behind puts the authority behind a proxy.
func (e *Entra) Behind(p *Proxy) { p.Handle(EntraHost, e) }

// AddApplication makes an application known, by its client id, with a secret, which may be
// empty, and federated credentials.
func (e *Entra) AddApplication(client, secret string, federation ...FederatedCredential) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.apps[client] = &entraApp{secret, federation}
}

// ExpireTokens ends all access tokens so far.
func (e *Entra) ExpireTokens() { e.tokens.expire() }

// Tokens returns all access tokens, so that tests can look for them where they
// must not be.
func (e *Entra) Tokens() []string { return e.tokens.texts() }

// ServeHTTP implements http.Handler.
func (e *Entra) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	tenant, operation, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	name := "metadata"
	if operation == "oauth2/v2.0/token" {
		name = "token"
	}
	fault, done := e.Faults.Begin(name)
	defer done()
	if fault.Strike(w, r, entraFail(w)) {
		return
	}
	base := "https://" + EntraHost + "/" + e.Tenant
	switch operation {
	case "oauth2/v2.0/token":
		e.token(w, r, tenant)
	case "discovery/instance":
		writeJSON(w, 200, map[string]any{"tenant_discovery_endpoint": base + "/v2.0/.well-known/openid-configuration", "api-version": "1.1",
			"metadata": []any{map[string]any{"preferred_network": EntraHost, "preferred_cache": "login.windows.net", "aliases": []string{EntraHost}}}})
	case "v2.0/.well-known/openid-configuration":
		writeJSON(w, 200, map[string]any{"token_endpoint": base + "/oauth2/v2.0/token", "authorization_endpoint": base + "/oauth2/v2.0/authorize", "issuer": base + "/v2.0"})
	default:
		http.NotFound(w, r)
	}
}

// entraFail writes an error of Entra. code is an OAuth error and message begins with AADSTS.
func entraFail(w http.ResponseWriter) func(status int, code, message string) {
	return func(status int, code, message string) {
		now := time.Now().UTC().Format("2006-01-02 15:04:05Z")
		trace, correlation := entraID(), entraID()
		number, _, _ := strings.Cut(strings.TrimPrefix(message, "AADSTS"), ":")
		writeJSON(w, status, map[string]any{
			"error": code, "error_description": message + " Trace ID: " + trace + " Correlation ID: " + correlation + " Timestamp: " + now,
			"error_codes": []string{number}, "timestamp": now, "trace_id": trace, "correlation_id": correlation,
			"error_uri": "https://" + EntraHost + "/error?code=" + number,
		})
	}
}

func entraID() string {
	s := strings.ToLower(RandomName(12))
	return "00000000-0000-4000-8000-" + s
}
