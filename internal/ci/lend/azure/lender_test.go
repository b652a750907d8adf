package azure

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/ref"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
	"github.com/gitsecrets/gitsecrets/internal/test/lendtest"
)

const (
	azureTestTenant = "11111111-2222-3333-4444-555555555555"
	azureTestClient = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
	azureTestToken  = "azure-access-throw-away"
	entraPath       = "POST login.microsoftonline.com/" + azureTestTenant + "/oauth2/v2.0/token"
	azureSecretPath = "GET my-vault.vault.azure.net/secrets/key"
)

var (
	azureSettings = Settings{TenantID: azureTestTenant, ClientID: azureTestClient}
	entraOK       = lendtest.FakeAnswer{Status: 200, Body: map[string]any{"token_type": "Bearer", "expires_in": 3599, "access_token": azureTestToken}}
)

func entraRefusal(code int, text string) lendtest.FakeAnswer {
	return lendtest.OauthError(401, "invalid_client", fmt.Sprintf("AADSTS%d: %s Trace ID: 0\r\nCorrelation ID: 1\r\nTimestamp: 2026-11-23 12:00:00Z", code, text))
}

func TestAzureExchange(t *testing.T) {
	c, w, source := lendtest.FakeWorld(t, map[string][]lendtest.FakeAnswer{entraPath: {entraOK}})
	az, err := New(&w.Caller, source, azureSettings, "")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if token, _, err := az.Token(context.Background(), "https://vault.azure.net/.default"); err != nil || token != azureTestToken {
			t.Fatal(err)
		}
	}
	if len(c.Requests) != 1 || source.Audiences[0] != "api://AzureADTokenExchange" {
		t.Errorf("%d requests, audience %q", len(c.Requests), source.Audiences[0])
	}
	form, err := url.ParseQuery(c.Requests[0].Body)
	want := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {azureTestClient}, "scope": {"https://vault.azure.net/.default"},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {source.Tokens[0]},
	}
	if err != nil || form.Encode() != want.Encode() {
		t.Error("the form is another one")
	}
	_, _, err = az.Token(context.Background(), "https://vault.azure.cn/.default")
	citest.WantFailure(t, err, call.BadKey, "another cloud")
	if strings.Contains(fmt.Sprintf("%v %+v %#v", az, az, az), azureTestToken) {
		t.Error("an Azure prints its token")
	}
}

func TestAzureErrors(t *testing.T) {
	for name, c := range map[string]struct {
		answers []lendtest.FakeAnswer
		tokens  int
		problem call.Failure
		texts   []string
	}{
		"case of the subject": {[]lendtest.FakeAnswer{entraRefusal(7002138, "No matching federated identity record found for presented assertion subject 'job'. The subject matches with case-insensitive comparison, but not with case-sensitive comparison.")}, 1, call.Refused, []string{"AADSTS7002138", `subject "job"`, "case matters"}},
		"subject":             {[]lendtest.FakeAnswer{entraRefusal(700213, "No matching federated identity record found for presented assertion subject 'job'.")}, 1, call.Refused, []string{"AADSTS700213", `subject "job"`}},
		"old subject":         {[]lendtest.FakeAnswer{entraRefusal(70021, "No matching federated identity record found for presented assertion.")}, 1, call.Refused, []string{"AADSTS70021", "case matters"}},
		"application":         {[]lendtest.FakeAnswer{entraRefusal(700016, "Application with identifier was not found")}, 1, call.Refused, []string{"--client-id"}},
		"tenant":              {[]lendtest.FakeAnswer{lendtest.OauthError(400, "invalid_request", "AADSTS90002: Tenant 'x' not found.")}, 1, call.Refused, []string{"--tenant-id"}},
		"stale once":          {[]lendtest.FakeAnswer{entraRefusal(700024, "Client assertion is not within its valid time range."), entraOK}, 2, 0, nil},
		"stale twice":         {[]lendtest.FakeAnswer{entraRefusal(700024, "Client assertion is not within its valid time range.")}, 2, call.Refused, []string{"AADSTS700024"}},
		"busy":                {[]lendtest.FakeAnswer{{Status: 429}, {Status: 503}, entraOK}, 3, 0, nil},
		"one line":            {[]lendtest.FakeAnswer{lendtest.OauthError(401, "invalid_client", "AADSTS700212: No matching record. Trace ID: 0 Correlation ID: 1 Timestamp: 2026-11-23 12:00:00Z")}, 1, call.Refused, []string{"AADSTS700212: No matching record."}},
		"garbage":             {[]lendtest.FakeAnswer{{Status: 200, Body: "<html>"}}, 1, call.NotTheService, []string{"its answer is invalid"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, w, source := lendtest.FakeWorld(t, map[string][]lendtest.FakeAnswer{entraPath: c.answers})
			az, err := New(&w.Caller, source, azureSettings, "")
			if err != nil {
				t.Fatal(err)
			}
			token, _, err := az.Token(context.Background(), az.Scope())
			if len(source.Tokens) != c.tokens {
				t.Errorf("%d ID tokens, want %d", len(source.Tokens), c.tokens)
			}
			if c.texts == nil {
				if err != nil || token != azureTestToken {
					t.Errorf("got %v", err)
				}
				return
			}
			if e := citest.WantFailure(t, err, c.problem, c.texts...); strings.Contains(e.Error(), "Trace ID") || strings.Contains(e.Error(), "Correlation") {
				t.Errorf("too long: %v", e)
			}
		})
	}
}

func TestAzureSecret(t *testing.T) {
	for name, c := range map[string]struct {
		answer  lendtest.FakeAnswer
		problem call.Failure
		texts   []string
	}{
		"there":                {lendtest.FakeAnswer{Status: 200, Body: map[string]any{"value": "throw-away", "id": "x"}}, 0, nil},
		"none":                 {lendtest.FakeAnswer{Status: 404, Body: map[string]any{"error": map[string]any{"code": "SecretNotFound", "message": "A secret with (name/id) key was not found"}}}, call.BadKey, []string{"SecretNotFound", "my-vault/key"}},
		"forbidden":            {lendtest.FakeAnswer{Status: 403, Body: map[string]any{"error": map[string]any{"code": "Forbidden", "message": "Caller is not authorized"}}}, call.Refused, []string{"Forbidden"}},
		"the value is missing": {lendtest.FakeAnswer{Status: 200, Body: "{}"}, call.NotTheService, []string{"the value is missing"}},
	} {
		cloud, w, source := lendtest.FakeWorld(t, map[string][]lendtest.FakeAnswer{entraPath: {entraOK}, azureSecretPath: {c.answer}})
		az, err := New(&w.Caller, source, azureSettings, "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := az.Read(context.Background(), lendtest.TestRef(t, "ref+azurekeyvault://my-vault/key"))
		if c.texts != nil {
			citest.WantFailure(t, err, c.problem, c.texts...)
			continue
		}
		if err != nil || string(got) != "throw-away" {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if r := cloud.Find("/secrets/key", 0); r.URL.RawQuery != "api-version=7.4" || r.Header.Get("Authorization") != "Bearer "+azureTestToken {
			t.Errorf("%s: asked for %s", name, r.URL)
		}
	}
}

// A reference names a vault of the cloud, never another host.
func TestAzureSecretHosts(t *testing.T) {
	az, err := New(new(call.Caller), nil, azureSettings, "")
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"ref+azurekeyvault://my-vault/key":                   "my-vault.vault.azure.net",
		"ref+azurekeyvault://My-Vault.vault.azure.net/key/1": "my-vault.vault.azure.net",
		"ref+azurekeyvault://evil.example/key":               "",
		"ref+azurekeyvault://my-vault.vault.azure.cn/key":    "",
		"ref+azurekeyvault://evil.example:443/key":           "",
		"ref+azurekeyvault://a@b/key":                        "",
	} {
		ref, err := ref.Parse(text)
		if err != nil {
			if want != "" {
				t.Errorf("%s: %v", text, err)
			}
			continue
		}
		host, _, ok := az.secretAt(ref)
		if ok != (want != "") || ok && host != want {
			t.Errorf("%s: %s, %t", text, host, ok)
		}
	}
}

func TestAzureClouds(t *testing.T) {
	for authority, want := range map[string]string{
		"":                                    "https://vault.azure.net/.default api://AzureADTokenExchange",
		"https://login.microsoftonline.com/":  "https://vault.azure.net/.default api://AzureADTokenExchange",
		"https://login.microsoftonline.us":    "https://vault.usgovcloudapi.net/.default api://AzureADTokenExchangeUSGov",
		"https://login.chinacloudapi.cn":      "https://vault.azure.cn/.default api://AzureADTokenExchangeChina",
		"https://login.evil.example":          "",
		"http://login.microsoftonline.com":    "",
		"https://login.microsoftonline.com/x": "",
	} {
		s := azureSettings
		s.Authority = authority
		az, err := New(new(call.Caller), nil, s, "")
		if want == "" {
			citest.WantFailure(t, err, call.BadSetting)
			continue
		}
		if err != nil || az.Scope()+" "+Audience(s) != want {
			t.Errorf("%q: %v", authority, err)
		}
	}
	for _, s := range []Settings{{TenantID: "a/b", ClientID: azureTestClient}, {TenantID: azureTestTenant, ClientID: "x"}, {}} {
		_, err := New(new(call.Caller), nil, s, "")
		citest.WantFailure(t, err, call.BadSetting)
	}
}
