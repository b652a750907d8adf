package cloudtest

import (
	"io"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"
)

func TestBuildkite(t *testing.T) {
	issuer := NewIssuer(t, BuildkiteIssuer)
	server := NewBuildkite(t, issuer)
	job := server.Env()
	at := env(job, "BUILDKITE_AGENT_ENDPOINT") + "/jobs/" + env(job, "BUILDKITE_JOB_ID") + "/oidc/tokens"
	auth := "Token " + env(job, "BUILDKITE_AGENT_ACCESS_TOKEN")
	for _, c := range []struct {
		name, url, auth, body string
		want                  int
		audience, sub         string
	}{
		{"default", at, auth, `{}`, 200, "https://buildkite.com/octo-org", "organization:octo-org:pipeline:octo-repo:ref:refs/heads/main:commit:" + jobCommit + ":step:deploy"},
		{"audience", at, auth, `{"audience":"sts.amazonaws.com","lifetime":60}`, 200, "sts.amazonaws.com", "organization:octo-org:pipeline:octo-repo:ref:refs/heads/main:commit:" + jobCommit + ":step:deploy"},
		{"subject", at, auth, `{"audience":"a","claims":["pipeline_id"],"subject_claim":"pipeline_slug"}`, 200, "a", "octo-repo"},
		{"no token", at, "", `{}`, 401, "", ""},
		{"other token", at, auth + "x", `{}`, 401, "", ""},
		{"other scheme", at, "Bearer" + strings.TrimPrefix(auth, "Token"), `{}`, 401, "", ""},
		{"other job", strings.Replace(at, "0184", "0185", 1), auth, `{}`, 404, "", ""},
		{"not JSON", at, auth, `audience=a`, 422, "", ""},
		{"lifetime", at, auth, `{"lifetime":86400}`, 422, "", ""},
		{"claim", at, auth, `{"claims":["nonsense"]}`, 422, "", ""},
	} {
		status, got := callEndpoint(t, "POST", c.url, map[string]string{"Authorization": c.auth}, c.body)
		if status != c.want {
			t.Errorf("%s: status %d, want %d", c.name, status, c.want)
			continue
		}
		if c.want != 200 {
			continue
		}
		claims, err := issuer.Verify(got["token"].(string), c.audience)
		if err != nil || claims["sub"] != c.sub {
			t.Errorf("%s: sub %v, %v", c.name, claims["sub"], err)
		}
	}
	if got := server.Audiences(); !slices.Equal(got, []string{"", "sts.amazonaws.com", "a"}) || server.AccessToken() == "" {
		t.Errorf("audiences: %q", got)
	}
}

func TestAzurePipelines(t *testing.T) {
	issuer := NewIssuer(t, AzurePipelinesIssuer)
	server := NewAzurePipelines(t, issuer)
	job := server.Env()
	at, auth := env(job, "SYSTEM_OIDCREQUESTURI"), "Bearer "+env(job, "SYSTEM_ACCESSTOKEN")
	const suppress = "Suppress"
	for _, c := range []struct {
		name, method, query, auth, redirect string
		want                                int
		sub                                 string
	}{
		{"connection", "POST", "?api-version=7.1&serviceConnectionId=" + AzureServiceConnection, auth, suppress, 200, "sc://octo-org/octo-repo/production"},
		{"pipeline", "POST", "?api-version=7.1", auth, suppress, 200, "p://octo-org/octo-repo/deploy"},
		{"no version", "POST", "", auth, suppress, 400, ""},
		{"GET", "GET", "?api-version=7.1", auth, suppress, 405, ""},
		{"other connection", "POST", "?api-version=7.1&serviceConnectionId=x", auth, suppress, 404, ""},
		{"no token", "POST", "?api-version=7.1", "", suppress, 401, ""},
		{"a page to sign in", "POST", "?api-version=7.1", auth + "x", "", 302, ""},
	} {
		status, got := callEndpoint(t, c.method, at+c.query, map[string]string{"Authorization": c.auth, "X-TFS-FedAuthRedirect": c.redirect}, "")
		if status != c.want {
			t.Errorf("%s: status %d, want %d", c.name, status, c.want)
			continue
		}
		if c.want != 200 {
			continue
		}
		claims, err := issuer.Verify(got["oidcToken"].(string), AzureExchange)
		if err != nil || claims["sub"] != c.sub {
			t.Errorf("%s: sub %v, %v", c.name, claims["sub"], err)
		}
	}
	if n := len(server.Requests()); n != 2 || server.AccessToken() == "" {
		t.Errorf("%d requests", n)
	}
}

func TestGCEMetadata(t *testing.T) {
	issuer := NewIssuer(t, GoogleIssuer)
	server := NewGCEMetadata(t, issuer)
	const path = "/computeMetadata/v1/instance/service-accounts/default/identity"
	get := func(query string, header ...string) (int, string) {
		r, err := http.NewRequestWithContext(t.Context(), "GET", "http://"+env(server.Env(), "GCE_METADATA_HOST")+path+query, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range header {
			name, value, _ := strings.Cut(h, ": ")
			r.Header.Set(name, value)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil || resp.Header.Get("Metadata-Flavor") != "Google" {
			t.Fatalf("flavor %q, %v", resp.Header.Get("Metadata-Flavor"), err)
		}
		return resp.StatusCode, string(body)
	}
	const flavor = "Metadata-Flavor: Google"
	for _, c := range []struct {
		query, also string
		full        bool
	}{{"?audience=a", flavor, false}, {"?audience=a&format=full", flavor, true}} {
		status, token := get(c.query, c.also)
		claims, err := issuer.Verify(token, "a")
		if status != 200 || err != nil || (claims["google"] != nil) != c.full || claims["nbf"] != nil {
			t.Errorf("%s: status %d, %v", c.query, status, err)
		}
	}
	for _, c := range []struct {
		want   int
		query  string
		header []string
	}{
		{403, "?audience=a", nil},
		{403, "?audience=a", []string{flavor, "X-Forwarded-For: 127.0.0.1"}},
		{400, "", []string{flavor}},
	} {
		if status, _ := get(c.query, c.header...); status != c.want {
			t.Errorf("%q %q: status %d, want %d", c.query, c.header, status, c.want)
		}
	}
}

// The tokens that a CI puts into variables and files have its own shapes.
func TestIssuedShapes(t *testing.T) {
	issuer := NewIssuer(t, GitLabIssuer)
	for _, c := range []struct {
		name, token, audience string
		want                  any // the claim aud
		env                   []string
	}{
		{"GitLab", issuer.GitLabToken("vault", nil), "vault", "vault", GitLabEnv("VAULT_ID_TOKEN", "t")},
		{"GitLab, two", issuer.GitLabToken([]string{"vault", "sts"}, nil), "sts", []any{"vault", "sts"}, nil},
		{"CircleCI", issuer.CircleCIToken("", nil), circleOrganization, circleOrganization, CircleCIEnv("t")},
		{"CircleCI, own", issuer.CircleCIToken("sts", nil), "sts", "sts", nil},
		{"Bitbucket", issuer.BitbucketToken([]string{"sts"}, nil), "sts", []any{"sts"}, BitbucketEnv("t")},
		{"Kubernetes", issuer.KubernetesToken([]string{"sts"}, map[string]any{"sub": "system:serviceaccount:ci:other"}), "sts", []any{"sts"}, nil},
	} {
		claims, err := issuer.Verify(c.token, c.audience)
		if err != nil || !reflect.DeepEqual(claims["aud"], c.want) || claims["sub"] == "" {
			t.Errorf("%s: aud %v, sub %v, %v", c.name, claims["aud"], claims["sub"], err)
		}
		if c.env != nil && !strings.HasSuffix(c.env[len(c.env)-1], "TOKEN=t") && !strings.HasSuffix(c.env[len(c.env)-1], "TOKEN_V2=t") {
			t.Errorf("%s: no token in %q", c.name, c.env)
		}
	}
}
