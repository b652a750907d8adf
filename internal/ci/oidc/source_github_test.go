package oidc

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

func TestGitHubToken(t *testing.T) {
	const audience = "api://x?y=1&z#ü"
	for _, query := range []string{"?api-version=2.0", "?api-version=2.0&audience=other&audience=more", ""} {
		url, count := citest.Endpoint(t, func(_ int, w http.ResponseWriter, r *http.Request) {
			q := r.URL.Query()
			if got := q["audience"]; len(got) != 1 || got[0] != audience {
				t.Errorf("audience %q, want %q", got, audience)
			}
			if strings.Contains(query, "api-version") && q.Get("api-version") != "2.0" {
				t.Errorf("query %q", r.URL.RawQuery)
			}
			if got := r.Header.Get("Authorization"); got != "bearer bearer-of-the-job" {
				t.Errorf("Authorization %q", got)
			}
			if got := r.Header.Get("Accept"); got != "application/json" {
				t.Errorf("Accept %q", got)
			}
			fmt.Fprintf(w, `{"count":1,"value":%q}`, citest.IDToken(t, audience, nil))
		})
		w := world(gitHubJob(url + "/token" + query))
		src, err := Detect(w, Settings{})
		if err != nil {
			t.Fatal(err)
		}
		tok, err := src.Token(context.Background(), audience)
		if err != nil {
			t.Fatal(err)
		}
		if tok.Claims.Subject != "job" || count.Load() != 1 {
			t.Errorf("subject %q after %d requests", tok.Claims.Subject, count.Load())
		}
	}
}

func gitHubSource(t *testing.T, handler func(n int, w http.ResponseWriter, r *http.Request)) (*World, Source, func() int) {
	t.Helper()
	url, count := citest.Endpoint(t, handler)
	w := world(gitHubJob(url + "/?api-version=2.0"))
	src, err := Detect(w, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	return w, src, func() int { return int(count.Load()) }
}

func TestGitHubRetries(t *testing.T) {
	w, src, count := gitHubSource(t, func(n int, rw http.ResponseWriter, _ *http.Request) {
		if n < 3 {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintf(rw, `{"value":%q}`, citest.IDToken(t, "a", nil))
	})
	var waits []time.Duration
	w.Sleep = func(_ context.Context, d time.Duration) error { waits = append(waits, d); return nil }
	if _, err := w.Token(context.Background(), src, "a"); err != nil {
		t.Fatal(err)
	}
	if count() != 3 || len(waits) != 2 || waits[0] >= 200*time.Millisecond || waits[1] >= 400*time.Millisecond {
		t.Errorf("%d requests, waits %v", count(), waits)
	}
}

func TestGitHubRefuses(t *testing.T) {
	const done = `{"$id":"1","innerException":null,"message":"Can't issue ID_TOKEN for job in 'Completed' state.","typeName":"X"}`
	page := "<!DOCTYPE html><html>" + strings.Repeat("<p>eyJhbGciOiJSUzI1NiJ9</p>", 100) + "</html>"
	for name, tt := range map[string]struct {
		status int
		body   string
		want   call.Failure
		text   string
		count  int
	}{
		"job is over":      {401, done, call.Refused, "Can't issue ID_TOKEN for job in 'Completed' state.", 1},
		"no message":       {403, "", call.Refused, "403", 1},
		"echo":             {403, `{"message":"not with bearer-of-the-job"}`, call.Refused, "not with [redacted]", 1},
		"page of an error": {404, page, call.Refused, "404", 1},
		"empty object":     {200, "{}", call.NotTheService, "value", 1},
		"number":           {200, `{"value":5}`, call.NotTheService, "value", 1},
		"empty":            {200, `{"value":""}`, call.NotTheService, "value", 1},
		"null":             {200, "null", call.NotTheService, "JSON", 1},
		"page":             {200, page, call.NotTheService, "JSON", 1},
		"cut":              {200, `{"value":"eyJhbGciO`, call.NotTheService, "JSON", 1},
		"too long":         {200, `{"value":"` + strings.Repeat("x", 2<<20) + `"}`, call.NotTheService, "1 MiB", 1},
		"two parts":        {200, `{"value":"eyJhbGciOiJub25lIn0.eyJ4Ijp0cnVlfQ"}`, call.Refused, "three parts", 1},
		"other audience":   {200, `{"value":"` + citest.IDToken(t, []string{"b", "c"}, nil) + `"}`, call.Refused, `"b", "c"`, 1},
		"expired":          {200, `{"value":"` + citest.IDToken(t, "a", map[string]any{"exp": citest.Noon().Unix() - 10}) + `"}`, call.Refused, "expired", 2},
		"overloaded":       {429, "slow down", call.Transient, "slow down", 8},
		"broken":           {500, page, call.Transient, "500", 8},
		"redirect":         {302, "", call.NotTheService, "redirect", 1},
	} {
		t.Run(name, func(t *testing.T) {
			w, src, count := gitHubSource(t, func(_ int, rw http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/stolen" {
					t.Error("redirect followed")
				}
				rw.Header().Set("Location", "/stolen")
				rw.WriteHeader(tt.status)
				fmt.Fprint(rw, tt.body)
			})
			_, err := w.Token(context.Background(), src, "a")
			e := citest.WantFailure(t, err, tt.want, tt.text)
			if len(e.Text) > text.MaxOutside+100 {
				t.Errorf("%d bytes of text", len(e.Text))
			}
			if count() != tt.count {
				t.Errorf("%d requests, want %d", count(), tt.count)
			}
		})
	}
}

func TestGitHubClosesOrHangs(t *testing.T) {
	w, src, count := gitHubSource(t, func(_ int, rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Content-Length", "100")
		fmt.Fprint(rw, `{"value":`)
	})
	_, err := w.Token(context.Background(), src, "a")
	citest.WantFailure(t, err, call.Transient, "closed the connection")
	if count() != 8 {
		t.Errorf("%d requests", count())
	}

	w, src, _ = gitHubSource(t, func(_ int, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	w.AttemptTimeout = 20 * time.Millisecond
	w.Attempts = 3
	_, err = w.Token(context.Background(), src, "a")
	citest.WantFailure(t, err, call.Transient, "no answer in time")
}

func TestGitHubWithoutIdentity(t *testing.T) {
	dir := t.TempDir()
	payload := func(text string) string {
		name := filepath.Join(dir, fmt.Sprintf("%x.json", len(text)))
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	fork := payload(`{"pull_request":{"head":{"sha":"1","repo":{"id":2,"full_name":"eve/app"}},"base":{"repo":{"id":1,"full_name":"octo/app"}}}}`)
	for name, tt := range map[string]struct {
		env   map[string]string
		texts []string
	}{
		"neither":    {map[string]string{}, []string{gitHubURL, gitHubToken, "are not set", "id-token: write"}},
		"no token":   {map[string]string{gitHubURL: "https://x"}, []string{gitHubToken + " is not set", "id-token: write"}},
		"no URL":     {map[string]string{gitHubToken: "t"}, []string{gitHubURL + " is not set", "id-token: write"}},
		"fork":       {map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": fork}, []string{"fork", "eve/app", "--if-no-identity=skip"}},
		"Dependabot": {map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_ACTOR": "dependabot[bot]"}, []string{"Dependabot", "id-token: write"}},
		"Forgejo":    {map[string]string{"FORGEJO_ACTIONS": "true"}, []string{"enable-openid-connect: true"}},
	} {
		t.Run(name, func(t *testing.T) {
			tt.env["GITHUB_ACTIONS"] = "true"
			_, err := Detect(world(tt.env), Settings{})
			citest.WantFailure(t, err, call.NoIdentity, tt.texts...)
		})
	}
}

func TestGitHubWarnsOfForeignHost(t *testing.T) {
	for url, want := range map[string]bool{
		"https://pipelines.actions.githubusercontent.com/a?b=c": false,
		"https://evil.example/?x":                               true,
		"https://githubusercontent.com.evil.example/":           true,
		"http://127.0.0.1/":                                     false,
	} {
		env := gitHubJob(url)
		env["GITHUB_SERVER_URL"] = "https://github.com"
		w := world(env)
		warned := ""
		w.Warn = func(text string) { warned += text }
		if _, err := Detect(w, Settings{}); err != nil {
			t.Fatal(err)
		}
		if (warned != "") != want {
			t.Errorf("%s: warned %q, want a warning: %v", url, warned, want)
		}
	}
}
