package cloudtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// env looks up a variable as a job would.
func env(list []string, name string) string {
	for _, entry := range slices.Backward(list) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}

// callEndpoint sends a request for a token and returns the status and the answer's fields.
func callEndpoint(t *testing.T, method, url string, header map[string]string, body string) (int, map[string]any) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range header {
		r.Header.Set(name, value)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer := map[string]any{}
	if strings.HasPrefix(resp.Header.Get("Content-Type"), "application/json") {
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
	}
	return resp.StatusCode, answer
}

func TestGitHub(t *testing.T) {
	issuer := NewIssuer(t, GitHubIssuer)
	server := NewGitHub(t, issuer)
	job := server.Env(GitHubJob{})
	const audience = "api://x?y=1&z#ü"
	bearer := map[string]string{"Authorization": "bearer " + env(job, "ACTIONS_ID_TOKEN_REQUEST_TOKEN")}
	at := env(job, "ACTIONS_ID_TOKEN_REQUEST_URL")
	status, got := callEndpoint(t, "GET", at+"&audience="+url.QueryEscape(audience), bearer, "")
	if status != 200 || got["count"] == nil {
		t.Fatalf("status %d, %d fields", status, len(got))
	}
	claims, err := issuer.Verify(got["value"].(string), audience)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"sub": "repo:octo-org/octo-repo:ref:refs/heads/main", "repository": "octo-org/octo-repo", "run_id": env(job, "GITHUB_RUN_ID"),
		"sha": env(job, "GITHUB_SHA"), "job_workflow_ref": "octo-org/octo-repo/.github/workflows/deploy.yml@refs/heads/main",
	} {
		if claims[name] != want {
			t.Errorf("%s is %v, want %s", name, claims[name], want)
		}
	}
	_, got = callEndpoint(t, "GET", at, bearer, "")
	if _, err := issuer.Verify(got["value"].(string), "https://github.com/octo-org"); err != nil {
		t.Errorf("without an audience: %v", err)
	}
	if got := server.Audiences(); !slices.Equal(got, []string{audience, ""}) {
		t.Errorf("audiences: %q", got)
	}
	if r := server.Requests()[0]; r.Token != issuer.Tokens()[0] || r.Header.Get("Authorization") != bearer["Authorization"] || r.Query.Get("api-version") != "2.0" {
		t.Error("the request was not recorded as it was sent")
	}
	if got := server.RequestTokens(); len(got) != 1 || "bearer "+got[0] != bearer["Authorization"] {
		t.Errorf("%d request tokens", len(got))
	}
}

func TestGitHubSubjects(t *testing.T) {
	issuer := NewIssuer(t, GitHubIssuer)
	server := NewGitHub(t, issuer)
	for _, c := range []struct {
		job  GitHubJob
		want string
	}{
		{GitHubJob{Event: "pull_request", Ref: "refs/pull/7/merge"}, "repo:octo-org/octo-repo:pull_request"},
		{GitHubJob{Environment: "prod"}, "repo:octo-org/octo-repo:environment:prod"},
		{GitHubJob{Immutable: true}, "repo:octo-org@65/octo-repo@74:ref:refs/heads/main"},
		{GitHubJob{Repository: "a/b", Ref: "refs/tags/v1"}, "repo:a/b:ref:refs/tags/v1"},
		{GitHubJob{Claims: map[string]any{"sub": "repository_owner:octo-org"}}, "repository_owner:octo-org"},
	} {
		job := server.Env(c.job)
		_, got := callEndpoint(t, "GET", env(job, "ACTIONS_ID_TOKEN_REQUEST_URL"), map[string]string{"Authorization": "bearer " + env(job, "ACTIONS_ID_TOKEN_REQUEST_TOKEN")}, "")
		claims, err := issuer.Verify(got["value"].(string))
		if err != nil || claims["sub"] != c.want {
			t.Errorf("got %v (%v), want %s", claims["sub"], err, c.want)
		}
	}
}

func TestGitHubRefuses(t *testing.T) {
	server := NewGitHub(t, NewIssuer(t, GitHubIssuer))
	job := server.Env(GitHubJob{})
	at, bearer := env(job, "ACTIONS_ID_TOKEN_REQUEST_URL"), "bearer "+env(job, "ACTIONS_ID_TOKEN_REQUEST_TOKEN")
	for _, c := range []struct {
		name, method, url, auth string
		want                    int
	}{
		{"no token", "GET", at, "", 401},
		{"another token", "GET", at, bearer + "x", 401},
		{"another scheme", "GET", at, "Token " + bearer[len("bearer "):], 401},
		{"POST", "POST", at, bearer, 405},
		{"no version", "GET", strings.TrimSuffix(at, "?api-version=2.0"), bearer, 400},
		{"two audiences", "GET", at + "&audience=a&audience=b", bearer, 400},
		{"elsewhere", "GET", server.URL + "/?api-version=2.0", bearer, 404},
	} {
		if status, _ := callEndpoint(t, c.method, c.url, map[string]string{"Authorization": c.auth}, ""); status != c.want {
			t.Errorf("%s: status %d, want %d", c.name, status, c.want)
		}
	}
	server.End()
	status, got := callEndpoint(t, "GET", at, map[string]string{"Authorization": bearer}, "")
	if status != 401 || got["message"] != "Can't issue ID_TOKEN for job in 'Completed' state." {
		t.Errorf("after the job: %d, %v", status, got["message"])
	}
	if n := len(server.Requests()); n != 0 {
		t.Errorf("%d tokens were handed out", n)
	}
	fork := server.ForkEnv(GitHubJob{Event: "pull_request", EventPath: "/event.json"})
	if env(fork, "ACTIONS_ID_TOKEN_REQUEST_URL") != "" || env(fork, "ACTIONS_ID_TOKEN_REQUEST_TOKEN") != "" || env(fork, "GITHUB_EVENT_PATH") != "/event.json" {
		t.Errorf("a fork's job has %q", fork)
	}
}
