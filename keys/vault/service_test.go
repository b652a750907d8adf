package vault

import (
	"bytes"
	"context"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getsops/sops/v3/hcvault"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// newVault starts a Vault and takes the person's own out of the way.
func newVault(t *testing.T) (*cloudtest.Vault, policy.Key) {
	t.Helper()
	for _, name := range []string{"VAULT_ADDR", "VAULT_TOKEN", "VAULT_NAMESPACE", "VAULT_AGENT_ADDR", "VAULT_CACERT", "SOPS_HC_VAULT_ALLOWLIST"} {
		t.Setenv(name, "")
	}
	t.Setenv("VAULT_MAX_RETRIES", "0")
	t.Setenv("HTTP_PROXY", "")
	v := cloudtest.NewVault(t, "team/transit/keys/web")
	return v, policy.Key{Type: policy.VaultKey, ID: v.URL + "/v1/team/transit/keys/web"}
}

func TestVaultInteroperatesWithSops(t *testing.T) {
	vault, key := newVault(t)
	t.Setenv("VAULT_TOKEN", vault.Token)
	ours := New(Options{Getenv: os.Getenv})
	w, err := ours.Wrap(t.Context(), key, keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	theirs := hcvault.NewMasterKey(vault.URL, "team/transit", "web")
	theirs.EncryptedKey = w.Enc
	if got, err := theirs.Decrypt(); err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("sops opens ours: %q, %v", got, err)
	}
	if err := theirs.Encrypt(keytest.DataKey()); err != nil {
		t.Fatal(err)
	}
	got, err := ours.Unwrap(t.Context(), encrypt.Wrapped{Key: key, Enc: theirs.EncryptedKey})
	if err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("we open sops's: %q, %v", got, err)
	}
}

func TestVaultFindsTheToken(t *testing.T) {
	vault, key := newVault(t)
	if _, err := New(Options{Token: vault.Token}).Wrap(t.Context(), key, keytest.DataKey()); err != nil {
		t.Error(err)
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	if err := os.WriteFile(filepath.Join(home, ".vault-token"), []byte(vault.Token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := New(Options{Getenv: os.Getenv})
	if _, err := s.Wrap(t.Context(), key, keytest.DataKey()); err != nil {
		t.Errorf("from the file: %v", err)
	}
	t.Setenv("VAULT_TOKEN", "wrong")
	_, err := New(Options{Getenv: os.Getenv}).Wrap(t.Context(), key, keytest.DataKey())
	var e *call.Error
	if !errors.As(err, &e) || e.Failure != call.Refused {
		t.Errorf("VAULT_TOKEN does not go before the file: %v", err)
	}
	t.Setenv("VAULT_TOKEN", "bad\ntoken")
	if _, err := New(Options{Getenv: os.Getenv}).Wrap(t.Context(), key, keytest.DataKey()); !errors.As(err, &e) || e.Failure != call.NoCredentials {
		t.Errorf("a token of two lines: %v", err)
	}
}

func TestVaultErrors(t *testing.T) {
	const canary = "CANARY"
	vault, key := newVault(t)
	s := New(Options{Token: vault.Token, Getenv: os.Getenv})
	for _, c := range []struct {
		fault   cloudtest.Fault
		problem call.Failure
		want    string
	}{
		{cloudtest.Fault{Status: 403, Code: "x", Message: canary}, call.Refused, "Vault: HTTP status 403: these credentials are not allowed to use the key"},
		{cloudtest.Fault{Status: 400, Code: "x", Message: canary}, call.BadKey, "Vault: HTTP status 400: the key, or the wrapped data key, does not fit"},
		{cloudtest.Fault{Garbage: true}, call.NotTheService, "Vault: the answer is invalid"},
		{cloudtest.Fault{Body: `{"data":{"plaintext":"` + canary + `!"}}`}, call.NotTheService, "Vault: the answer is invalid"},
		{cloudtest.Fault{HTML: 2 << 20, Status: 404}, call.NotTheService, "Vault: its answer is longer than 1 MiB"},
		{cloudtest.Fault{HTML: 2 << 20, Status: 503}, call.Transient, "Vault: HTTP status 503: too busy, even after waiting"},
		{cloudtest.Fault{Drop: true}, call.Transient, "Vault: it closed the connection"},
	} {
		vault.Faults.Set("decrypt", c.fault)
		_, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: key, Enc: "vault:v1:AAAA"})
		var e *call.Error
		if !errors.As(err, &e) || e.Failure != c.problem || err.Error() != c.want {
			t.Errorf("%+v: got %v, want %s", c.fault, err, c.want)
		}
	}
	vault.Faults.Clear()
	if _, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: key, Enc: "vault:v1:" + canary}); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("got %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Wrap(cancelled, key, keytest.DataKey()); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// The token must not go where a redirect points.
func TestVaultFollowsNoRedirect(t *testing.T) {
	vault, key := newVault(t)
	reached := false
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { reached = true }))
	defer other.Close()
	vault.Faults.Set("", cloudtest.Fault{Redirect: other.URL + "/v1/team/transit/encrypt/web"})
	_, err := New(Options{Token: vault.Token}).Wrap(t.Context(), key, keytest.DataKey())
	if err == nil || err.Error() != "Vault: it answers with a redirect, which is not followed: it would carry the credential elsewhere" || reached {
		t.Errorf("got %v; reached: %v", err, reached)
	}
}

func TestVaultContactsNobodyForMalformedNames(t *testing.T) {
	vault, _ := newVault(t)
	s := New(Options{Token: vault.Token})
	host := strings.TrimPrefix(vault.URL, "http://")
	for _, id := range []string{
		"http://u:p@" + host + "/v1/t/keys/k", vault.URL + "/x/v1/t/keys/k", vault.URL + "?a/v1/t/keys/k", "ftp://" + host + "/v1/t/keys/k",
		vault.URL + "/v1/../sys/keys/k", vault.URL + "/v1/t/keys/..",
	} {
		if _, err := s.Wrap(t.Context(), policy.Key{Type: policy.VaultKey, ID: id}, keytest.DataKey()); err == nil {
			t.Errorf("%q was accepted", id)
		}
	}
	if n := len(vault.Tokens()); n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestVaultTLS(t *testing.T) {
	vault, _ := newVault(t)
	target, err := url.Parse(vault.URL)
	if err != nil {
		t.Fatal(err)
	}
	namespace := ""
	front := httptest.NewTLSServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		namespace = r.In.Header.Get("X-Vault-Namespace")
		r.SetURL(target)
	}})
	defer front.Close()
	front.Config.ErrorLog = log.New(io.Discard, "", 0)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	block := &pem.Block{Type: "CERTIFICATE", Bytes: front.Certificate().Raw}
	if err := os.WriteFile(ca, pem.EncodeToMemory(block), 0o600); err != nil {
		t.Fatal(err)
	}
	key := policy.Key{Type: policy.VaultKey, ID: front.URL + "/v1/team/transit/keys/web"}
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{"VAULT_CACERT": ca, "VAULT_NAMESPACE": "ns"}, ""},
		{map[string]string{"VAULT_CAPATH": filepath.Dir(ca)}, ""},
		{map[string]string{"VAULT_SKIP_VERIFY": "true"}, ""},
		{map[string]string{"VAULT_AGENT_ADDR": vault.URL}, ""},
		{map[string]string{"VAULT_MAX_RETRIES": "0"}, "Vault: its TLS certificate is not valid here"},
		{map[string]string{"VAULT_CACERT": "/nonexistent"}, "Vault: VAULT_CACERT is malformed, or names a file that cannot be used"},
		{map[string]string{"VAULT_HEADERS": `{"X-Vault-Token":"x"}`}, "Vault: VAULT_HEADERS is malformed, or names a file that cannot be used"},
		{map[string]string{"SOPS_HC_VAULT_ALLOWLIST": "https://vault.example.com, " + front.URL}, "Vault: its TLS certificate is not valid here"},
		{map[string]string{"SOPS_HC_VAULT_ALLOWLIST": front.URL[:len(front.URL)-1]}, "not contacted: SOPS_HC_VAULT_ALLOWLIST does not name it"},
		{map[string]string{"SOPS_HC_VAULT_ALLOWLIST": "none"}, "not contacted: SOPS_HC_VAULT_ALLOWLIST does not name it"},
	} {
		if c.env["VAULT_MAX_RETRIES"] == "" {
			c.env["VAULT_MAX_RETRIES"] = "0"
		}
		s := New(Options{Token: vault.Token, Getenv: func(name string) string { return c.env[name] }})
		_, err := s.Wrap(t.Context(), key, keytest.DataKey())
		if c.want == "" && err != nil || c.want != "" && (err == nil || err.Error() != c.want) {
			t.Errorf("%v: got %v, want %q", c.env, err, c.want)
		}
		if ns := c.env["VAULT_NAMESPACE"]; ns != "" && namespace != ns+"/" {
			t.Errorf("namespace %q", namespace)
		}
	}
}

func TestVaultTriesAgain(t *testing.T) {
	vault, key := newVault(t)
	vault.Faults.Set("encrypt", cloudtest.Fault{Times: 1, Status: 503, Code: "x"})
	s := New(Options{Token: vault.Token})
	if _, err := s.Wrap(t.Context(), key, keytest.DataKey()); err != nil {
		t.Error(err)
	}
}
