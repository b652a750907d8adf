package cloudtest

import (
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
// It enforces: the request token of a job that is under way; GET; the path and
// the version of the API that stand in the job's URL; one audience at the most.
// It does not know permissions: a job without id-token: write is one that has
// [GitHub.ForkEnv]. Request tokens do not expire. Faults count "token".
type GitHub struct {
	*Server
	Faults *Faults
	issuer *Issuer
	tokenRequests

	mu    sync.Mutex
	jobs  map[string]GitHubJob // by request token
	ended map[string]bool
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
	g.Server, err = Serve("", http.HandlerFunc(g.handle))
	return g, err
}

// gitHubPath has the shape of the real one, which begins with an id of the
// organization.
const gitHubPath = "/Xk3vQ9f2/00000000-0000-0000-0000-000000000000/_apis/distributedtask/hubs/Actions/plans/8d9f0b1c-0000-4000-8000-000000000001/jobs/ca395085-0000-4000-8000-000000000002/idtoken"

// Env returns the variables of a job that may ask for tokens.
func (g *GitHub) Env(job GitHubJob) []string {
	job = job.complete()
	request := "gh-request-" + RandomName(40)
	g.mu.Lock()
	g.jobs[request] = job
	g.mu.Unlock()
	return append(g.ForkEnv(job),
		"ACTIONS_ID_TOKEN_REQUEST_URL="+g.URL+gitHubPath+"?api-version=2.0", "ACTIONS_ID_TOKEN_REQUEST_TOKEN="+request)
}

// ForkEnv returns the variables of a job that may not, as one of a fork's pull
// request.
func (g *GitHub) ForkEnv(job GitHubJob) []string {
	job = job.complete()
	owner, _, _ := strings.Cut(job.Repository, "/")
	env := []string{
		"GITHUB_ACTIONS=true", "CI=true", "GITHUB_SERVER_URL=https://github.com", "GITHUB_API_URL=https://api.github.com",
		"GITHUB_REPOSITORY=" + job.Repository, "GITHUB_REPOSITORY_OWNER=" + owner, "GITHUB_REPOSITORY_ID=" + gitHubRepositoryID,
		"GITHUB_RUN_ID=" + job.RunID, "GITHUB_RUN_ATTEMPT=" + job.Attempt, "GITHUB_RUN_NUMBER=10", "GITHUB_JOB=deploy", "GITHUB_WORKFLOW=" + job.Workflow,
		"GITHUB_EVENT_NAME=" + job.Event, "GITHUB_REF=" + job.Ref, "GITHUB_SHA=" + job.SHA, "GITHUB_ACTOR=" + job.Actor,
		"GITHUB_HEAD_REF=" + job.HeadRef, "GITHUB_BASE_REF=" + job.BaseRef,
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

// RequestTokens returns every request token that was given to a job, in no
// order.
func (g *GitHub) RequestTokens() []string {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Collect(maps.Keys(g.jobs))
}

func (g *GitHub) handle(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, _, message string) { writeJSON(w, status, map[string]string{"message": message}) }
	fault, done := g.Faults.Begin("token")
	defer done()
	if fault.Strike(w, r, fail) {
		return
	}
	request, sent := credential(r, "bearer")
	g.mu.Lock()
	job, known := g.jobs[request]
	over := g.ended[request]
	g.mu.Unlock()
	query := r.URL.Query()
	switch {
	case r.URL.Path != gitHubPath:
		fail(404, "", "Not Found")
		return
	case r.Method != http.MethodGet:
		fail(405, "", "The requested resource does not support http method '"+r.Method+"'.")
		return
	case query.Get("api-version") == "":
		fail(400, "", "No api-version was supplied for the request.")
		return
	case !sent || !known:
		fail(401, "", "Unauthorized")
		return
	case over:
		fail(401, "", "Can't issue ID_TOKEN for job in 'Completed' state.")
		return
	case len(query["audience"]) > 1:
		fail(400, "", "more than one audience")
		return
	}
	owner, _, _ := strings.Cut(job.Repository, "/")
	claims := job.claims()
	claims["aud"] = "https://github.com/" + owner
	if audience := query.Get("audience"); audience != "" {
		claims["aud"] = audience
	}
	token := g.issuer.Issue(with(claims, job.Claims))
	g.add(r, query.Get("audience"), token)
	writeJSON(w, 200, map[string]any{"count": len(token), "value": token})
}
