package cloudtest

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	testTenant = "11111111-2222-3333-4444-555555555555"
	testClient = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"
)

func newTestEntra(t *testing.T) (*Entra, *AzureVault, *Issuer, *http.Client) {
	t.Helper()
	p, issuer, e := NewProxy(t), NewIssuer(t, GitHubIssuer), NewEntra(testTenant)
	e.AddApplication(testClient, "throw-away", FederatedCredential{issuer, testSubject, AzureExchange})
	v := NewAzureVault(e, "octo-vault")
	e.Behind(p)
	v.Behind(p)
	return e, v, issuer, proxyClient(t, p)
}

func entraForm(assertion string, more ...string) url.Values {
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {testClient}, "scope": {azureScope},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {assertion},
	}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func TestEntraToken(t *testing.T) {
	_, _, issuer, client := newTestEntra(t)
	claims := func(more map[string]any) map[string]any {
		return with(map[string]any{"sub": testSubject, "aud": AzureExchange}, more)
	}
	good := issuer.Issue(claims(nil))
	then := time.Now().Add(-time.Hour).Unix()
	for name, c := range map[string]struct {
		tenant string
		form   url.Values
		want   string
	}{
		"good":        {testTenant, entraForm(good), "access_token"},
		"tenant":      {"other", entraForm(good), "AADSTS90002: Tenant 'other' not found"},
		"application": {testTenant, entraForm(good, "client_id", "x"), "AADSTS700016: Application with identifier 'x'"},
		"scope":       {testTenant, entraForm(good, "scope", "https://vault.azure.net"), "AADSTS1002012"},
		"nothing":     {testTenant, entraForm(""), "AADSTS7000218"},
		"secret":      {testTenant, entraForm("", "client_secret", "wrong"), "AADSTS7000215"},
		"good secret": {testTenant, entraForm("", "client_secret", "throw-away"), "access_token"},
		"no token":    {testTenant, entraForm("x"), "AADSTS50027"},
		"issuer":      {testTenant, entraForm(issuer.Issue(claims(map[string]any{"iss": "https://other"}))), "AADSTS700211"},
		"audience":    {testTenant, entraForm(issuer.Issue(claims(map[string]any{"aud": "sts.amazonaws.com"}))), "AADSTS700212"},
		"subject":     {testTenant, entraForm(issuer.Issue(claims(map[string]any{"sub": strings.ToUpper(testSubject)}))), "AADSTS700213"},
		"expired":     {testTenant, entraForm(issuer.Issue(claims(map[string]any{"iat": then, "nbf": then, "exp": then + 300}))), "AADSTS700024"},
		"signature":   {testTenant, entraForm(good[:len(good)-8] + "AAAAAAAA"), "AADSTS50013"},
	} {
		status, text := webCall(t, client, "POST", "https://login.microsoftonline.com/"+c.tenant+"/oauth2/v2.0/token", "", c.form.Encode())
		if !strings.Contains(text, c.want) || (status == 200) != strings.HasPrefix(name, "good") {
			t.Errorf("%s: %d, want %s", name, status, c.want)
		}
	}
}

func TestAzureVault(t *testing.T) {
	e, v, issuer, client := newTestEntra(t)
	_, text := webCall(t, client, "POST", "https://login.microsoftonline.com/"+testTenant+"/oauth2/v2.0/token", "", entraForm(issuer.Issue(map[string]any{"sub": testSubject, "aud": AzureExchange})).Encode())
	token := field(t, text, "access_token")
	id := v.PutSecret("age", "made-for-a-test")
	key := v.AddKey(t, "sops")
	do := func(name, method, path, token, body string, wantStatus int, want string) string {
		t.Helper()
		status, text := webCall(t, client, method, v.URL()+path, token, body)
		if status != wantStatus || !strings.Contains(text, want) {
			t.Errorf("%s: %d, want %d and %s", name, status, wantStatus, want)
		}
		return text
	}
	const version = "?api-version=7.4"
	do("no token", "GET", "/secrets/age"+version, "", "", 401, "AKV10000")
	do("unknown token", "GET", "/secrets/age"+version, "x", "", 401, "Unauthorized")
	do("no grant", "GET", "/secrets/age"+version, token, "", 403, "does not have secrets get permission")
	v.Allow(testClient, AzureReadSecret, AzureReadKey, AzureEncrypt)
	do("no version of the API", "GET", "/secrets/age", token, "", 400, "BadParameter")
	do("secret", "GET", "/secrets/age"+version, token, "", 200, "made-for-a-test")
	do("version", "GET", "/secrets/age/"+id+version, token, "", 200, "made-for-a-test")
	do("no such version", "GET", "/secrets/age/0"+version, token, "", 404, "SecretNotFound")
	v.PutDisabledSecret("age")
	do("disabled", "GET", "/secrets/age"+version, token, "", 403, "disabled")

	path := strings.TrimPrefix(key, v.URL())
	do("key", "GET", "/keys/sops"+version, token, "", 200, key)
	ask := func(value string) string { return `{"alg":"RSA-OAEP-256","value":"` + value + `"}` }
	sealed := field(t, do("encrypt", "POST", path+"/encrypt"+version, token, ask(base64.RawURLEncoding.EncodeToString([]byte("x"))), 200, "kid"), "value")
	do("decrypt without grant", "POST", path+"/decrypt"+version, token, ask(sealed), 403, "keys decrypt")
	v.Allow(testClient, AzureDecrypt)
	do("decrypt", "POST", path+"/decrypt"+version, token, ask(sealed), 200, `"value":"eA"`)
	do("algorithm", "POST", path+"/decrypt"+version, token, strings.Replace(ask(sealed), "-256", "", 1), 400, "BadParameter")
	do("not sealed", "POST", path+"/decrypt"+version, token, ask("eA"), 400, "BadParameter")
	do("no such key", "POST", "/keys/other/0/decrypt"+version, token, ask(sealed), 404, "KeyNotFound")
	e.ExpireTokens()
	do("expired", "GET", "/secrets/age"+version, token, "", 401, "TokenExpired")
}
