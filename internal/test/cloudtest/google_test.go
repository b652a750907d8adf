package cloudtest

import (
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

const (
	testProvider = "projects/123456789012/locations/global/workloadIdentityPools/ci-pool/providers/github"
	testSubject  = "repo:octo-org/octo-repo:ref:refs/heads/main"
	testAccount  = "decrypt@octo.iam.gserviceaccount.com"
	testGoogle   = "projects/octo/locations/global/keyRings/sops/cryptoKeys/ci"
	testSecret   = "projects/octo/secrets/age"
)

// webCall sends a request and returns the status and the answer as text.
func webCall(t *testing.T, client *http.Client, method, address, token, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	if strings.Contains(body, "grant_type=") {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	resp, err := client.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(text)
}

// field returns a member of a JSON object.
func field(t *testing.T, text, name string) string {
	t.Helper()
	var object map[string]any
	if err := json.Unmarshal([]byte(text), &object); err != nil {
		t.Fatal(err)
	}
	s, _ := object[name].(string)
	return s
}

func newTestGoogle(t *testing.T) (*Google, *Issuer, *http.Client, GoogleProvider) {
	t.Helper()
	p, issuer, g := NewProxy(t), NewIssuer(t, GitHubIssuer), NewGoogle(t, testGoogle)
	provider := GoogleProvider{Name: testProvider, Issuer: issuer, Condition: map[string]string{"repository": "octo-org/octo-repo"}}
	g.AddProvider(provider)
	g.Behind(p)
	return g, issuer, proxyClient(t, p), provider
}

func googleForm(token string, more ...string) url.Values {
	form := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "audience": {"//iam.googleapis.com/" + testProvider}, "scope": {googleScope},
		"requested_token_type": {"urn:ietf:params:oauth:token-type:access_token"}, "subject_token_type": {"urn:ietf:params:oauth:token-type:jwt"}, "subject_token": {token},
	}
	for i := 0; i < len(more); i += 2 {
		form.Set(more[i], more[i+1])
	}
	return form
}

func TestGoogleExchange(t *testing.T) {
	_, issuer, client, _ := newTestGoogle(t)
	claims := func(more map[string]any) map[string]any {
		return with(map[string]any{"sub": testSubject, "aud": "https://iam.googleapis.com/" + testProvider, "repository": "octo-org/octo-repo"}, more)
	}
	good := issuer.Issue(claims(nil))
	then := time.Now().Add(-time.Hour).Unix()
	for name, c := range map[string]struct {
		form url.Values
		want string
	}{
		"good":       {googleForm(good), "access_token"},
		"target":     {googleForm(good, "audience", "//iam.googleapis.com/"+testProvider+"x"), "invalid_target"},
		"url target": {googleForm(good, "audience", "https://iam.googleapis.com/"+testProvider), "invalid_target"},
		"scope":      {googleForm(good, "scope", "x"), "invalid_request"},
		"grant":      {googleForm(good, "grant_type", "x"), "invalid_request"},
		"no token":   {googleForm("x"), "Unable to parse"},
		"issuer":     {googleForm(issuer.Issue(claims(map[string]any{"iss": "https://other"}))), "The issuer in ID Token https://other"},
		"audience":   {googleForm(issuer.Issue(claims(map[string]any{"aud": "sts.amazonaws.com"}))), "The audience in ID Token [sts.amazonaws.com]"},
		"stale":      {googleForm(issuer.Issue(claims(map[string]any{"iat": then, "nbf": then, "exp": then + 300}))), "is stale to sign-in"},
		"signature":  {googleForm(good[:len(good)-8] + "AAAAAAAA"), "signature"},
		"condition":  {googleForm(issuer.Issue(claims(map[string]any{"repository": "octo-org/other"}))), "unauthorized_client"},
		"subject":    {googleForm(issuer.Issue(claims(map[string]any{"sub": strings.Repeat("x", 128)}))), "127 bytes"},
	} {
		status, text := webCall(t, client, "POST", "https://sts.googleapis.com/v1/token", "", c.form.Encode())
		if !strings.Contains(text, c.want) || (status == 200) != (name == "good") {
			t.Errorf("%s: %d, want %s", name, status, c.want)
		}
	}
}

func TestGoogleTokensAndGrants(t *testing.T) {
	g, issuer, client, provider := newTestGoogle(t)
	_, text := webCall(t, client, "POST", "https://sts.googleapis.com/v1/token", "",
		googleForm(issuer.Issue(map[string]any{"sub": testSubject, "aud": "https://iam.googleapis.com/" + testProvider, "repository": "octo-org/octo-repo"})).Encode())
	federated := field(t, text, "access_token")
	const (
		lend = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/" + testAccount + ":generateAccessToken"
		read = "https://secretmanager.googleapis.com/v1/" + testSecret + "/versions/"
		kms  = "https://cloudkms.googleapis.com/v1/" + testGoogle
		ask  = `{"scope":["` + googleScope + `"],"lifetime":"300s"}`
	)
	check := func(name string, status int, text string, wantStatus int, want string) {
		t.Helper()
		if status != wantStatus || !strings.Contains(text, want) {
			t.Errorf("%s: %d, want %d and %s", name, status, wantStatus, want)
		}
	}
	do := func(name, method, address, token, body string, wantStatus int, want string) string {
		t.Helper()
		status, text := webCall(t, client, method, address, token, body)
		check(name, status, text, wantStatus, want)
		return text
	}
	do("no token", "POST", lend, "", ask, 401, "CREDENTIALS_MISSING")
	do("unknown token", "POST", lend, "ya29.x", ask, 401, "UNAUTHENTICATED")
	do("no grant", "POST", lend, federated, ask, 403, "iam.serviceAccounts.getAccessToken")
	g.Allow(provider.Principal(testSubject), GoogleImpersonate, testAccount)
	do("scope", "POST", lend, federated, `{"lifetime":"300s"}`, 400, "Scope required")
	do("lifetime", "POST", lend, federated, strings.Replace(ask, "300s", "3601s", 1), 400, "3600 seconds")
	lent := field(t, do("lent", "POST", lend, federated, ask, 200, "expireTime"), "accessToken")

	g.PutSecret(testSecret, []byte("123456789"))
	do("secret without grant", "GET", read+"latest:access", lent, "", 403, "secretmanager.versions.access")
	g.Allow(testAccount, GoogleReadSecret, testSecret)
	do("secret", "GET", read+"latest:access", lent, "", 200, `"dataCrc32c":"3808858755"`)
	do("another holder", "GET", read+"latest:access", federated, "", 403, "PERMISSION_DENIED")
	do("version", "GET", read+"2:access", lent, "", 404, "not found")
	g.PutDisabledSecret(testSecret)
	do("disabled", "GET", read+"2:access", lent, "", 400, "DISABLED")
	do("the first", "GET", read+"1:access", lent, "", 200, base64.StdEncoding.EncodeToString([]byte("123456789")))

	do("key without grant", "POST", kms+":encrypt", lent, `{"plaintext":"eA=="}`, 403, "useToEncrypt")
	g.Allow(testAccount, GoogleEncrypt, testGoogle)
	blob := field(t, do("encrypt", "POST", kms+":encrypt", lent, `{"plaintext":"eA=="}`, 200, "ciphertextCrc32c"), "ciphertext")
	do("decrypt without grant", "POST", kms+":decrypt", lent, `{"ciphertext":"`+blob+`"}`, 403, "useToDecrypt")
	g.Allow(testAccount, GoogleDecrypt, testGoogle)
	do("decrypt", "POST", kms+":decrypt", lent, `{"ciphertext":"`+blob+`"}`, 200, `"plaintext":"eA=="`)
	g.ExpireTokens()
	do("expired", "POST", kms+":decrypt", lent, `{"ciphertext":"`+blob+`"}`, 401, "ACCESS_TOKEN_EXPIRED")
	g.Faults.Set("access", Fault{Status: 503, Code: "UNAVAILABLE"})
	do("fault", "GET", read+"1:access", lent, "", 503, "UNAVAILABLE")
}
