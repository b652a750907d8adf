package gcp

import (
	"context"
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
	"github.com/gitsecrets/gitsecrets/internal/test/lendtest"
)

const (
	gcpTestProvider = "projects/123456789/locations/global/workloadIdentityPools/ci-pool/providers/github"
	gcpTestAccount  = "decrypt@my-project.iam.gserviceaccount.com"
	gcpFederated    = "ya29.federated-throw-away"
	gcpImpersonated = "ya29.impersonated-throw-away"
	gcpSTSPath      = "POST sts.googleapis.com/v1/token"
	gcpAccountPath  = "POST iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/" + gcpTestAccount + ":generateAccessToken"
	gcpSecretPath   = "GET secretmanager.googleapis.com/v1/projects/my-project/secrets/key/versions/latest:access"
)

var (
	gcpExchanged = lendtest.FakeAnswer{Status: 200, Body: map[string]any{"access_token": gcpFederated, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "token_type": "Bearer", "expires_in": 300}}
	gcpLent      = lendtest.FakeAnswer{Status: 200, Body: map[string]any{"accessToken": gcpImpersonated, "expireTime": citest.Noon().Add(5 * time.Minute).Format(time.RFC3339)}}
)

func googleError(status int, code, text string) lendtest.FakeAnswer {
	return lendtest.FakeAnswer{Status: status, Body: map[string]any{"error": map[string]any{"code": status, "status": code, "message": text}}}
}

func TestGCPExchange(t *testing.T) {
	c, w, source := lendtest.FakeWorld(t, map[string][]lendtest.FakeAnswer{gcpSTSPath: {gcpExchanged}, gcpAccountPath: {gcpLent}})
	g, err := New(&w.Caller, source, Settings{Provider: "//iam.googleapis.com/" + gcpTestProvider, ServiceAccount: gcpTestAccount}, "")
	if err != nil {
		t.Fatal(err)
	}
	for range 3 { // one exchange serves
		token, expires, err := g.Token(context.Background())
		if err != nil || token != gcpImpersonated || !expires.Equal(citest.Noon().Add(5*time.Minute)) {
			t.Fatalf("got a token until %v, %v", expires, err)
		}
	}
	if len(c.Requests) != 2 || len(source.Tokens) != 1 {
		t.Errorf("%d requests, %d ID tokens", len(c.Requests), len(source.Tokens))
	}
	if want := "https://iam.googleapis.com/" + gcpTestProvider; source.Audiences[0] != want {
		t.Errorf("the audience was %q", source.Audiences[0])
	}
	form, err := url.ParseQuery(c.Requests[0].Body)
	if err != nil {
		t.Fatal(err)
	}
	want := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "audience": {"//iam.googleapis.com/" + gcpTestProvider},
		"requested_token_type": {"urn:ietf:params:oauth:token-type:access_token"}, "subject_token_type": {"urn:ietf:params:oauth:token-type:jwt"},
		"subject_token": {source.Tokens[0]}, "scope": {"https://www.googleapis.com/auth/cloud-platform"},
	}
	if form.Encode() != want.Encode() {
		t.Error("the form of the exchange is another one")
	}
	if got := c.Requests[1]; got.Header.Get("Authorization") != "Bearer "+gcpFederated || got.Body != `{"lifetime":"300s","scope":["https://www.googleapis.com/auth/cloud-platform"]}` {
		t.Errorf("the impersonation asked for %s", got.Body)
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v", g, g, g), "ya29") {
		t.Error("a GCP prints its token")
	}
}

func TestGCPErrors(t *testing.T) {
	for name, c := range map[string]struct {
		exchange, account []lendtest.FakeAnswer
		tokens            int
		problem           call.Failure
		texts             []string
	}{
		"stale once":     {[]lendtest.FakeAnswer{lendtest.OauthError(400, "invalid_grant", "ID Token issued at 1 is stale to sign-in."), gcpExchanged}, []lendtest.FakeAnswer{gcpLent}, 2, 0, nil},
		"stale twice":    {[]lendtest.FakeAnswer{lendtest.OauthError(400, "invalid_grant", "ID Token issued at 1 is stale to sign-in.")}, nil, 2, call.Refused, []string{"stale"}},
		"busy":           {[]lendtest.FakeAnswer{{Status: 503}, {Status: 429}, gcpExchanged}, []lendtest.FakeAnswer{gcpLent}, 3, 0, nil},
		"target":         {[]lendtest.FakeAnswer{lendtest.OauthError(400, "invalid_target", "The target service indicated by the \"audience\" parameters is invalid.")}, nil, 1, call.Refused, []string{"invalid_target", "project's number"}},
		"condition":      {[]lendtest.FakeAnswer{lendtest.OauthError(403, "unauthorized_client", "The given credential is rejected by the attribute condition.")}, nil, 1, call.Refused, []string{"attribute condition", `sub "job"`}},
		"audience":       {[]lendtest.FakeAnswer{lendtest.OauthError(400, "invalid_grant", "The audience in ID Token does not match the expected audience.")}, nil, 1, call.Refused, []string{"audiences do not fit"}},
		"no impersonate": {[]lendtest.FakeAnswer{gcpExchanged}, []lendtest.FakeAnswer{googleError(403, "PERMISSION_DENIED", "Permission 'iam.serviceAccounts.getAccessToken' denied")}, 1, call.Refused, []string{"PERMISSION_DENIED", "workloadIdentityUser"}},
		"garbage":        {[]lendtest.FakeAnswer{{Status: 200, Body: "{}"}}, nil, 1, call.NotTheService, []string{"its answer is invalid"}},
		"issuer asleep":  {[]lendtest.FakeAnswer{lendtest.OauthError(400, "invalid_grant", "Error connecting to the given credential's issuer."), gcpExchanged}, []lendtest.FakeAnswer{gcpLent}, 2, 0, nil},
		"redirect":       {[]lendtest.FakeAnswer{{Status: 302}}, nil, 1, call.NotTheService, []string{"redirect"}},
		"down":           {[]lendtest.FakeAnswer{{Status: 500}}, nil, call.DefaultAttempts, call.Transient, []string{"500"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, w, source := lendtest.FakeWorld(t, map[string][]lendtest.FakeAnswer{gcpSTSPath: c.exchange, gcpAccountPath: c.account})
			g, err := New(&w.Caller, source, Settings{Provider: gcpTestProvider, ServiceAccount: gcpTestAccount}, "")
			if err != nil {
				t.Fatal(err)
			}
			token, _, err := g.Token(context.Background())
			if len(source.Tokens) != c.tokens {
				t.Errorf("%d ID tokens, want %d", len(source.Tokens), c.tokens)
			}
			if c.texts == nil {
				if err != nil || token != gcpImpersonated {
					t.Errorf("got %v", err)
				}
				return
			}
			if e := citest.WantFailure(t, err, c.problem, c.texts...); strings.Contains(e.Error()+e.Hint, "ya29") {
				t.Error("the error quotes a token")
			}
		})
	}
}

// The checksum of 123456789 is the check value of CRC-32C.
func TestGCPSecret(t *testing.T) {
	payload := func(crc any) lendtest.FakeAnswer {
		return lendtest.FakeAnswer{Status: 200, Body: map[string]any{"name": "n", "payload": map[string]any{"data": base64.StdEncoding.EncodeToString([]byte("123456789")), "dataCrc32c": crc}}}
	}
	for name, c := range map[string]struct {
		answers []lendtest.FakeAnswer
		problem call.Failure
		texts   []string
	}{
		"checksum":       {[]lendtest.FakeAnswer{payload("3808858755")}, 0, nil},
		"no checksum":    {[]lendtest.FakeAnswer{{Status: 200, Body: map[string]any{"payload": map[string]any{"data": "MTIzNDU2Nzg5"}}}}, 0, nil},
		"damaged":        {[]lendtest.FakeAnswer{payload("1")}, call.BadKey, []string{"CRC32C"}},
		"not base64":     {[]lendtest.FakeAnswer{{Status: 200, Body: map[string]any{"payload": map[string]any{"data": "%%"}}}}, call.BadKey, []string{"base64"}},
		"garbage":        {[]lendtest.FakeAnswer{{Status: 200, Body: "{["}}, call.NotTheService, []string{"its answer is invalid"}},
		"no payload":     {[]lendtest.FakeAnswer{{Status: 200, Body: "{}"}}, call.NotTheService, []string{"its answer is invalid"}},
		"none":           {[]lendtest.FakeAnswer{googleError(404, "NOT_FOUND", "Secret not found")}, call.BadKey, []string{"NOT_FOUND", "my-project/key"}},
		"disabled":       {[]lendtest.FakeAnswer{googleError(400, "FAILED_PRECONDITION", "is in DISABLED state")}, call.BadKey, []string{"DISABLED"}},
		"no permission":  {[]lendtest.FakeAnswer{googleError(403, "PERMISSION_DENIED", "denied")}, call.Refused, []string{"PERMISSION_DENIED"}},
		"busy and there": {[]lendtest.FakeAnswer{googleError(503, "UNAVAILABLE", "x"), payload("3808858755")}, 0, nil},
	} {
		t.Run(name, func(t *testing.T) {
			_, w, source := lendtest.FakeWorld(t, map[string][]lendtest.FakeAnswer{gcpSTSPath: {gcpExchanged}, gcpSecretPath: c.answers})
			g, err := New(&w.Caller, source, Settings{Provider: gcpTestProvider}, "")
			if err != nil {
				t.Fatal(err)
			}
			got, err := g.Read(context.Background(), lendtest.TestRef(t, "ref+gcpsecrets://my-project/key"))
			if c.texts == nil {
				if err != nil || string(got) != "123456789" {
					t.Errorf("got %q, %v", got, err)
				}
				return
			}
			citest.WantFailure(t, err, c.problem, c.texts...)
		})
	}
}

func TestGCPRefusesSettings(t *testing.T) {
	for name, s := range map[string]Settings{
		"project id":    {Provider: "projects/my-project/locations/global/workloadIdentityPools/ci-pool/providers/github"},
		"pool only":     {Provider: "projects/1/locations/global/workloadIdentityPools/ci-pool"},
		"elsewhere":     {Provider: "projects/1/locations/global/workloadIdentityPools/../../x/providers/github"},
		"empty":         {},
		"account":       {Provider: gcpTestProvider, ServiceAccount: "a@b/../c"},
		"universe":      {Provider: gcpTestProvider, Universe: "evil.example/x#"},
		"universe port": {Provider: gcpTestProvider, Universe: "evil.example:80"},
		"lifetime":      {Provider: gcpTestProvider, Lifetime: 13 * time.Hour},
	} {
		if _, err := New(new(call.Caller), nil, s, ""); err == nil {
			t.Errorf("%s: accepted", name)
		} else {
			citest.WantFailure(t, err, call.BadSetting)
		}
	}
}
