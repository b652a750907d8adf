package cloudtest

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// What the issuer signs, a stranger who knows only its URL can verify.
func TestIssuerDiscovery(t *testing.T) {
	issuer := NewIssuer(t, "")
	var about struct {
		Issuer  string
		JWKSURI string `json:"jwks_uri"`
	}
	getJSON(t, issuer.URL+"/.well-known/openid-configuration", &about)
	if about.Issuer != issuer.URL || about.Issuer != issuer.Name {
		t.Errorf("issuer is %q, want %q", about.Issuer, issuer.URL)
	}
	var keys jose.JSONWebKeySet
	getJSON(t, about.JWKSURI, &keys)
	for _, token := range []string{issuer.Issue(map[string]any{"sub": "s"}), issuer.IssueES256(map[string]any{"sub": "s"})} {
		parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
		if err != nil {
			t.Fatal(err)
		}
		var claims jwt.Claims
		if err := parsed.Claims(keys, &claims); err != nil {
			t.Fatal(err)
		}
		if claims.Subject != "s" || claims.Issuer != issuer.URL || claims.ID == "" || claims.Expiry.Time().Sub(claims.IssuedAt.Time()) != 5*time.Minute {
			t.Errorf("claims: %+v", claims)
		}
	}
	for _, k := range keys.Keys {
		if !k.IsPublic() {
			t.Errorf("%s is not public", k.KeyID)
		}
	}
	if issuer.Faults.Count("discovery") != 1 || issuer.Faults.Count("jwks") != 1 {
		t.Error("calls were not counted")
	}
}

func TestIssuerVerify(t *testing.T) {
	issuer, stranger := NewIssuer(t, GitHubIssuer), NewIssuer(t, GitHubIssuer)
	claims := map[string]any{"aud": "sts.amazonaws.com", "sub": "s"}
	soon := time.Now().Add(30 * time.Second).Unix()
	good := issuer.Issue(claims)
	for _, c := range []struct{ name, token, want string }{
		{"good", good, ""},
		{"ES256", issuer.IssueES256(claims), ""},
		{"a list of audiences", issuer.Issue(with(claims, map[string]any{"aud": []string{"x", "sts.amazonaws.com"}})), ""},
		{"the clock is behind", issuer.Issue(with(claims, map[string]any{"nbf": soon})), ""},
		{"expired", issuer.IssueExpired(claims), "expired"},
		{"without an end", issuer.Issue(with(claims, map[string]any{"exp": nil})), "expired"},
		{"early", issuer.IssueEarly(claims), "early"},
		{"elsewhere", issuer.IssueElsewhere("https://example.com", claims), "issuer"},
		{"forged", issuer.IssueForged(claims), "signature"},
		{"a stranger's", stranger.Issue(claims), "signature"},
		{"none", issuer.IssueUnsigned(claims), "malformed"},
		{"confused", issuer.IssueConfused(claims), "malformed"},
		{"audience", issuer.Issue(with(claims, map[string]any{"aud": "sts.amazonaws.com.cn"})), "audience"},
		{"no audience", issuer.Issue(with(claims, map[string]any{"aud": nil})), "audience"},
		{"a line's end", good + "\n", "malformed"},
		{"changed", strings.Replace(good, ".", ".e", 1), "signature"},
		{"empty", "", "malformed"},
	} {
		got, err := issuer.Verify(c.token, "sts.amazonaws.com")
		var refused *TokenError
		if errors.As(err, &refused); err == nil && c.want != "" || err != nil && (refused == nil || refused.Reason != c.want) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
		if err == nil && got["sub"] != "s" {
			t.Errorf("%s: sub is %v", c.name, got["sub"])
		}
	}
	if got, want := len(issuer.Tokens()), 13; got != want || issuer.Tokens()[0] != good {
		t.Errorf("%d tokens are on record, want %d", got, want)
	}
}

// Each thing that can go wrong on the way to an issuer.
func TestIssuerFaults(t *testing.T) {
	issuer := NewIssuer(t, "")
	get := func() (*http.Response, []byte, error) {
		client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
		resp, err := client.Get(issuer.URL + "/.well-known/jwks")
		if err != nil {
			return nil, nil, err
		}
		defer resp.Body.Close()
		b, err := io.ReadAll(resp.Body)
		return resp, b, err
	}
	for _, c := range []struct {
		name   string
		fault  Fault
		status int // 0: no whole answer
		length int
	}{
		{"drop", Fault{Drop: true}, 0, 0},
		{"cut", Fault{Cut: true}, 0, 0},
		{"HTML", Fault{HTML: 2 << 20, Status: 200}, 200, 2 << 20},
		{"redirect", Fault{Redirect: "http://127.0.0.1:1/", Status: 302}, 302, 0},
		{"error", Fault{Code: "x", Status: 503, Message: "later"}, 503, len("later\n")},
	} {
		c.fault.Times = 1
		issuer.Faults.Set("jwks", c.fault)
		resp, body, err := get()
		switch {
		case c.status == 0 && err == nil:
			t.Errorf("%s: an answer came", c.name)
		case c.status != 0 && (err != nil || resp.StatusCode != c.status || len(body) != c.length):
			t.Errorf("%s: %d bytes, %v", c.name, len(body), err)
		}
		if _, _, err := get(); err != nil {
			t.Errorf("after %s: %v", c.name, err)
		}
	}
}

func getJSON(t *testing.T, url string, into any) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(into); err != nil || resp.StatusCode != 200 {
		t.Fatalf("GET %s: %s, %v", url, resp.Status, err)
	}
}
