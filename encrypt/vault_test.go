package encrypt

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getsops/sops/v3/hcvault"

	"github.com/gitsecrets/gitsecrets/internal/cloudtest"
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
	ours := VaultTransit(VaultOptions{})
	w, err := ours.Wrap(t.Context(), key, testDataKey)
	if err != nil {
		t.Fatal(err)
	}
	theirs := hcvault.NewMasterKey(vault.URL, "team/transit", "web")
	theirs.EncryptedKey = w.Enc
	if got, err := theirs.Decrypt(); err != nil || !bytes.Equal(got, testDataKey) {
		t.Errorf("sops opens ours: %q, %v", got, err)
	}
	if err := theirs.Encrypt(testDataKey); err != nil {
		t.Fatal(err)
	}
	got, err := ours.Unwrap(t.Context(), Wrapped{Key: key, Enc: theirs.EncryptedKey})
	if err != nil || !bytes.Equal(got, testDataKey) {
		t.Errorf("we open sops's: %q, %v", got, err)
	}
}

func TestVaultFindsTheToken(t *testing.T) {
	vault, key := newVault(t)
	if _, err := VaultTransit(VaultOptions{Token: vault.Token}).Wrap(t.Context(), key, testDataKey); err != nil {
		t.Error(err)
	}
	home := t.TempDir()
	t.Setenv("HOME", home)
	if err := os.WriteFile(filepath.Join(home, ".vault-token"), []byte(vault.Token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := VaultTransit(VaultOptions{}).Wrap(t.Context(), key, testDataKey); err != nil && len(vault.Tokens()) == 0 {
		t.Error(err) // the library remembers a home folder it saw before
	}
}

func TestVaultErrors(t *testing.T) {
	const canary = "CANARY"
	vault, key := newVault(t)
	s := VaultTransit(VaultOptions{Token: vault.Token})
	for _, c := range []struct {
		fault   cloudtest.Fault
		problem RemoteProblem
		want    string
	}{
		{cloudtest.Fault{Status: 403, Code: "x", Message: canary}, RemoteDenied, "Vault: HTTP status 403: these credentials may not use the key"},
		{cloudtest.Fault{Status: 400, Code: "x", Message: canary}, RemoteWrongKey, "Vault: HTTP status 400: the key, or the wrapped data key, does not fit"},
		{cloudtest.Fault{Garbage: true}, RemoteOther, "Vault: an answer that is not its own"},
		{cloudtest.Fault{Body: `{"data":{"plaintext":"` + canary + `!"}}`}, RemoteOther, "Vault: an answer that is not its own"},
		{cloudtest.Fault{HTML: 2 << 20, Status: 500}, RemoteOther, "Vault: HTTP status 500: it did not do it"},
		{cloudtest.Fault{Drop: true}, RemoteNetwork, "Vault: cannot be reached: it closed the connection"},
	} {
		vault.Faults.Set("decrypt", c.fault)
		_, err := s.Unwrap(t.Context(), Wrapped{Key: key, Enc: "vault:v1:AAAA"})
		var e *RemoteError
		if !errors.As(err, &e) || e.Problem != c.problem || err.Error() != c.want {
			t.Errorf("%+v: got %v, want %s", c.fault, err, c.want)
		}
	}
	vault.Faults.Clear()
	if _, err := s.Unwrap(t.Context(), Wrapped{Key: key, Enc: "vault:v1:" + canary}); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("got %v", err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Wrap(cancelled, key, testDataKey); !errors.Is(err, context.Canceled) {
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
	_, err := VaultTransit(VaultOptions{Token: vault.Token}).Wrap(t.Context(), key, testDataKey)
	if err == nil || err.Error() != "Vault: HTTP status 307: a redirect, which is not followed" || reached {
		t.Errorf("got %v; reached: %v", err, reached)
	}
}

func TestVaultContactsNobodyForMalformedNames(t *testing.T) {
	vault, _ := newVault(t)
	s := VaultTransit(VaultOptions{Token: vault.Token})
	host := strings.TrimPrefix(vault.URL, "http://")
	for _, id := range []string{
		"http://u:p@" + host + "/v1/t/keys/k", vault.URL + "/x/v1/t/keys/k", vault.URL + "?a/v1/t/keys/k", "ftp://" + host + "/v1/t/keys/k",
		vault.URL + "/v1/../sys/keys/k", vault.URL + "/v1/t/keys/..",
	} {
		if _, err := s.Wrap(t.Context(), policy.Key{Type: policy.VaultKey, ID: id}, testDataKey); err == nil {
			t.Errorf("%q was accepted", id)
		}
	}
	if n := len(vault.Tokens()); n != 0 {
		t.Errorf("%d calls", n)
	}
}
