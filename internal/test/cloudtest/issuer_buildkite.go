package cloudtest

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"
)

// BuildkiteIssuer is the iss of Buildkite's own tokens.
const BuildkiteIssuer = "https://agent.buildkite.com"

// Buildkite is the part of the agent's API that makes ID tokens, for one job of
// octo-org's pipeline octo-repo (https://buildkite.com/docs/agent/v3/cli-oidc).
//
// It enforces: the agent's access token; POST; the id of the job; JSON with
// the fields that it knows; a lifetime of at most 2 hours. It knows the claims
// organization_id and pipeline_id as optional ones, and no session tags. Faults count "token".
type Buildkite struct {
	*Server
	Faults *Faults
	issuer *Issuer
	access string
	tokenRequests
}

const buildkiteJob = "0184990a-477b-4fa8-9968-496074483cee"

// NewBuildkite starts the endpoint for the time of a test.
func NewBuildkite(t T, issuer *Issuer) *Buildkite {
	t.Helper()
	b := &Buildkite{Faults: &Faults{}, issuer: issuer, access: "bkaj-" + RandomName(32)}
	b.Server = serveFor(t, http.HandlerFunc(b.handle))
	return b
}

// AccessToken returns the credential that the job holds.
func (b *Buildkite) AccessToken() string { return b.access }

// Env returns the variables of the job.
func (b *Buildkite) Env() []string {
	return []string{
		"BUILDKITE=true", "CI=true", "BUILDKITE_AGENT_ENDPOINT=" + b.URL + "/v3", "BUILDKITE_AGENT_ACCESS_TOKEN=" + b.access,
		"BUILDKITE_JOB_ID=" + buildkiteJob, "BUILDKITE_BUILD_NUMBER=1", "BUILDKITE_ORGANIZATION_SLUG=octo-org", "BUILDKITE_PIPELINE_SLUG=octo-repo",
		"BUILDKITE_REPO=git@github.com:octo-org/octo-repo.git", "BUILDKITE_BRANCH=main", "BUILDKITE_PULL_REQUEST=false", "BUILDKITE_SOURCE=webhook",
		"BUILDKITE_COMMIT=a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3e4f5a0b1",
	}
}

func (b *Buildkite) handle(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, _, message string) { writeJSON(w, status, map[string]string{"message": message}) }
	fault, done := b.Faults.Begin("token")
	defer done()
	if fault.Strike(w, r, fail) {
		return
	}
	job, ok := strings.CutPrefix(r.URL.Path, "/v3/jobs/")
	job, ending := strings.CutSuffix(job, "/oidc/tokens")
	if !ok || !ending || r.Method != http.MethodPost {
		fail(404, "", "Not Found")
		return
	}
	if access, ok := credential(r, "Token"); !ok || !Same(access, b.access) {
		fail(401, "", "Authentication required")
		return
	}
	if job != buildkiteJob {
		fail(404, "", "No job found")
		return
	}
	var in struct {
		Audience     string   `json:"audience"`
		Lifetime     int      `json:"lifetime"`
		Claims       []string `json:"claims"`
		SubjectClaim string   `json:"subject_claim"`
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	if d.Decode(&in) != nil || in.Lifetime < 0 || in.Lifetime > 7200 {
		fail(422, "", "Validation failed")
		return
	}
	claims := buildkiteClaims()
	optional := map[string]any{"organization_id": "f02d6a6f-7a0e-481d-9d6d-89b427aec48d", "pipeline_id": "ccdb6d3c-0000-4000-8000-000000000003"}
	for _, name := range in.Claims {
		if optional[name] == nil {
			fail(422, "", "Validation failed: claims are invalid")
			return
		}
		claims[name] = optional[name]
	}
	if in.SubjectClaim != "" {
		value, ok := with(claims, optional)[in.SubjectClaim]
		if !ok {
			fail(422, "", "Validation failed: subject claim is invalid")
			return
		}
		claims["sub"] = value
	}
	if in.Audience != "" {
		claims["aud"] = in.Audience
	}
	if in.Lifetime != 0 {
		claims["exp"] = time.Now().Add(time.Duration(in.Lifetime) * time.Second).Unix()
	}
	token := b.issuer.Issue(claims)
	b.add(r, in.Audience, token)
	writeJSON(w, 200, map[string]string{"token": token})
}

func buildkiteClaims() map[string]any {
	const commit = "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3e4f5a0b1"
	return map[string]any{
		"sub": "organization:octo-org:pipeline:octo-repo:ref:refs/heads/main:commit:" + commit + ":step:deploy", "aud": "https://buildkite.com/octo-org",
		"organization_slug": "octo-org", "pipeline_slug": "octo-repo", "build_number": 1, "build_branch": "main", "build_tag": nil, "build_commit": commit,
		"step_key": "deploy", "job_id": buildkiteJob, "agent_id": "0184990a-0000-4000-8000-000000000004", "build_source": "webhook", "runner_environment": "self-hosted",
		"nbf": time.Now().Unix(), "jti": nil,
	}
}
