package cloudtest

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// GoogleIssuer is the iss of Google's own tokens.
const GoogleIssuer = "https://accounts.google.com"

// GCEMetadata is the metadata server of a Google machine with a service account,
// as far as ID tokens go
// (https://cloud.google.com/compute/docs/instances/verifying-instance-identity).
//
// It enforces: the header Metadata-Flavor and the absence of X-Forwarded-For; GET; an
// audience. Only format=full tells about the machine. Faults count "token".
type GCEMetadata struct {
	*Server
	Faults *Faults
	issuer *Issuer
	tokenRequests
}

// NewGCEMetadata starts the server for the time of a test.
func NewGCEMetadata(t T, issuer *Issuer) *GCEMetadata {
	t.Helper()
	g := &GCEMetadata{Faults: &Faults{}, issuer: issuer}
	g.Server = serveFor(t, http.HandlerFunc(g.handle))
	return g
}

// Env returns the variable by which Google's libraries find a metadata server
// that is elsewhere.
func (g *GCEMetadata) Env() []string {
	return []string{"GCE_METADATA_HOST=" + strings.TrimPrefix(g.URL, "http://")}
}

func (g *GCEMetadata) handle(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Metadata-Flavor", "Google")
	fail := func(status int, _, message string) {
		w.Header().Set("Content-Type", "text/html; charset=UTF-8")
		w.WriteHeader(status)
		io.WriteString(w, message)
	}
	fault, done := g.Faults.Begin("token")
	defer done()
	if fault.Strike(w, r, fail) {
		return
	}
	query := r.URL.Query()
	audience := query.Get("audience")
	switch {
	case r.Header.Get("Metadata-Flavor") != "Google" || r.Header.Get("X-Forwarded-For") != "":
		fail(403, "", "Your client does not have permission to get URL <code>"+r.URL.Path+"</code> from this server. Missing Metadata-Flavor:Google header.")
		return
	case r.URL.Path != "/computeMetadata/v1/instance/service-accounts/default/identity":
		fail(404, "", "The requested URL was not found on this server.")
		return
	case r.Method != http.MethodGet:
		fail(405, "", "The request method is inappropriate for the URL.")
		return
	case audience == "":
		fail(400, "", "non-empty audience parameter required")
		return
	}
	const email = "ci@octo-project.iam.gserviceaccount.com"
	claims := map[string]any{
		"aud": audience, "azp": "112233445566778899001", "sub": "112233445566778899001", "email": email, "email_verified": true,
		"exp": time.Now().Add(time.Hour).Unix(), "nbf": nil, "jti": nil,
	}
	if query.Get("format") == "full" {
		claims["google"] = map[string]any{"compute_engine": map[string]any{
			"project_id": "octo-project", "project_number": 123456789012, "zone": "europe-west1-b", "instance_id": "1234567890123456789", "instance_name": "runner",
			"instance_creation_timestamp": 1767225600,
		}}
	}
	token := g.issuer.Issue(claims)
	g.add(r, audience, token)
	w.Header().Set("Content-Type", "text/html")
	io.WriteString(w, token)
}
