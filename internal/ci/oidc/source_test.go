package oidc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os/exec"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

// program stands for a program of the CI; it notes how it was called.
type program struct {
	stdout, stderr string
	err            error
	calls          [][]string
}

func (p *program) run(_ context.Context, _ []byte, name string, args ...string) ([]byte, []byte, error) {
	p.calls = append(p.calls, append([]string{name}, args...))
	return []byte(p.stdout), []byte(p.stderr), p.err
}

func (p *program) wantCalls(t *testing.T, want ...string) {
	t.Helper()
	var got []string
	for _, c := range p.calls {
		got = append(got, strings.Join(c, " "))
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("called %q, want %q", got, want)
	}
}

var notFound = &exec.Error{Name: "x", Err: exec.ErrNotFound}

func TestGitLabToken(t *testing.T) {
	a, b, a2 := citest.IDToken(t, "a", nil), citest.IDToken(t, []string{"b", "c"}, nil), citest.IDToken(t, "a", map[string]any{"sub": "other"})
	stale := citest.IDToken(t, "a", map[string]any{"exp": citest.Noon().Unix() - 1})
	for name, tt := range map[string]struct {
		env      map[string]string
		tokenEnv string
		audience string
		want     string // token
		problem  call.Failure
		texts    []string
	}{
		"convention":                  {env: map[string]string{"GITLAB_OIDC_TOKEN": a}, audience: "a", want: a},
		"of the audience":             {env: map[string]string{"STS_AMAZONAWS_COM_ID_TOKEN": citest.IDToken(t, "sts.amazonaws.com", nil)}, audience: "sts.amazonaws.com", want: citest.IDToken(t, "sts.amazonaws.com", nil)},
		"no audience":                 {env: map[string]string{"ID_TOKEN": a}, want: a},
		"with white space":            {env: map[string]string{"ID_TOKEN": " " + a + "\n"}, audience: "a", want: a},
		"named":                       {env: map[string]string{"MINE": b, "ID_TOKEN": a}, tokenEnv: "MINE", audience: "c", want: b},
		"same token twice":            {env: map[string]string{"ID_TOKEN": a, "VAULT_ID_TOKEN": a}, audience: "a", want: a},
		"one for each relying party":  {env: map[string]string{"VAULT_ID_TOKEN": b, "GITLAB_OIDC_TOKEN": a}, audience: "b", want: b},
		"two that fit":                {env: map[string]string{"VAULT_ID_TOKEN": a2, "GITLAB_OIDC_TOKEN": a}, audience: "a", problem: call.BadSetting, texts: []string{"VAULT_ID_TOKEN", "GITLAB_OIDC_TOKEN", "--token-env"}},
		"two, no audience":            {env: map[string]string{"VAULT_ID_TOKEN": b, "GITLAB_OIDC_TOKEN": a}, problem: call.BadSetting, texts: []string{"VAULT_ID_TOKEN", "GITLAB_OIDC_TOKEN"}},
		"two, of which none fits":     {env: map[string]string{"VAULT_ID_TOKEN": b, "GITLAB_OIDC_TOKEN": a}, audience: "x", problem: call.Refused, texts: []string{"VAULT_ID_TOKEN", "GITLAB_OIDC_TOKEN", `aud: "x"`}},
		"none":                        {audience: "a", problem: call.NoIdentity, texts: []string{"id_tokens:", `aud: "a"`, "A_ID_TOKEN", "GITLAB_OIDC_TOKEN"}},
		"none, on a pod":              {env: map[string]string{"AWS_WEB_IDENTITY_TOKEN_FILE": "/x"}, audience: "a", problem: call.NoIdentity, texts: []string{"--oidc-provider kubernetes"}},
		"other audience":              {env: map[string]string{"ID_TOKEN": a}, audience: "b", problem: call.Refused, texts: []string{`"a"`, `"b"`, "id_tokens:"}},
		"no token":                    {env: map[string]string{"ID_TOKEN": "secret-but-no-token"}, audience: "b", problem: call.Refused},
		"expired":                     {env: map[string]string{"ID_TOKEN": stale}, audience: "a", problem: call.Refused, texts: []string{"expired"}},
		"expired and one that is not": {env: map[string]string{"ID_TOKEN": stale, "AWS_ID_TOKEN": a}, audience: "a", want: a},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"GITLAB_CI": "true"}
			for k, v := range tt.env {
				env[k] = v
			}
			w := world(env)
			src, err := Detect(w, Settings{TokenEnv: tt.tokenEnv})
			if err != nil {
				t.Fatal(err)
			}
			tok, err := w.Token(context.Background(), src, tt.audience)
			if tt.want == "" {
				e := citest.WantFailure(t, err, tt.problem, tt.texts...)
				if strings.Contains(e.Error(), "secret") {
					t.Errorf("error %q quotes the variable", e)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tok.Raw() != tt.want {
				t.Error("got another token")
			}
		})
	}
}

func TestAudienceVariable(t *testing.T) {
	for audience, want := range map[string]string{
		"sigstore": "SIGSTORE_ID_TOKEN", "sts.amazonaws.com": "STS_AMAZONAWS_COM_ID_TOKEN", "https://v.example:8200": "HTTPS___V_EXAMPLE_8200_ID_TOKEN",
		"1x": "_X_ID_TOKEN", "é": "__ID_TOKEN",
	} {
		if got := audienceVariable(audience); got != want {
			t.Errorf("%s: got %s, want %s", audience, got, want)
		}
	}
}

func TestBuildkiteProgram(t *testing.T) {
	p := &program{stdout: citest.IDToken(t, "a", nil) + "\n", stderr: "warning: an old agent\n"}
	w := world(map[string]string{"BUILDKITE": "true"})
	w.Run = p.run
	src, err := Detect(w, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if len(p.calls) != 0 {
		t.Error("Detect ran a program")
	}
	if _, err := w.Token(context.Background(), src, "a"); err != nil {
		t.Fatal(err)
	}
	p.stdout = citest.IDToken(t, "https://buildkite.com/o", nil)
	if _, err := w.Token(context.Background(), src, ""); err != nil {
		t.Fatal(err)
	}
	p.wantCalls(t, "buildkite-agent oidc request-token --audience a", "buildkite-agent oidc request-token")

	w.Getenv = func(name string) string {
		return map[string]string{"BUILDKITE_AGENT_ACCESS_TOKEN": "bearer-of-the-job"}[name]
	}
	p = &program{stderr: "fatal: no such job bearer-of-the-job " + citest.IDToken(t, "a", nil) + "\n::add-mask::x", err: errors.New("exit status 1")}
	w.Run = p.run
	_, err = w.Token(context.Background(), src, "a")
	e := citest.WantFailure(t, err, call.Refused, "no such job", "buildkite-agent")
	if len(p.calls) != 1 || strings.Contains(e.Error(), "::") {
		t.Errorf("%d calls, %v", len(p.calls), e)
	}

	w.Run = (&program{err: notFound}).run
	_, err = w.Token(context.Background(), src, "a")
	citest.WantFailure(t, err, call.NoIdentity, "buildkite-agent", "BUILDKITE_AGENT_ACCESS_TOKEN", "mount-buildkite-agent")
}

func TestBuildkiteHTTP(t *testing.T) {
	var bodies []string
	url, count := citest.Endpoint(t, func(n int, rw http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies = append(bodies, string(body))
		if got := r.Method + " " + r.URL.EscapedPath(); got != "POST /v3/jobs/job%2F1/oidc/tokens" {
			t.Errorf("request %s", got)
		}
		if got := r.Header.Get("Authorization"); got != "Token bearer-of-the-job" {
			t.Errorf("Authorization %q", got)
		}
		if n == 1 {
			rw.Header().Set("Retry-After", "1")
			rw.WriteHeader(http.StatusTooManyRequests)
			return
		}
		fmt.Fprintf(rw, `{"token":%q}`, citest.IDToken(t, []string{"a", "https://buildkite.com/o"}, nil))
	})
	w := world(map[string]string{"BUILDKITE": "true", "BUILDKITE_AGENT_ACCESS_TOKEN": "bearer-of-the-job", "BUILDKITE_JOB_ID": "job/1", "BUILDKITE_AGENT_ENDPOINT": url + "/v3"})
	for name, p := range map[string]*program{
		"no programs":             nil,
		"not this program":        {err: notFound},
		"program wants to redact": {err: errors.New("exit status 1"), stderr: "failed to redact: the Job API is not available"},
	} {
		bodies = nil
		count.Store(0)
		if p != nil {
			w.Run = p.run
		} else {
			w.Run = nil
		}
		src, err := Detect(w, Settings{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Token(context.Background(), src, "a"); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if _, err := w.Token(context.Background(), src, ""); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if got, want := strings.Join(bodies, ""), `{"audience":"a"}{"audience":"a"}{}`; got != want {
			t.Errorf("%s: bodies %s, want %s", name, got, want)
		}
	}
}

func TestCircleCI(t *testing.T) {
	fixed, made := citest.IDToken(t, "org-id", nil), citest.IDToken(t, "a b\"", nil)
	for name, tt := range map[string]struct {
		env      map[string]string
		program  *program
		audience string
		want     string
		problem  call.Failure
		texts    []string
		call     string
	}{
		"fixed":                {env: map[string]string{"CIRCLE_OIDC_TOKEN": fixed}, audience: "org-id", want: fixed},
		"second version first": {env: map[string]string{"CIRCLE_OIDC_TOKEN": "x", "CIRCLE_OIDC_TOKEN_V2": fixed}, audience: "org-id", want: fixed},
		"fixed, program there": {env: map[string]string{"CIRCLE_OIDC_TOKEN_V2": fixed}, program: &program{}, audience: "org-id", want: fixed},
		"made":                 {env: map[string]string{"CIRCLE_OIDC_TOKEN_V2": fixed}, program: &program{stdout: made + "\n"}, audience: "a b\"", want: made, call: `circleci run oidc get --claims {"aud":"a b\""}`},
		"made without fixed":   {program: &program{stdout: made}, audience: "a b\"", want: made, call: `circleci run oidc get --claims {"aud":"a b\""}`},
		"fixed, no program":    {env: map[string]string{"CIRCLE_OIDC_TOKEN_V2": fixed}, audience: "a", problem: call.Refused, texts: []string{`"org-id"`}},
		"no such program":      {env: map[string]string{"CIRCLE_OIDC_TOKEN_V2": fixed}, program: &program{err: notFound}, audience: "a", problem: call.Refused, texts: []string{`"org-id"`}, call: `circleci run oidc get --claims {"aud":"a"}`},
		"program fails":        {env: map[string]string{"CIRCLE_OIDC_TOKEN_V2": fixed}, program: &program{err: errors.New("exit status 255"), stderr: "no context"}, audience: "a", problem: call.Refused, texts: []string{"no context"}, call: `circleci run oidc get --claims {"aud":"a"}`},
		"nothing":              {program: &program{err: errors.New("exit status 255")}, audience: "a", problem: call.NoIdentity, texts: []string{"CIRCLE_OIDC_TOKEN_V2"}, call: `circleci run oidc get --claims {"aud":"a"}`},
		"fork":                 {env: map[string]string{"CIRCLE_PR_USERNAME": "eve"}, program: &program{err: notFound}, audience: "a", problem: call.NoIdentity, texts: []string{"fork"}, call: `circleci run oidc get --claims {"aud":"a"}`},
	} {
		t.Run(name, func(t *testing.T) {
			env := map[string]string{"CIRCLECI": "true"}
			for k, v := range tt.env {
				env[k] = v
			}
			w := world(env)
			if tt.program != nil {
				w.Run = tt.program.run
			}
			src, err := Detect(w, Settings{})
			if err != nil {
				t.Fatal(err)
			}
			tok, err := w.Token(context.Background(), src, tt.audience)
			if tt.program != nil {
				if tt.call == "" {
					tt.program.wantCalls(t)
				} else {
					tt.program.wantCalls(t, tt.call)
				}
			}
			if tt.want == "" {
				citest.WantFailure(t, err, tt.problem, tt.texts...)
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tok.Raw() != tt.want {
				t.Error("got another token")
			}
		})
	}
}

// The audience of Bitbucket's tokens is a list, even if it is one.
func TestBitbucket(t *testing.T) {
	w := world(map[string]string{"BITBUCKET_BUILD_NUMBER": "7", bitbucketToken: citest.IDToken(t, []string{"ari:cloud:bitbucket::workspace/x"}, nil)})
	src, err := Detect(w, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Token(context.Background(), src, "ari:cloud:bitbucket::workspace/x"); err != nil {
		t.Fatal(err)
	}
	_, err = w.Token(context.Background(), src, "sts.amazonaws.com")
	citest.WantFailure(t, err, call.Refused, "audiences:", `- "sts.amazonaws.com"`)
}

func TestAzurePipelines(t *testing.T) {
	const audience = "api://AzureADTokenExchange"
	var answer, query string
	status := http.StatusOK
	url, _ := citest.Endpoint(t, func(_ int, rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/stolen" {
			t.Error("redirect followed")
		}
		body, _ := io.ReadAll(r.Body)
		if r.Method != http.MethodPost || r.URL.Path != "/a b/oidctoken" || len(body) != 0 {
			t.Errorf("request %s %s with %q", r.Method, r.URL, body)
		}
		for name, want := range map[string]string{"Authorization": "Bearer bearer-of-the-job", "X-Tfs-Fedauthredirect": "Suppress", "Content-Type": "application/json"} {
			if got := r.Header.Get(name); got != want {
				t.Errorf("%s: %q", name, got)
			}
		}
		query = r.URL.Query().Encode()
		rw.Header().Set("Location", "/stolen")
		rw.WriteHeader(status)
		fmt.Fprint(rw, answer)
	})
	env := map[string]string{"TF_BUILD": "True", azureEndpoint: url + "/a%20b/oidctoken/", azureAccess: "bearer-of-the-job"}
	answer = fmt.Sprintf(`{"oidcToken":%q}`, citest.IDToken(t, audience, nil))
	get := func(s Settings) error {
		w := world(env)
		src, err := Detect(w, s)
		if err != nil {
			t.Fatal(err)
		}
		_, err = w.Token(context.Background(), src, audience)
		return err
	}
	for want, s := range map[string]Settings{
		"api-version=7.1": {}, "api-version=7.1&serviceConnectionId=c%261": {ServiceConnection: "c&1"},
	} {
		if err := get(s); err != nil || query != want {
			t.Errorf("query %q, want %q, error %v", query, want, err)
		}
	}
	env[azureConnection] = "env"
	if err := get(Settings{}); err != nil || query != "api-version=7.1&serviceConnectionId=env" {
		t.Errorf("query %q, error %v", query, err)
	}
	answer = `{"oidcToken":""}`
	citest.WantFailure(t, get(Settings{}), call.NotTheService, "oidcToken")
	answer, status = "", http.StatusFound
	citest.WantFailure(t, get(Settings{}), call.NotTheService, "redirect")
	answer, status = `{"$id":"1","message":"TF400813: not authorized"}`, http.StatusUnauthorized
	citest.WantFailure(t, get(Settings{}), call.Refused, "TF400813")
}

func TestGCEToken(t *testing.T) {
	flavor, status, answer := "Google", http.StatusOK, citest.IDToken(t, "a&b", nil)+"\n"
	server, count := citest.Endpoint(t, func(_ int, rw http.ResponseWriter, r *http.Request) {
		if r.Host != metadataHost || r.URL.Path != "/computeMetadata/v1/instance/service-accounts/default/identity" || r.Header.Get("Metadata-Flavor") != "Google" {
			t.Errorf("request %s %s %v", r.Host, r.URL, r.Header)
		}
		if q := r.URL.Query(); q.Get("audience") != "a&b" || q.Get("format") != "full" {
			t.Errorf("query %s", r.URL.RawQuery)
		}
		rw.Header().Set("Metadata-Flavor", flavor)
		rw.WriteHeader(status)
		fmt.Fprint(rw, answer)
	})
	w := world(nil)
	// The proxy is where nobody listens: the metadata server is not behind it.
	w.HTTPClient.Transport = &http.Transport{
		Proxy: func(*http.Request) (*url.URL, error) { return &url.URL{Scheme: "http", Host: "127.0.0.1:1"}, nil },
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if addr != metadataHost+":80" {
				t.Errorf("dials %s", addr)
			}
			return (&net.Dialer{}).DialContext(ctx, network, strings.TrimPrefix(server, "http://"))
		},
	}
	src, err := Detect(w, Settings{Provider: job.GCE})
	if err != nil {
		t.Fatal(err)
	}
	get := func(audience string) error { _, err := w.Token(context.Background(), src, audience); return err }
	if err := get("a&b"); err != nil {
		t.Fatal(err)
	}
	before := count.Load()
	citest.WantFailure(t, get(""), call.BadSetting, "--audience")
	if count.Load() != before {
		t.Error("asked without an audience")
	}
	flavor = ""
	citest.WantFailure(t, get("a&b"), call.NotTheService, "not come from the metadata server")
	flavor, status = "Google", http.StatusNotFound
	citest.WantFailure(t, get("a&b"), call.NoIdentity, "service account")
	status = http.StatusServiceUnavailable
	citest.WantFailure(t, get("a&b"), call.Transient)
}

// What fits into JSON for a program of the CI is what it reads.
func TestCircleClaimsAreJSON(t *testing.T) {
	p := &program{err: notFound}
	w := world(map[string]string{"CIRCLECI": "true", "CIRCLE_OIDC_TOKEN": "x"})
	w.Run = p.run
	src, err := Detect(w, Settings{})
	if err != nil {
		t.Fatal(err)
	}
	const audience = `","sub":"other`
	_, err = src.Token(context.Background(), audience)
	citest.WantFailure(t, err, call.Refused)
	var claims map[string]string
	if err := json.Unmarshal([]byte(p.calls[0][5]), &claims); err != nil || len(claims) != 1 || claims["aud"] != audience {
		t.Errorf("claims %q: %v", p.calls[0][5], err)
	}
}
