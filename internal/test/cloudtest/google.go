package cloudtest

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// Google is Google Cloud as a job meets it: workload identity federation (STS),
// service accounts (IAM credentials), Secret Manager and Cloud KMS, under their
// production names behind a [Proxy].
//
// It enforces: what [GoogleProvider] says of who gets a federated token, and the
// fields of the request for one; that access tokens are ones it handed out and
// have not expired; a grant for each principal, permission and resource; the scope and the
// lifetime of a service account's token, at most one hour; what GCPKMS says. It
// does not know roles, groups (principalSet), delegates, inheritance between resources,
// deny policies or quotas. Statuses of refusals by STS are those of
// RFC 6749, 5.2. Faults count "token", "generateAccessToken", "access", and
// in KMS.Faults "encrypt" and "decrypt".
type Google struct {
	Faults *Faults
	KMS    *GCPKMS

	tokens    *accessTokens
	mu        sync.Mutex
	providers map[string]GoogleProvider
	secrets   map[string][]googleVersion // by projects/P/secrets/S
}

// The permissions that a [Google] knows.
const (
	GoogleImpersonate = "iam.serviceAccounts.getAccessToken"      // on an account's address
	GoogleReadSecret  = "secretmanager.versions.access"           // on projects/P/secrets/S
	GoogleEncrypt     = "cloudkms.cryptoKeyVersions.useToEncrypt" // on a key's resource name
	GoogleDecrypt     = "cloudkms.cryptoKeyVersions.useToDecrypt"
)

const googleScope = "https://www.googleapis.com/auth/cloud-platform"

// NewGoogle starts a Google Cloud for the time of a test, with KMS keys by resource
// name.
func NewGoogle(t T, keys ...string) *Google {
	t.Helper()
	g := &Google{Faults: &Faults{}, KMS: NewGCPKMS(t, keys...), tokens: &accessTokens{}, providers: make(map[string]GoogleProvider), secrets: make(map[string][]googleVersion)}
	g.KMS.cloud = g
	return g
}

// Behind puts the cloud behind a proxy.
func (g *Google) Behind(p *Proxy) {
	p.Handle("sts.googleapis.com", http.HandlerFunc(g.serveSTS))
	p.Handle("iamcredentials.googleapis.com", http.HandlerFunc(g.serveAccounts))
	p.Handle("secretmanager.googleapis.com", http.HandlerFunc(g.serveSecrets))
	p.Forward("cloudkms.googleapis.com", g.KMS.Server)
}

// Allow grants a permission on a resource to a principal: a service account's
// address, or what [GoogleProvider.Principal] returns.
func (g *Google) Allow(principal, permission, resource string) {
	g.tokens.grant(principal, permission, resource)
}

// Deny takes all grants of a principal away.
func (g *Google) Deny(principal string) { g.tokens.revoke(principal) }

// Token returns an access token of a principal, as a person has one.
func (g *Google) Token(principal string) string {
	return g.tokens.issue("ya29.a0", principal, "", time.Hour)
}

// ExpireTokens ends all access tokens so far.
func (g *Google) ExpireTokens() { g.tokens.expire() }

// Tokens returns all access tokens, so that tests can look for them where they
// must not be.
func (g *Google) Tokens() []string { return append(g.tokens.texts(), g.KMS.Token) }

// googleFail writes an error of a Google API
// (https://cloud.google.com/apis/design/errors#http_mapping).
func googleFail(w http.ResponseWriter) func(status int, code, message string) {
	return func(status int, code, message string) {
		writeJSON(w, status, map[string]any{"error": map[string]any{"code": status, "message": message, "status": code}})
	}
}

// bearer finds who sends a request, or answers it as Google does.
func (g *Google) bearer(w http.ResponseWriter, r *http.Request) (principal string, ok bool) {
	holder, problem := g.tokens.bearer(r)
	if problem == "" {
		return holder.principal, true
	}
	googleUnauthenticated(w, problem)
	return "", false
}

func googleUnauthenticated(w http.ResponseWriter, problem string) {
	reason := map[string]string{"missing": "CREDENTIALS_MISSING", "expired": "ACCESS_TOKEN_EXPIRED", "unknown": "ACCESS_TOKEN_TYPE_UNSUPPORTED"}[problem]
	message := "Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential. See https://developers.google.com/identity/sign-in/web/devconsole-project."
	challenge := `Bearer realm="https://accounts.google.com/", error="invalid_token"`
	if problem == "missing" {
		message = strings.Replace(message, "had invalid authentication credentials", "is missing required authentication credential", 1)
		challenge = `Bearer realm="https://accounts.google.com/"`
	}
	w.Header().Set("WWW-Authenticate", challenge)
	writeJSON(w, 401, map[string]any{"error": map[string]any{"code": 401, "message": message, "status": "UNAUTHENTICATED",
		"details": []any{map[string]any{"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}}}})
}
