package cloudtest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// askVault sends a request and returns the status and the answer.
func askVault(t *testing.T, v *Vault, method, path, token, namespace string, body map[string]string) (int, string, map[string]any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequest(method, v.URL+"/v1/"+path, strings.NewReader(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Vault-Token", token)
	r.Header.Set("X-Vault-Namespace", namespace)
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var out map[string]any
	if a.StatusCode != http.StatusNoContent {
		if err := json.NewDecoder(a.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
	}
	errors, _ := out["errors"].([]any)
	first := ""
	if len(errors) > 0 {
		first, _ = errors[0].(string)
	}
	return a.StatusCode, first, out
}

func TestVaultLoginBounds(t *testing.T) {
	issuer := NewIssuer(t, "")
	v := NewVault(t)
	v.AddRole("auth/jwt/role/ci", VaultRole{Issuer: issuer, BoundAudiences: []string{"vault"}, BoundSubject: "job", BoundClaims: map[string]string{"ref": "refs/*"}})
	for name, c := range map[string]struct {
		role   string
		claims map[string]any
		want   string
	}{
		"fits":     {"ci", map[string]any{}, ""},
		"audience": {"ci", map[string]any{"aud": "x"}, "error validating token: invalid audience (aud) claim: audience claim does not match any bound audience"},
		"subject":  {"ci", map[string]any{"sub": "x"}, "error validating token: invalid subject (sub) claim"},
		"claim":    {"ci", map[string]any{"ref": "main"}, `error validating claims: claim "ref" does not match any associated bound claim values`},
		"no claim": {"ci", map[string]any{"ref": nil}, `error validating claims: claim "ref" is missing`},
		"role":     {"x", map[string]any{}, `role "x" could not be found`},
		"no role":  {"", map[string]any{}, "missing role"},
		"expired":  {"ci", map[string]any{"exp": 1}, "error validating token: invalid expiration time (exp) claim: token is expired"},
	} {
		claims := map[string]any{"aud": "vault", "sub": "job", "ref": "refs/heads/a/b"}
		for k, value := range c.claims {
			claims[k] = value
		}
		_, got, _ := askVault(t, v, "POST", "auth/jwt/login", "", "", map[string]string{"role": c.role, "jwt": issuer.Issue(claims)})
		if got != c.want {
			t.Errorf("%s: got %q, want %q", name, got, c.want)
		}
	}
	if n := len(v.Lent()); n != 1 {
		t.Errorf("%d tokens were lent", n)
	}
}

func TestVaultReadsUnderAPolicy(t *testing.T) {
	issuer := NewIssuer(t, "")
	v := NewVault(t)
	v.AddRole("team/a/auth/ci/gh/role/ci", VaultRole{Issuer: issuer, BoundAudiences: []string{"vault"}, Policies: map[string][]string{"team/a/secret/data/ci/*": {"read"}}})
	v.Put("team/a/secret", 2, "ci/k", VaultVersion{Fields: map[string]any{"f": "1"}, Deleted: "2026-11-01T10:00:00Z"})
	v.Put("team/a/secret", 2, "ci/k", VaultVersion{Fields: map[string]any{"f": "2"}})
	v.Put("team/a/secret", 2, "other", VaultVersion{Fields: map[string]any{"f": "3"}})
	status, _, out := askVault(t, v, "POST", "auth/ci/gh/login", "", "team/a", map[string]string{"role": "ci", "jwt": issuer.Issue(map[string]any{"aud": "vault", "sub": "job"})})
	if status != 200 {
		t.Fatal(status, out)
	}
	token := out["auth"].(map[string]any)["client_token"].(string)
	for _, c := range []struct {
		method, path, namespace string
		status                  int
		text                    string
	}{
		{"GET", "sys/internal/ui/mounts/secret/ci/k", "team/a", 200, ""},
		{"GET", "sys/internal/ui/mounts/none/k", "team/a", 403, `preflight capability check returned 403, please ensure client's policies grant access to path "none/k/"`},
		{"GET", "secret/data/ci/k", "team/a", 200, ""},
		{"GET", "team/a/secret/data/ci/k", "", 200, ""},
		{"GET", "secret/data/ci/k?version=1", "team/a", 404, ""},
		{"GET", "secret/data/ci/k?version=3", "team/a", 404, ""},
		{"GET", "secret/data/other", "team/a", 403, vaultDenied},
		{"GET", "secret/data/ci/k", "", 403, vaultDenied},
		{"GET", "auth/token/lookup-self", "team/a", 200, ""},
		{"POST", "auth/token/revoke-self", "team/a", 204, ""},
		{"GET", "secret/data/ci/k", "team/a", 403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"},
	} {
		if status, text, _ := askVault(t, v, c.method, c.path, token, c.namespace, nil); status != c.status || text != c.text {
			t.Errorf("%s %s in %q: %d %q", c.method, c.path, c.namespace, status, text)
		}
	}
	if got := v.Requests(); len(got) != 12 || !slices.Contains(got, "POST /v1/auth/ci/gh/login") {
		t.Errorf("the requests were %q", got)
	}
}
