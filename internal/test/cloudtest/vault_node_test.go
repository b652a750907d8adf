package cloudtest

import (
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"strings"
	"testing"
)

// One Vault has several addresses: with TLS only those get through who know its
// authority, and a standby sends everybody on.
func TestVaultNodes(t *testing.T) {
	v := NewVault(t)
	v.Put("secret", 1, "a", VaultVersion{Fields: map[string]any{"f": "1"}})
	address, authority := v.OverTLS(t)
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authority) {
		t.Fatal("no certificate in the authority's PEM")
	}
	knows := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	ask := func(client *http.Client, at string) (*http.Response, error) {
		r, err := http.NewRequest("GET", at, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("X-Vault-Token", v.Token)
		a, err := client.Do(r)
		if err == nil {
			a.Body.Close()
		}
		return a, err
	}
	if a, err := ask(knows, address+"/v1/secret/a"); err != nil || a.StatusCode != 200 {
		t.Errorf("over TLS: %v", err)
	}
	if _, err := ask(http.DefaultClient, address+"/v1/secret/a"); err == nil || !strings.Contains(err.Error(), "certificate") {
		t.Errorf("without the authority: %v", err)
	}
	stays := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	a, err := ask(stays, v.Standby(t)+"/v1/secret/data/a?version=1")
	if err != nil || a.StatusCode != 307 || a.Header.Get("Location") != v.URL+"/v1/secret/data/a?version=1" {
		t.Errorf("the standby: %v", err)
	}
	if got := v.Requests(); len(got) != 1 {
		t.Errorf("the requests were %q", got)
	}
}

// Batch tokens are no leases, end by themselves, and serve until then.
func TestVaultTokenTypes(t *testing.T) {
	issuer := NewIssuer(t, "")
	v := NewVault(t, "transit/keys/a", "transit/keys/b")
	policies := map[string][]string{"transit/decrypt/a": {"update"}, "transit/encrypt/+": {"update"}}
	v.AddRole("auth/jwt/role/batch", VaultRole{Issuer: issuer, BoundAudiences: []string{"vault"}, Batch: true, Policies: policies})
	v.AddRole("auth/jwt/role/short", VaultRole{Issuer: issuer, BoundAudiences: []string{"vault"}, TTL: 1, Policies: policies})
	login := func(role string) string {
		_, text, out := askVault(t, v, "POST", "auth/jwt/login", "", "", map[string]string{"role": role, "jwt": issuer.Issue(map[string]any{"aud": "vault", "sub": "job"})})
		auth, ok := out["auth"].(map[string]any)
		if !ok {
			t.Fatal(role, text)
		}
		return auth["client_token"].(string)
	}
	_, _, out := askVault(t, v, "POST", "transit/encrypt/a", v.Token, "", map[string]string{"plaintext": "eA=="})
	sealed := out["data"].(map[string]any)["ciphertext"].(string)
	batch := login("batch")
	for _, c := range []struct {
		name, path, token string
		status            int
		text              string
	}{
		{"its key", "transit/decrypt/a", batch, 200, ""},
		{"another key", "transit/decrypt/b", batch, 403, vaultDenied},
		{"one part of a path", "transit/encrypt/b", batch, 200, ""},
		{"revoke", "auth/token/revoke-self", batch, 400, "batch tokens cannot be revoked"},
		{"not revoked", "transit/decrypt/a", batch, 200, ""},
		{"expired", "transit/decrypt/a", login("short"), 403, "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n"},
		{"no token", "transit/decrypt/a", "", 403, vaultDenied},
	} {
		status, text, _ := askVault(t, v, "POST", c.path, c.token, "", map[string]string{"ciphertext": sealed})
		if status != c.status || text != c.text {
			t.Errorf("%s: %d %q, want %d %q", c.name, status, text, c.status, c.text)
		}
	}
	v.Faults.Set("decrypt", Fault{Echo: true})
	if status, text, _ := askVault(t, v, "POST", "transit/decrypt/a", batch, "", nil); status != 403 || !strings.Contains(text, batch) {
		t.Errorf("the echo is %d %q", status, text)
	}
}
