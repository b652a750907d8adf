package azurekv

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"
	"github.com/getsops/sops/v3/azkv"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/policy"
)

const testAzureVersion = "0123456789abcdef0123456789abcdef"

// azureVault stands in for a key vault with one RSA key: it wants a token
// after a challenge, as the true one does, and RSA-OAEP-256.
type azureVault struct {
	mu sync.Mutex
	*httptest.Server
	key     *rsa.PrivateKey
	answer  func(w http.ResponseWriter) bool
	tokens  int
	reached int
}

func newAzureVault(t *testing.T) *azureVault {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	v := &azureVault{key: key}
	v.Server = httptest.NewTLSServer(v)
	t.Cleanup(v.Close)
	return v
}

func (v *azureVault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	v.mu.Lock()
	v.reached++
	v.mu.Unlock()
	if r.Header.Get("Authorization") != "Bearer throw-away" {
		w.Header().Set("WWW-Authenticate", `Bearer authorization="https://login.microsoftonline.com/tenant", resource="https://vault.azure.net"`)
		w.WriteHeader(401)
		return
	}
	if v.answer != nil && v.answer(w) {
		return
	}
	var in struct{ Alg, Value string }
	json.NewDecoder(r.Body).Decode(&in)
	value, err := base64.RawURLEncoding.DecodeString(in.Value)
	kid := v.URL + "/keys/web/" + testAzureVersion
	switch path := strings.TrimPrefix(r.URL.Path, "/keys/web/"); {
	case r.Method == "GET":
		json.NewEncoder(w).Encode(map[string]any{"key": map[string]string{"kid": kid, "kty": "RSA"}})
		return
	case err != nil || in.Alg != "RSA-OAEP-256":
		w.WriteHeader(400)
		return
	case path == testAzureVersion+"/encrypt":
		value, err = rsa.EncryptOAEP(sha256.New(), rand.Reader, &v.key.PublicKey, value, nil)
	case path == testAzureVersion+"/decrypt":
		value, err = rsa.DecryptOAEP(sha256.New(), nil, v.key, value, nil)
	default:
		w.WriteHeader(404)
		return
	}
	if err != nil {
		w.WriteHeader(400)
		json.NewEncoder(w).Encode(map[string]any{"error": map[string]string{"code": "BadParameter", "message": "CANARY"}})
		return
	}
	json.NewEncoder(w).Encode(map[string]string{"kid": kid, "value": base64.RawURLEncoding.EncodeToString(value)})
}

// GetToken implements azcore.TokenCredential.
func (v *azureVault) GetToken(context.Context, azpolicy.TokenRequestOptions) (azcore.AccessToken, error) {
	v.mu.Lock()
	v.tokens++
	v.mu.Unlock()
	return azcore.AccessToken{Token: "throw-away", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func (v *azureVault) service() encrypt.KeyService {
	return New(Options{Credential: v, HTTPClient: v.Client(), AllowHost: func(h string) bool { return "https://"+h == v.URL }})
}

func TestAzureInteroperatesWithSops(t *testing.T) {
	v := newAzureVault(t)
	ours := v.service()
	w, err := ours.Wrap(t.Context(), policy.Key{Type: policy.AzureVault, ID: v.URL + "/keys/web/"}, keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	if want := v.URL + "/keys/web/" + testAzureVersion; w.Key.ID != want {
		t.Errorf("the key is named %s, want %s", w.Key.ID, want)
	}
	theirs := azkv.NewMasterKey(v.URL, "web", testAzureVersion)
	azkv.NewTokenCredential(v).ApplyToMasterKey(theirs)
	azkv.NewClientOptions(&azkeys.ClientOptions{
		ClientOptions: azcore.ClientOptions{Transport: v.Client()}, DisableChallengeResourceVerification: true,
	}).ApplyToMasterKey(theirs)
	theirs.EncryptedKey = w.Enc
	if got, err := theirs.Decrypt(); err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("sops opens ours: %q, %v", got, err)
	}
	if err := theirs.Encrypt(keytest.DataKey()); err != nil {
		t.Fatal(err)
	}
	w.Enc = theirs.EncryptedKey
	if got, err := ours.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("we open sops's: %q, %v", got, err)
	}
}

func TestAzureErrors(t *testing.T) {
	v := newAzureVault(t)
	s := v.service()
	key := policy.Key{Type: policy.AzureVault, ID: v.URL + "/keys/web/" + testAzureVersion}
	good, err := s.Wrap(t.Context(), key, keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer other.Close()
	status := func(status int, body string) func(http.ResponseWriter) bool {
		return func(w http.ResponseWriter) bool {
			w.WriteHeader(status)
			w.Write([]byte(body))
			return true
		}
	}
	for _, c := range []struct {
		answer  func(http.ResponseWriter) bool
		problem call.Failure
		want    string
	}{
		{status(403, `{"error":{"code":"Forbidden","message":"CANARY"}}`), call.Refused, "Azure Key Vault: Forbidden: these credentials are not allowed to use the key"},
		{status(404, `{"error":{"code":"KeyNotFound","message":"CANARY"}}`), call.BadKey, "Azure Key Vault: KeyNotFound: there is no such key"},
		{status(400, "<html>CANARY"), call.BadKey, "Azure Key Vault: HTTP status 400: the key, or the wrapped data key, does not fit"},
		{status(200, "CANARY"), call.NotTheService, "Azure Key Vault: the answer is invalid"},
		{status(200, "{}"), call.NotTheService, "Azure Key Vault: the answer is empty"},
		{func(w http.ResponseWriter) bool { w.Header().Set("Location", other.URL); return status(307, "")(w) }, call.NotTheService,
			"Azure Key Vault: HTTP status 307: a redirect, which is not followed"},
	} {
		v.answer = c.answer
		_, err := s.Unwrap(t.Context(), good)
		var e *call.Error
		if !errors.As(err, &e) || e.Failure != c.problem || err.Error() != c.want {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	cut := 1
	v.answer = func(w http.ResponseWriter) bool {
		if cut--; cut < 0 {
			return false
		}
		w.Header().Set("Content-Length", "2000")
		w.Write([]byte("{"))
		http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	if got, err := s.Unwrap(t.Context(), good); err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("an answer that is cut off once: %v", err)
	}
	v.answer = nil
	good.Enc = base64.RawURLEncoding.EncodeToString([]byte("CANARY"))
	if _, err := s.Unwrap(t.Context(), good); err == nil || strings.Contains(err.Error(), "CANARY") {
		t.Errorf("got %v", err)
	}
}

func TestAzureContactsNoStrangeHost(t *testing.T) {
	v := newAzureVault(t)
	s := New(Options{Credential: v, HTTPClient: v.Client()})
	keys := append(keytest.Invalid(t), policy.Key{Type: policy.AzureVault, ID: v.URL + "/keys/web/" + testAzureVersion})
	for _, key := range keys {
		if _, err := s.Wrap(t.Context(), key, keytest.DataKey()); err == nil {
			t.Errorf("%+v was accepted", key)
		}
	}
	if v.reached+v.tokens != 0 {
		t.Errorf("%d calls, %d tokens", v.reached, v.tokens)
	}
}
