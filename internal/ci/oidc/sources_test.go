package oidc

import (
	"context"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// jobOf is a world with the variables of a job on a server of the tests, in today's time.
func jobOf(env []string) *World {
	vars := map[string]string{}
	for _, pair := range env {
		name, value, _ := strings.Cut(pair, "=")
		vars[name] = value
	}
	w := world(vars)
	w.Clock = nil
	return w
}

// Every source gives signed tokens for the audience that was asked for, and none for another one.
func TestSources(t *testing.T) {
	for _, j := range cloudtest.Jobs(t, "sts.amazonaws.com") {
		t.Run(j.Provider, func(t *testing.T) {
			w := jobOf(j.Env)
			var s Settings
			if j.Named {
				s.Provider = job.Provider(j.Provider)
			}
			if j.Provider == "azure-pipelines" {
				s.ServiceConnection = cloudtest.AzureServiceConnection
			}
			src, err := Detect(w, s)
			if err != nil {
				t.Fatal(err)
			}
			if got := src.Provider(); string(got) != j.Provider {
				t.Errorf("provider %s", got)
			}
			tok, err := w.Token(context.Background(), src, j.Audience)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := j.Issuer.Verify(tok.Raw(), j.Audience); err != nil {
				t.Error(err)
			}
			_, err = w.Token(context.Background(), src, "https://other.example")
			if j.Fixed {
				citest.WantFailure(t, err, call.Refused, "https://other.example")
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestGitHubEndpointFaults(t *testing.T) {
	issuer := cloudtest.NewIssuer(t, cloudtest.GitHubIssuer)
	server := cloudtest.NewGitHub(t, issuer)
	w := jobOf(server.Env(cloudtest.GitHubJob{}))
	src, err := Detect(w, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	server.End()
	_, err = w.Token(context.Background(), src, "a")
	e := citest.WantFailure(t, err, call.Refused, "'Completed'")
	for _, request := range server.RequestTokens() {
		if strings.Contains(e.Error()+e.Hint, request) {
			t.Errorf("error %q holds the request token", e)
		}
	}
	const payload = `{"repository":{"id":1,"full_name":"octo/app"},"pull_request":{"head":{"sha":"2","repo":{"id":2,"full_name":"eve/app"}},"base":{"sha":"1","repo":{"id":1,"full_name":"octo/app"}}}}`
	fork := jobOf(server.ForkEnv(cloudtest.GitHubJob{Event: "pull_request", EventPath: citest.WriteFile(t, filepath.Join(t.TempDir(), "e"), payload)}))
	_, err = Detect(fork, Settings{})
	citest.WantFailure(t, err, call.NoIdentity, "fork", "eve/app")
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
			src, err := Detect(w, Settings{})
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
	url, _ := citest.Endpoint(t, func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	w := world(gitHubJob(url))
	w.Clock, w.Sleep = nil, nil
	src, err := Detect(w, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	_, err = w.Token(ctx, src, "a")
	citest.WantFailure(t, err, call.Transient, "no answer in time")
}

// A job that has nothing to show is found out without a look at the network or at any file but that of the machine's
// name.
func BenchmarkDetectNothing(b *testing.B) {
	w := &World{Getenv: func(string) string { return "" }, testOnlyProductName: os.DevNull}
	for b.Loop() {
		if _, err := Detect(w, Settings{}); err == nil {
			b.Fatal("found")
		}
	}
}
