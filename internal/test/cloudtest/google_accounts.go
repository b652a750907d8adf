package cloudtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"
)

// serveAccounts lends tokens of service accounts
// (https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken).
// An account is there if somebody may act as it.
func (g *Google) serveAccounts(w http.ResponseWriter, r *http.Request) {
	fail := googleFail(w)
	fault, done := g.Faults.Begin("generateAccessToken")
	defer done()
	if fault.Strike(w, r, fail) {
		return
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/v1/projects/-/serviceAccounts/")
	account, found := strings.CutSuffix(path, ":generateAccessToken")
	if !ok || !found || r.Method != http.MethodPost {
		fail(404, "NOT_FOUND", "not found")
		return
	}
	principal, ok := g.bearer(w, r)
	if !ok {
		return
	}
	var in struct {
		Scope    []string
		Lifetime string
	}
	body, ok := ReadBody(r)
	if !ok || json.Unmarshal(body, &in) != nil {
		fail(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
		return
	}
	lifetime, err := time.ParseDuration(in.Lifetime)
	switch {
	case !g.tokens.may(principal, GoogleImpersonate, account):
		fail(403, "PERMISSION_DENIED", "Permission '"+GoogleImpersonate+"' denied on resource (or it may not exist).")
		return
	case !slices.Contains(in.Scope, googleScope):
		fail(400, "INVALID_ARGUMENT", "Scope required.")
		return
	case err != nil || lifetime <= 0 || !strings.HasSuffix(in.Lifetime, "s") || lifetime > time.Hour:
		fail(400, "INVALID_ARGUMENT", "The access token lifetime cannot exceed 3600 seconds. If you require a longer token lifetime, update the relevant org policy constraint: 'constraints/iam.allowServiceAccountCredentialLifetimeExtension'.")
		return
	}
	writeJSON(w, 200, map[string]string{"accessToken": g.tokens.issue("ya29.c.", account, "", lifetime), "expireTime": time.Now().Add(lifetime).UTC().Format(time.RFC3339)})
}
