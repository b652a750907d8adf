package cloudtest

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// GitHubIssuer is the iss of GitHub's own tokens.
const GitHubIssuer = "https://token.actions.githubusercontent.com"

// GitHub is the token endpoint that a job of GitHub Actions sees, in front of an
// issuer.
//
// It enforces: the request token of a job that runs; GET; the version of the API
// in the URL. It does not know permissions: a job without id-token: write is one
// whose Env has no token. Faults count "token".
type GitHub struct {
	*Server
	Faults *Faults
	issuer *Issuer

	mu       sync.Mutex
	jobs     map[string]GitHubJob // by request token
	ended    map[string]bool
	requests []GitHubRequest
}

// GitHubRequest is a request for a token that was answered with one.
type GitHubRequest struct {
	Audience string
	Header   http.Header
}

// GitHubJob is a job of a workflow. The zero value of each field has a default
// that makes a push to main of octo-org/octo-repo.
type GitHubJob struct {
	Repository string // OWNER/NAME
	Event      string
	Ref        string
	SHA        string
	Actor      string
	RunID      string
	Workflow   string
	// EventPath is the file of the event's payload.
	EventPath string
	// Environment is the deployment environment.
	Environment string
	// Immutable makes the subject of repositories made since July 2026, which has
	// ids in it.
	Immutable bool
	// Claims go over what the fields make.
	Claims map[string]any
}

// NewGitHub starts the endpoint for the time of a test.
func NewGitHub(t T, issuer *Issuer) *GitHub {
	t.Helper()
	g, err := StartGitHub(issuer)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(g.Close)
	return g
}

// StartGitHub starts the endpoint; Close ends it.
func StartGitHub(issuer *Issuer) (*GitHub, error) {
	g := &GitHub{Faults: &Faults{}, issuer: issuer, jobs: map[string]GitHubJob{}, ended: map[string]bool{}}
	var err error
	g.Server, err = serve("", http.HandlerFunc(g.handle))
	return g, err
}

func (j GitHubJob) complete() GitHubJob {
	for field, value := range map[*string]string{
		&j.Repository: "octo-org/octo-repo", &j.Event: "push", &j.Ref: "refs/heads/main",
		&j.SHA: "a0b1c2d3e4f5a0b1c2d3e4f5a0b1c2d3e4f5a0b1", &j.Actor: "octocat", &j.RunID: "1234567890", &j.Workflow: "deploy",
	} {
		if *field == "" {
			*field = value
		}
	}
	return j
}

// Env returns the variables of a job that may ask for tokens.
func (g *GitHub) Env(job GitHubJob) []string {
	job = job.complete()
	request := "gh-request-" + randomName(40)
	g.mu.Lock()
	g.jobs[request] = job
	g.mu.Unlock()
	return append(g.ForkEnv(job),
		"ACTIONS_ID_TOKEN_REQUEST_URL="+g.URL+"/token?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN="+request)
}

// ForkEnv returns the variables of a job that may not, as one of a fork's pull
// request.
func (g *GitHub) ForkEnv(job GitHubJob) []string {
	job = job.complete()
	owner, _, _ := strings.Cut(job.Repository, "/")
	env := []string{
		"GITHUB_ACTIONS=true", "CI=true", "GITHUB_SERVER_URL=https://github.com", "GITHUB_REPOSITORY=" + job.Repository, "GITHUB_REPOSITORY_OWNER=" + owner,
		"GITHUB_RUN_ID=" + job.RunID, "GITHUB_RUN_ATTEMPT=1", "GITHUB_JOB=deploy", "GITHUB_WORKFLOW=" + job.Workflow,
		"GITHUB_EVENT_NAME=" + job.Event, "GITHUB_REF=" + job.Ref, "GITHUB_SHA=" + job.SHA, "GITHUB_ACTOR=" + job.Actor,
	}
	if job.EventPath != "" {
		env = append(env, "GITHUB_EVENT_PATH="+job.EventPath)
	}
	return env
}

// End makes the request tokens of all jobs so far those of jobs that are over.
func (g *GitHub) End() {
	g.mu.Lock()
	defer g.mu.Unlock()
	for request := range g.jobs {
		g.ended[request] = true
	}
}

// RequestTokens returns every request token that was given to a job.
func (g *GitHub) RequestTokens() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Collect(maps.Keys(g.jobs))
}

// Requests returns the requests that were answered with a token.
func (g *GitHub) Requests() []GitHubRequest {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.requests)
}

func (g *GitHub) handle(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, _, message string) { writeJSON(w, status, map[string]string{"message": message}) }
	fault, done := g.Faults.begin("token")
	defer done()
	if fault.strike(w, r, fail) {
		return
	}
	request, ok := strings.CutPrefix(strings.ToLower(r.Header.Get("Authorization")), "bearer ")
	if ok {
		request = r.Header.Get("Authorization")[len("bearer "):]
	}
	g.mu.Lock()
	job, known := g.jobs[request]
	over := g.ended[request]
	g.mu.Unlock()
	query := r.URL.Query()
	switch {
	case r.Method != http.MethodGet || r.URL.Path != "/token" || query.Get("api-version") == "":
		fail(404, "", "Not Found")
		return
	case !known:
		fail(401, "", "Unauthorized")
		return
	case over:
		fail(401, "", "Can't issue ID_TOKEN for job in 'Completed' state.")
		return
	}
	owner, _, _ := strings.Cut(job.Repository, "/")
	audience := query.Get("audience")
	if audience == "" {
		audience = "https://github.com/" + owner
	}
	g.mu.Lock()
	g.requests = append(g.requests, GitHubRequest{audience, r.Header.Clone()})
	g.mu.Unlock()
	claims := job.claims()
	claims["aud"] = audience
	writeJSON(w, 200, map[string]any{"count": 1, "value": g.issuer.Issue(claims)})
}

// claims are those that
// https://docs.github.com/en/actions/reference/security/oidc lists.
func (j GitHubJob) claims() map[string]any {
	owner, name, _ := strings.Cut(j.Repository, "/")
	const ownerID, repositoryID = "65", "74"
	context := "ref:" + j.Ref
	switch {
	case j.Environment != "":
		context = "environment:" + j.Environment
	case j.Event == "pull_request":
		context = "pull_request"
	}
	subject := fmt.Sprintf("repo:%s/%s:%s", owner, name, context)
	if j.Immutable {
		subject = fmt.Sprintf("repo:%s@%s/%s@%s:%s", owner, ownerID, name, repositoryID, context)
	}
	claims := map[string]any{
		"sub": subject, "ref": j.Ref, "ref_type": "branch", "sha": j.SHA, "event_name": j.Event,
		"repository": j.Repository, "repository_id": repositoryID, "repository_owner": owner, "repository_owner_id": ownerID,
		"repository_visibility": "private", "run_id": j.RunID, "run_number": "10", "run_attempt": "1", "runner_environment": "github-hosted",
		"actor": j.Actor, "actor_id": "12", "workflow": j.Workflow, "head_ref": "", "base_ref": "",
		"workflow_ref":     j.Repository + "/.github/workflows/deploy.yml@" + j.Ref,
		"job_workflow_ref": j.Repository + "/.github/workflows/deploy.yml@" + j.Ref,
	}
	if j.Environment != "" {
		claims["environment"] = j.Environment
	}
	maps.Copy(claims, j.Claims)
	return claims
}
