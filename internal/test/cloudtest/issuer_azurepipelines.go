package cloudtest

import (
	"net/http"
	"time"
)

// AzurePipelinesIssuer is the iss of Azure DevOps's own tokens, which ends with
// the organization's id.
const AzurePipelinesIssuer = "https://vstoken.dev.azure.com/6a55d2b2-0000-4000-8000-000000000005"

// AzureExchange is the audience of all of them.
const AzureExchange = "api://AzureADTokenExchange"

// AzurePipelines makes the ID tokens of one job of octo-org's project octo-repo
// (https://learn.microsoft.com/rest/api/azure/devops/distributedtask/oidctoken/create).
//
// It enforces: the job's access token, without which it answers 302 to a page for signing
// in, or 401 with X-TFS-FedAuthRedirect: Suppress; POST; version 7.1 of the
// API; service connections that it knows. Without a connection, the token is
// the pipeline's own. Faults count "token".
type AzurePipelines struct {
	*Server
	Faults *Faults
	issuer *Issuer
	access string
	tokenRequests
}

// AzureServiceConnection is the one service connection that AzurePipelines knows.
const AzureServiceConnection = "c2b4f1a0-0000-4000-8000-000000000006"

const azurePipelinesPath = "/octo-org/6f1c/_apis/distributedtask/hubs/build/plans/8d9f0b1c-0000-4000-8000-000000000001/jobs/ca395085-0000-4000-8000-000000000002/oidctoken"

// NewAzurePipelines starts the endpoint for the time of a test.
func NewAzurePipelines(t T, issuer *Issuer) *AzurePipelines {
	t.Helper()
	a := &AzurePipelines{Faults: &Faults{}, issuer: issuer, access: "ado-" + RandomName(48)}
	a.Server = serveFor(t, http.HandlerFunc(a.handle))
	return a
}

// AccessToken returns the credential that the job holds.
func (a *AzurePipelines) AccessToken() string { return a.access }

// Env returns the variables of the job, with the access token mapped in.
func (a *AzurePipelines) Env() []string {
	return []string{
		"TF_BUILD=True", "SYSTEM_OIDCREQUESTURI=" + a.URL + azurePipelinesPath, "SYSTEM_ACCESSTOKEN=" + a.access,
		"SYSTEM_COLLECTIONURI=https://dev.azure.com/octo-org/", "SYSTEM_TEAMPROJECT=octo-repo", "BUILD_BUILDID=1", "SYSTEM_JOBATTEMPT=1",
		"BUILD_REPOSITORY_NAME=octo-repo", "BUILD_SOURCEBRANCH=refs/heads/main", "BUILD_REASON=IndividualCI",
		"BUILD_SOURCEVERSION=a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3e4f5a0b1",
	}
}

func (a *AzurePipelines) handle(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, _, message string) {
		writeJSON(w, status, map[string]any{"$id": "1", "message": message})
	}
	fault, done := a.Faults.Begin("token")
	defer done()
	if fault.Strike(w, r, fail) {
		return
	}
	if access, ok := credential(r, "Bearer"); !ok || !Same(access, a.access) {
		if r.Header.Get("X-TFS-FedAuthRedirect") == "Suppress" {
			w.Header().Set("WWW-Authenticate", "Bearer")
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		w.Header().Set("Location", a.URL+"/_signin?realm=dev.azure.com")
		w.WriteHeader(http.StatusFound)
		return
	}
	query := r.URL.Query()
	connection := query.Get("serviceConnectionId")
	switch {
	case r.URL.Path != azurePipelinesPath:
		fail(404, "", "The controller for path '"+r.URL.Path+"' was not found or does not implement IController.")
		return
	case r.Method != http.MethodPost:
		fail(405, "", "The requested resource does not support http method '"+r.Method+"'.")
		return
	case query.Get("api-version") != "7.1":
		fail(400, "", "No api-version was supplied for the \""+r.Method+"\" request. The version must be supplied either as part of the Accept header (e.g. \"application/json; api-version=1.0\") or as a query parameter (e.g. \"?api-version=1.0\").")
		return
	case connection != "" && connection != AzureServiceConnection:
		fail(404, "", "Service connection with ID "+connection+" was not found.")
		return
	}
	claims := map[string]any{
		"sub": "p://octo-org/octo-repo/deploy", "aud": AzureExchange, "org_id": "6a55d2b2-0000-4000-8000-000000000005",
		"prj_id": "6f1c", "def_id": "1", "rpo_id": "octo-repo", "rpo_ref": "refs/heads/main", "run_id": "1",
		"nbf": time.Now().Unix(), "exp": time.Now().Add(10 * time.Minute).Unix(),
	}
	if connection != "" {
		claims["sub"] = "sc://octo-org/octo-repo/production"
	}
	token := a.issuer.Issue(claims)
	a.add(r, "", token)
	writeJSON(w, 200, map[string]string{"oidcToken": token})
}
