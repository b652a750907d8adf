package oidc

import (
	"context"
	"net/http"
	"net/url"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// The variables through which GitHub's runner, and Forgejo's, offer ID tokens
// (https://docs.github.com/en/actions/reference/security/oidc).
const (
	gitHubURL   = "ACTIONS_ID_TOKEN_REQUEST_URL"
	gitHubToken = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
)

// gitHub asks the runner's token endpoint, which makes a token of 5 minutes for any audience.
type gitHub struct {
	w        *World
	endpoint *url.URL
	bearer   string
}

func newGitHub(w *World, _ Settings) (Source, error) {
	raw := strings.TrimSpace(w.Getenv(gitHubURL))
	bearer, err := w.fromVariable(gitHubToken)
	if err != nil {
		return nil, err
	}
	if raw == "" || bearer == "" {
		return nil, gitHubNothing(w, raw == "", bearer == "")
	}
	endpoint, err := call.CheckURL(gitHubURL, raw)
	if err != nil {
		return nil, err
	}
	if _, err := url.ParseQuery(endpoint.RawQuery); err != nil {
		return nil, &call.Error{Failure: call.BadSetting, Text: gitHubURL + " is not a URL: its query cannot be read"}
	}
	host := strings.ToLower(endpoint.Hostname())
	if w.Getenv("GITHUB_SERVER_URL") == "https://github.com" && !strings.HasSuffix(host, ".githubusercontent.com") && !call.IsLoopback(host) {
		w.Tell(gitHubURL + " names " + text.Quote(host) + ", which is not a host of GitHub")
	}
	return &gitHub{w, endpoint, bearer}, nil
}

// Provider implements Source.
func (g *gitHub) Provider() job.Provider { return job.GitHub }

// Token implements Source. No audience means GitHub's default, the URL of the repository's owner.
func (g *gitHub) Token(ctx context.Context, audience string) (*Token, error) {
	u := *g.endpoint
	q := u.Query()
	q.Del("audience")
	if audience != "" {
		q.Set("audience", audience)
	}
	u.RawQuery = q.Encode()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, &call.Error{Failure: call.BadSetting, Text: gitHubURL + " is not a URL"}
	}
	r.Header.Set("Authorization", "bearer "+g.bearer)
	return g.w.requestToken(job.GitHub, r, "value", audience)
}

// gitHubNothing says why a job of GitHub Actions has no identity.
func gitHubNothing(w *World, noURL, noToken bool) error {
	var missing []string
	if noURL {
		missing = append(missing, gitHubURL)
	}
	if noToken {
		missing = append(missing, gitHubToken)
	}
	verb := " is not set"
	if len(missing) > 1 {
		verb = " are not set"
	}
	lack := strings.Join(missing, " and ") + verb
	e := &call.Error{Failure: call.NoIdentity, Service: job.GitHub.Name(),
		Text: lack + ", so the job lacks the permission id-token: write",
		Hint: "give it to the job, and to the job that calls a reusable workflow:\n\n    permissions:\n      id-token: write\n      contents: read\n\npull requests from forks never get it"}
	run := job.Describe(w.Getenv)
	switch {
	case run.Fork:
		e.Text = "a pull request from " + run.FromFork() + " gets no identity: " + lack
		e.Hint = "GitHub never grants id-token: write to pull requests from forks; skip the step for them, or use --if-no-identity=skip"
	case run.ByDependabot():
		e.Text = "a run that Dependabot started gets no identity unless the job grants id-token: write: " + lack
	case isForgejo(w):
		e.Text = lack + ", so the workflow does not ask Forgejo for an identity"
		e.Hint = "add to the workflow or job:\n\n    enable-openid-connect: true\n"
	}
	return e
}

func isForgejo(w *World) bool {
	return w.Getenv("FORGEJO_ACTIONS") == "true" || w.Getenv("FORGEJO_TOKEN") != ""
}
