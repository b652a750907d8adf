package ci

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// jobOf is a world with the variables of a job on a server of the tests, in
// today's time.
func jobOf(env []string) *World {
	vars := map[string]string{}
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		vars[name] = value
	}
	w := job(vars)
	w.Clock = nil
	return w
}

// Every source gives signed tokens for the audience that was asked for, and
// none for another one.
func TestSources(t *testing.T) {
	const audience, azure = "sts.amazonaws.com", cloudtest.AzureExchange
	issuers := map[Provider]*cloudtest.Issuer{}
	for p, name := range map[Provider]string{
		GitHub: cloudtest.GitHubIssuer, GitLab: cloudtest.GitLabIssuer, Buildkite: cloudtest.BuildkiteIssuer, CircleCI: "https://oidc.circleci.com/org/x", Bitbucket: "https://api.bitbucket.org/2.0/workspaces/w/pipelines-config/identity/oidc",
		AzurePipelines: cloudtest.AzurePipelinesIssuer, GCE: cloudtest.GoogleIssuer, Kubernetes: "https://oidc.eks.eu-central-1.amazonaws.com/id/X",
	} {
		issuers[p] = cloudtest.NewIssuer(t, name)
	}
	gitHub := cloudtest.NewGitHub(t, issuers[GitHub])
	buildkite := cloudtest.NewBuildkite(t, issuers[Buildkite])
	pipelines := cloudtest.NewAzurePipelines(t, issuers[AzurePipelines])
	metadata := cloudtest.NewGCEMetadata(t, issuers[GCE])
	pod := filepath.Join(t.TempDir(), "token")
	write(t, pod, issuers[Kubernetes].KubernetesToken([]string{audience}, nil)+"\n")
	for p, tt := range map[Provider]struct {
		env      []string
		s        OIDCSettings
		audience string
		fixed    bool // the audience
	}{
		GitHub:         {env: gitHub.Env(cloudtest.GitHubJob{}), audience: audience},
		GitLab:         {env: cloudtest.GitLabEnv("GITLAB_OIDC_TOKEN", issuers[GitLab].GitLabToken(audience, nil)), audience: audience, fixed: true},
		Buildkite:      {env: buildkite.Env(), audience: audience},
		CircleCI:       {env: cloudtest.CircleCIEnv(issuers[CircleCI].CircleCIToken(audience, nil)), audience: audience, fixed: true},
		Bitbucket:      {env: cloudtest.BitbucketEnv(issuers[Bitbucket].BitbucketToken([]string{"x", audience}, nil)), audience: audience, fixed: true},
		AzurePipelines: {env: pipelines.Env(), s: OIDCSettings{ServiceConnection: cloudtest.AzureServiceConnection}, audience: azure, fixed: true},
		GCE:            {env: metadata.Env(), s: OIDCSettings{Provider: GCE}, audience: audience},
		Kubernetes:     {env: []string{"AWS_WEB_IDENTITY_TOKEN_FILE=" + pod}, audience: audience, fixed: true},
	} {
		t.Run(string(p), func(t *testing.T) {
			w := jobOf(tt.env)
			src, err := Detect(w, tt.s)
			if err != nil {
				t.Fatal(err)
			}
			if got := src.Provider(); got != p {
				t.Errorf("provider %s", got)
			}
			tok, err := w.Token(context.Background(), src, tt.audience)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := issuers[p].Verify(tok.Raw(), tt.audience); err != nil {
				t.Error(err)
			}
			advice := TrustAdvice(tok, "")
			if advice.Provider != p || advice.AWS == "" || advice.Vault == "" || advice.GCP == "" {
				t.Errorf("advice %+v", advice)
			}
			if changes := p == Buildkite || p == CircleCI || p == Bitbucket; changes != (advice.Azure == "") || changes != strings.Contains(advice.AWS, "StringLike") {
				t.Errorf("advice %+v", advice)
			}
			if len(ClaimTable(tok)) < 4 {
				t.Errorf("claims %v", ClaimTable(tok))
			}
			_, err = w.Token(context.Background(), src, "https://other.example")
			if tt.fixed {
				wantFailure(t, err, call.Refused, "https://other.example")
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestGitHubEndpointFaults(t *testing.T) {
	issuer := cloudtest.NewIssuer(t, cloudtest.GitHubIssuer)
	server := cloudtest.NewGitHub(t, issuer)
	w := jobOf(server.Env(cloudtest.GitHubJob{Immutable: true}))
	src, err := Detect(w, OIDCSettings{})
	if err != nil {
		t.Fatal(err)
	}
	tok, err := w.Token(context.Background(), src, "")
	if err != nil {
		t.Fatal(err)
	}
	if notes := strings.Join(TrustAdvice(tok, "").Notes, "\n"); !strings.Contains(notes, "repo:octo-org/octo-repo:ref:refs/heads/main") {
		t.Errorf("notes %q", notes)
	}
	server.End()
	_, err = w.Token(context.Background(), src, "a")
	e := wantFailure(t, err, call.Refused, "'Completed'")
	for _, request := range server.RequestTokens() {
		if strings.Contains(e.Error()+e.Hint, request) {
			t.Errorf("error %q holds the request token", e)
		}
	}
	fork := jobOf(server.ForkEnv(cloudtest.GitHubJob{Event: "pull_request", EventPath: write(t, filepath.Join(t.TempDir(), "e"), pullPayload(forkRepo))}))
	_, err = Detect(fork, OIDCSettings{})
	wantFailure(t, err, call.NoIdentity, "fork", "eve/app")
}

// 20 jobs ask at once, of a server that cannot answer ten of them.
func TestSourcesUnderLoad(t *testing.T) {
	issuer := cloudtest.NewIssuer(t, cloudtest.GitHubIssuer)
	server := cloudtest.NewGitHub(t, issuer)
	server.Faults.Set("token", cloudtest.Fault{Code: "Unavailable", Status: http.StatusServiceUnavailable, Times: 10})
	done := make(chan error)
	for range 20 {
		w := jobOf(server.Env(cloudtest.GitHubJob{}))
		w.Attempts = 11 // one of them may meet all of the faults
		go func() {
			src, err := Detect(w, OIDCSettings{})
			if err == nil {
				_, err = w.Token(context.Background(), src, "a")
			}
			done <- err
		}()
	}
	for range 20 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	if got := server.Faults.Count("token"); got != 30 {
		t.Errorf("%d requests, want 30", got)
	}
}

// Where the time of the job ends is where asking ends.
func TestTokenKeepsTheDeadline(t *testing.T) {
	url, _ := endpoint(t, func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	w := job(gitHubJob(url))
	w.Clock, w.Sleep = nil, nil
	src, err := Detect(w, OIDCSettings{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, err = w.Token(ctx, src, "a")
	wantFailure(t, err, call.Transient, "no answer in time")
}

// A job that has nothing to show is found out without a look at the network or
// at any file but that of the machine's name.
func BenchmarkDetectNothing(b *testing.B) {
	w := &World{Getenv: func(string) string { return "" }, testOnlyProductName: os.DevNull}
	for b.Loop() {
		if _, err := Detect(w, OIDCSettings{}); err == nil {
			b.Fatal("found")
		}
	}
}
