package vault

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
	"github.com/gitsecrets/gitsecrets/internal/test/lendtest"
)

const (
	vaultHost  = "vault.example"
	vaultToken = "hvs.throwawaythrowawaythrowaway" // of a test
)

func vaultLoginOK(kind string) lendtest.FakeAnswer {
	return lendtest.FakeAnswer{Status: 200, Body: map[string]any{"auth": map[string]any{"client_token": vaultToken, "token_type": kind, "lease_duration": 300, "policies": []string{"ci"}}}}
}

func vaultErr(status int, texts ...string) lendtest.FakeAnswer {
	return lendtest.FakeAnswer{Status: status, Body: map[string]any{"errors": texts}}
}

func mountAnswer(version string) lendtest.FakeAnswer {
	return lendtest.FakeAnswer{Status: 200, Body: map[string]any{"data": map[string]any{"path": "secret/", "type": "kv", "options": map[string]any{"version": version}}}}
}

func kv2(data any, metadata map[string]any) lendtest.FakeAnswer {
	status := 200
	if data == nil {
		status = 404
	}
	return lendtest.FakeAnswer{Status: status, Body: map[string]any{"data": map[string]any{"data": data, "metadata": metadata}}}
}

const (
	loginPath  = "POST " + vaultHost + "/v1/auth/jwt/login"
	mountPath  = "GET " + vaultHost + "/v1/sys/internal/ui/mounts/secret/ci/sops"
	dataPath   = "GET " + vaultHost + "/v1/secret/data/ci/sops"
	revokePath = "POST " + vaultHost + "/v1/auth/token/revoke-self"
)

func TestVaultReadsAndRevokes(t *testing.T) {
	c, w, source := lendtest.FakeWorld(t, map[string][]lendtest.FakeAnswer{
		loginPath: {vaultLoginOK("service")}, mountPath: {mountAnswer("2")},
		dataPath: {kv2(map[string]any{"age-key": citest.ThrowAwayKey}, nil)}, revokePath: {{Status: 204}},
	})
	v, err := New(w, source, Settings{Address: "https://" + vaultHost + "/", Namespace: "team/a", Role: "ci"}, "")
	if err != nil {
		t.Fatal(err)
	}
	ref := lendtest.TestRef(t, "ref+vault://secret/ci/sops?version=3#/age-key")
	for range 2 {
		got, err := v.Read(context.Background(), ref)
		if err != nil || string(got) != citest.ThrowAwayKey {
			t.Fatalf("got %q, %v", got, err)
		}
	}
	if err := v.Close(context.Background()); err != nil {
		t.Fatal(err)
	}
	if err := v.Close(context.Background()); err != nil { // nothing is left to revoke
		t.Fatal(err)
	}
	want := "POST /v1/auth/jwt/login\n" + strings.Repeat("GET /v1/sys/internal/ui/mounts/secret/ci/sops\nGET /v1/secret/data/ci/sops\n", 2) + "POST /v1/auth/token/revoke-self\n"
	if got := c.Order(); got != want {
		t.Errorf("the order was\n%swant\n%s", got, want)
	}
	var sent map[string]string
	if err := json.Unmarshal([]byte(c.Find("/login", 0).Body), &sent); err != nil || sent["role"] != "ci" || sent["jwt"] != source.Tokens[0] || len(sent) != 2 {
		t.Errorf("the login sent %d fields, %v", len(sent), err)
	}
	if got := c.Find("/login", 0).Header.Get("X-Vault-Token"); got != "" {
		t.Error("the login carries a token")
	}
	data := c.Find("/sops", 1)
	if data.Header.Get("X-Vault-Token") != vaultToken || data.Header.Get("X-Vault-Namespace") != "team/a/" || data.URL.RawQuery != "version=3" {
		t.Errorf("the read was sent with %q and ?%s", data.Header.Get("X-Vault-Namespace"), data.URL.RawQuery)
	}
	if source.Audiences[0] != "https://"+vaultHost+"/" {
		t.Errorf("the audience was %q", source.Audiences[0])
	}
	if text := fmt.Sprintf("%v %+v %s %#v", v, v, v, v); strings.Contains(text, vaultToken) {
		t.Error("a Vault prints its token")
	}
}

func TestVaultKV(t *testing.T) {
	const field = "ref+vault://secret/ci/sops#/age-key"
	for name, c := range map[string]struct {
		answers map[string][]lendtest.FakeAnswer
		s       Settings
		ref     string
		want    string
		problem call.Failure
		texts   []string
	}{
		"version 1 with a key named data": {
			answers: map[string][]lendtest.FakeAnswer{mountPath: {mountAnswer("1")}, "GET " + vaultHost + "/v1/secret/ci/sops": {{Status: 200, Body: map[string]any{"data": map[string]any{"data": "v"}}}}},
			ref:     "ref+vault://secret/ci/sops#/data", want: "v",
		},
		"version 1 by itself": {
			answers: map[string][]lendtest.FakeAnswer{mountPath: {{Status: 200, Body: map[string]any{"data": map[string]any{"path": "secret/", "type": "kv", "options": nil}}}},
				"GET " + vaultHost + "/v1/secret/ci/sops": {{Status: 200, Body: map[string]any{"data": map[string]any{"age-key": "v"}}}}},
			want: "v",
		},
		"nobody may ask, version given": {
			answers: map[string][]lendtest.FakeAnswer{mountPath: {vaultErr(403, "permission denied")}, dataPath: {kv2(map[string]any{"age-key": "v"}, nil)}},
			s:       Settings{KVVersion: 2}, want: "v",
		},
		"nobody may ask": {
			answers: map[string][]lendtest.FakeAnswer{mountPath: {vaultErr(403, "permission denied")}},
			problem: call.Refused, texts: []string{"permission denied", "--vault-kv-version"},
		},
		"deleted": {
			answers: map[string][]lendtest.FakeAnswer{mountPath: {mountAnswer("2")}, dataPath: {kv2(nil, map[string]any{"deletion_time": "2026-11-01T10:00:00Z", "destroyed": false})}},
			problem: call.BadKey, texts: []string{"deleted at 2026-11-01T10:00:00Z"},
		},
		"destroyed": {
			answers: map[string][]lendtest.FakeAnswer{mountPath: {mountAnswer("2")}, dataPath: {kv2(nil, map[string]any{"deletion_time": "", "destroyed": true})}},
			problem: call.BadKey, texts: []string{"destroyed"},
		},
		"no such secret": {
			answers: map[string][]lendtest.FakeAnswer{mountPath: {mountAnswer("2")}, dataPath: {{Status: 404, Body: map[string]any{"errors": []string{}}}}},
			problem: call.BadKey, texts: []string{"no such secret", field},
		},
		"no such field": {
			answers: map[string][]lendtest.FakeAnswer{mountPath: {mountAnswer("2")}, dataPath: {kv2(map[string]any{"agekey": citest.ThrowAwayKey}, nil)}},
			problem: call.BadKey, texts: []string{`the fields "agekey"`},
		},
		"no permission": {
			answers: map[string][]lendtest.FakeAnswer{mountPath: {mountAnswer("2")}, dataPath: {vaultErr(403, "1 error occurred:\n\t* permission denied\n\n")}},
			problem: call.Refused, texts: []string{"permission denied", "secret/data/ci/sops"},
		},
		"behind at first": {
			answers: map[string][]lendtest.FakeAnswer{mountPath: {mountAnswer("2")}, dataPath: {vaultErr(412, "required index state not present"), vaultErr(503, "Vault is sealed"), kv2(map[string]any{"age-key": "v"}, nil)}},
			want:    "v",
		},
		"sealed for good": {
			answers: map[string][]lendtest.FakeAnswer{mountPath: {vaultErr(503, "Vault is sealed")}},
			problem: call.Transient, texts: []string{"Vault is sealed"},
		},
		"another mount than asked": {
			answers: map[string][]lendtest.FakeAnswer{mountPath: {{Status: 200, Body: map[string]any{"data": map[string]any{"path": "sys/", "options": map[string]any{"version": "1"}}}}}},
			problem: call.NotTheService, texts: []string{"is invalid"},
		},
		"HTML": {
			answers: map[string][]lendtest.FakeAnswer{mountPath: {{Status: 200, Body: "<html>" + strings.Repeat("x", 2<<20)}}},
			problem: call.NotTheService, texts: []string{"longer than 1 MiB"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			c.answers[loginPath] = []lendtest.FakeAnswer{vaultLoginOK("service")}
			_, w, source := lendtest.FakeWorld(t, c.answers)
			c.s.Address = "https://" + vaultHost
			v, err := New(w, source, c.s, "")
			if err != nil {
				t.Fatal(err)
			}
			if c.ref == "" {
				c.ref = field
			}
			got, err := v.Read(context.Background(), lendtest.TestRef(t, c.ref))
			if c.texts == nil {
				if err != nil || string(got) != c.want {
					t.Errorf("got %q, %v", got, err)
				}
				return
			}
			e := citest.WantFailure(t, err, c.problem, c.texts...)
			if strings.Contains(e.Error()+e.Hint, citest.ThrowAwayKey) || strings.Contains(e.Error()+e.Hint, vaultToken) {
				t.Error("the error quotes a secret")
			}
		})
	}
}

func TestVaultLogin(t *testing.T) {
	for name, c := range map[string]struct {
		answers []lendtest.FakeAnswer
		tokens  int // that were minted
		problem call.Failure
		texts   []string
	}{
		"at once":         {[]lendtest.FakeAnswer{vaultLoginOK("service")}, 1, 0, nil},
		"standby":         {[]lendtest.FakeAnswer{vaultErr(503, "Vault is sealed"), vaultErr(429), vaultLoginOK("service")}, 3, 0, nil},
		"expired once":    {[]lendtest.FakeAnswer{vaultErr(400, "error validating token: invalid expiration time (exp) claim: token is expired"), vaultLoginOK("service")}, 2, 0, nil},
		"expired twice":   {[]lendtest.FakeAnswer{vaultErr(400, "error validating token: token is expired")}, 2, call.Refused, []string{"expired"}},
		"no role":         {[]lendtest.FakeAnswer{vaultErr(400, "missing role")}, 1, call.Refused, []string{"missing role", "--vault-role"}},
		"no such role":    {[]lendtest.FakeAnswer{vaultErr(400, `role "x" could not be found`)}, 1, call.Refused, []string{"could not be found", "--vault-role"}},
		"not yet valid":   {[]lendtest.FakeAnswer{vaultErr(400, "error validating token: invalid not before (nbf) claim: token not yet valid")}, 1, call.Refused, []string{"token not yet valid", "clock is behind", "not_before_leeway"}},
		"of the future":   {[]lendtest.FakeAnswer{vaultErr(400, "error validating token: invalid issued at (iat) claim: token issued in the future")}, 1, call.Refused, []string{"clock is behind"}},
		"no such mount":   {[]lendtest.FakeAnswer{vaultErr(403, "permission denied")}, 1, call.Refused, []string{"permission denied", `mounted at "jwt"`, "--vault-auth-mount", "--vault-namespace"}},
		"oidc role":       {[]lendtest.FakeAnswer{vaultErr(400, "role with oidc role_type is not allowed")}, 1, call.Refused, []string{"role_type must be jwt"}},
		"audience":        {[]lendtest.FakeAnswer{vaultErr(400, "audience claim found in JWT but no audiences bound to the role")}, 1, call.Refused, []string{"bound_audiences", "https://vault.example"}},
		"bound claims":    {[]lendtest.FakeAnswer{vaultErr(400, `error validating claims: claim "repository" does not match any associated bound claim values`)}, 1, call.Refused, []string{"bound claims", `sub "job"`}},
		"missing claim":   {[]lendtest.FakeAnswer{vaultErr(400, `claim "email" not found in token`)}, 1, call.Refused, []string{"not found in token"}},
		"signature":       {[]lendtest.FakeAnswer{vaultErr(400, "error validating token: error verifying token signature: no known key successfully validated the token signature")}, 1, call.Refused, []string{"issuer"}},
		"bound addresses": {[]lendtest.FakeAnswer{vaultErr(403, "permission denied")}, 1, call.Refused, []string{"permission denied"}},
		"no mount":        {[]lendtest.FakeAnswer{vaultErr(404, "no handler for route \"auth/jwt/login\". route entry not found.")}, 1, call.Refused, []string{"--vault-auth-mount"}},
		"no token in it":  {[]lendtest.FakeAnswer{{Status: 200, Body: map[string]any{"auth": nil}}}, 1, call.NotTheService, []string{"is invalid"}},
		"a bad token":     {[]lendtest.FakeAnswer{{Status: 200, Body: map[string]any{"auth": map[string]any{"client_token": "a\r\nb"}}}}, 1, call.NotTheService, []string{"is invalid"}},
		"redirect":        {[]lendtest.FakeAnswer{{Status: 307, Header: http.Header{"Location": {"https://evil.example/"}}}}, 1, call.NotTheService, []string{"redirect"}},
		"echoes":          {[]lendtest.FakeAnswer{vaultErr(400, "bad token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJqb2IifQ.c2ln "+vaultToken)}, 1, call.Refused, []string{"[redacted]"}},
		"html":            {[]lendtest.FakeAnswer{{Status: 502, Body: "<html>" + strings.Repeat("x", 2<<20)}}, call.DefaultAttempts, call.Transient, []string{"502"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, w, source := lendtest.FakeWorld(t, map[string][]lendtest.FakeAnswer{loginPath: c.answers})
			v, err := New(w, source, Settings{Address: "https://" + vaultHost}, "")
			if err != nil {
				t.Fatal(err)
			}
			got, err := v.Token(context.Background())
			if len(source.Tokens) != c.tokens {
				t.Errorf("%d ID tokens were minted, want %d", len(source.Tokens), c.tokens)
			}
			if c.texts == nil {
				if err != nil || got != vaultToken {
					t.Errorf("got %v", err)
				}
				return
			}
			if e := citest.WantFailure(t, err, c.problem, c.texts...); strings.Contains(e.Error()+e.Hint, vaultToken) {
				t.Error("the error quotes a token")
			}
		})
	}
}

func TestVaultClose(t *testing.T) {
	for name, c := range map[string]struct {
		kind     string
		keep     bool
		answer   lendtest.FakeAnswer
		requests int
		fails    bool
	}{
		"service":      {"service", false, lendtest.FakeAnswer{Status: 204}, 2, false},
		"batch":        {"batch", false, lendtest.FakeAnswer{Status: 400}, 1, false},
		"kept":         {"service", true, lendtest.FakeAnswer{Status: 204}, 1, false},
		"it fails":     {"service", false, vaultErr(500, "internal error"), 2, true},
		"out of reach": {"service", false, lendtest.FakeAnswer{Status: 307}, 2, true},
	} {
		fake, w, source := lendtest.FakeWorld(t, map[string][]lendtest.FakeAnswer{loginPath: {vaultLoginOK(c.kind)}, revokePath: {c.answer}})
		v, err := New(w, source, Settings{Address: "https://" + vaultHost, KeepToken: c.keep}, "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := v.Token(context.Background()); err != nil {
			t.Fatal(err)
		}
		err = v.Close(context.Background())
		if (err != nil) != c.fails || len(fake.Requests) != c.requests {
			t.Errorf("%s: %v after %d requests", name, err, len(fake.Requests))
		}
		var e *call.Error
		if err != nil && (!errors.As(err, &e) || strings.Contains(err.Error(), vaultToken)) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestVaultRefusesSettings(t *testing.T) {
	for name, s := range map[string]Settings{
		"plain http": {Address: "http://vault.example"},
		"user":       {Address: "https://u:p@vault.example"},
		"query":      {Address: "https://vault.example?x=1"},
		"scheme":     {Address: "file:///etc"},
		"empty":      {},
		"mount":      {Address: "https://vault.example", Mount: "../sys"},
		"namespace":  {Address: "https://vault.example", Namespace: "a\r\nX-Vault-Token: b"},
		"version":    {Address: "https://vault.example", KVVersion: 3},
		"authority":  {Address: "https://vault.example", CACert: "/nonexistent/ca.pem"},
	} {
		w := lendtest.WorldOf(nil)
		w.HTTPClient = nil
		if _, err := New(w, nil, s, ""); err == nil {
			t.Errorf("%s: accepted", name)
		} else {
			citest.WantFailure(t, err, call.BadSetting)
		}
	}
}
