package gcpkms

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3/gcpkms"
	"golang.org/x/oauth2"
	"google.golang.org/api/option"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/policy"
)

const testGCPKey = "projects/example.com:web/locations/global/keyRings/sops/cryptoKeys/web"

func gcpKey(id string) policy.Key { return policy.Key{Type: policy.GCPKMS, ID: id} }

func TestGCPKMSInteroperatesWithSops(t *testing.T) {
	server := cloudtest.NewGCPKMS(t, testGCPKey)
	ours := New(Options{AccessToken: server.Token, Endpoint: server.URL})
	w, err := ours.Wrap(t.Context(), gcpKey(testGCPKey), keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	// sops's REST client speaks to the same server.
	theirs := gcpkms.NewMasterKeyFromResourceID(testGCPKey)
	gcpkms.NewTokenSource(oauth2.StaticTokenSource(&oauth2.Token{AccessToken: server.Token})).ApplyToMasterKey(theirs)
	gcpkms.UseRESTClient{}.ApplyToMasterKey(theirs)
	gcpkms.ClientOptions{option.WithEndpoint(server.URL)}.ApplyToMasterKey(theirs)
	theirs.EncryptedKey = w.Enc
	if got, err := theirs.Decrypt(); err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("sops opens ours: %q, %v", got, err)
	}
	if err := theirs.Encrypt(keytest.DataKey()); err != nil {
		t.Fatal(err)
	}
	got, err := ours.Unwrap(t.Context(), encrypt.Wrapped{Key: gcpKey(testGCPKey), Enc: theirs.EncryptedKey})
	if err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("we open sops's: %q, %v", got, err)
	}
}

// serviceAccount writes a throw-away service account whose tokens server hands out.
func serviceAccount(t *testing.T, token string) (content string) {
	t.Helper()
	tokens := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600}`, token)
	}))
	t.Cleanup(tokens.Close)
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(map[string]string{
		"type": "service_account", "client_email": "throw-away@example.com", "token_uri": tokens.URL,
		"private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})),
	})
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestGCPKMSFindsCredentials(t *testing.T) {
	server := cloudtest.NewGCPKMS(t, testGCPKey)
	account := serviceAccount(t, server.Token)
	file := filepath.Join(t.TempDir(), "credentials.json")
	if err := os.WriteFile(file, []byte(account), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", file)
	for name, opts := range map[string]Options{
		"source":                   {TokenSource: oauth2.StaticTokenSource(&oauth2.Token{AccessToken: server.Token}), Credentials: "no"},
		"json":                     {Credentials: account, AccessToken: "no"},
		"file":                     {Credentials: file},
		"default":                  {},
		"token":                    {AccessToken: server.Token},
		"endpoint before universe": {AccessToken: server.Token, UniverseDomain: "example.invalid"},
	} {
		opts.Endpoint = server.URL
		if _, err := New(opts).Wrap(t.Context(), gcpKey(testGCPKey), keytest.DataKey()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, opts := range map[string]Options{
		"nonsense":       {Credentials: "CANARY"},
		"folder":         {Credentials: t.TempDir()},
		"wrong token":    {AccessToken: "CANARY"},
		"other universe": {Credentials: account, UniverseDomain: "example.invalid"},
	} {
		opts.Endpoint = server.URL
		_, err := New(opts).Wrap(t.Context(), gcpKey(testGCPKey), keytest.DataKey())
		var e *call.Error
		if !errors.As(err, &e) || e.Failure != call.NoCredentials || strings.Contains(err.Error(), "CANARY") {
			t.Errorf("%s: got %v", name, err)
		}
	}
}

func TestGCPKMSErrors(t *testing.T) {
	const canary = "CANARY"
	server := cloudtest.NewGCPKMS(t, testGCPKey)
	s := New(Options{AccessToken: server.Token, Endpoint: server.URL})
	good, err := s.Wrap(t.Context(), gcpKey(testGCPKey), keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range []cloudtest.Fault{{Cut: true, Times: 1}, {Drop: true, Times: 1}} {
		server.Faults.Set("decrypt", fault)
		if got, err := s.Unwrap(t.Context(), good); err != nil || !bytes.Equal(got, keytest.DataKey()) {
			t.Errorf("%+v: %v", fault, err)
		}
	}
	for _, c := range []struct {
		fault   cloudtest.Fault
		problem call.Failure
		want    string
	}{
		{cloudtest.Fault{Status: 403, Code: "PERMISSION_DENIED", Message: canary}, call.Refused, "Cloud KMS: PERMISSION_DENIED: these credentials are not allowed to use the key"},
		{cloudtest.Fault{Status: 400, Code: canary + "!", Message: canary}, call.BadKey, "Cloud KMS: HTTP status 400: the key, or the wrapped data key, does not fit"},
		{cloudtest.Fault{HTML: 2 << 20}, call.Transient, "Cloud KMS: HTTP status 502: it, or a gateway in front of it, failed"},
		{cloudtest.Fault{Garbage: true}, call.NotTheService, "Cloud KMS: the answer is invalid"},
		{cloudtest.Fault{Body: `{}`}, call.NotTheService, "Cloud KMS: the answer is empty"},
		{cloudtest.Fault{Body: `{"plaintext":"QUFB","plaintextCrc32c":"1"}`}, call.NotTheService, "Cloud KMS: the answer was damaged on the way: its CRC32C or its name does not match"},
		{cloudtest.Fault{Drop: true}, call.Transient, "Cloud KMS: it closed the connection"},
		{cloudtest.Fault{Redirect: "http://127.0.0.1:1/" + canary}, call.NotTheService, "Cloud KMS: it answers with a redirect, which is not followed: it would carry the credential elsewhere"},
	} {
		server.Faults.Set("decrypt", c.fault)
		_, err := s.Unwrap(t.Context(), good)
		var e *call.Error
		if !errors.As(err, &e) || e.Failure != c.problem || err.Error() != c.want {
			t.Errorf("%+v: got %v, want %s", c.fault, err, c.want)
		}
	}
	server.Faults.Clear()
	for _, enc := range []string{"", canary + "!", strings.Repeat("A", 1<<20)} {
		if _, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: gcpKey(testGCPKey), Enc: enc}); err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("got %v", err)
		}
	}
	if _, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: gcpKey(testGCPKey), Enc: base64.StdEncoding.EncodeToString(bytes.Repeat([]byte(canary), 9))}); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("got %v", err)
	}
	before := server.Faults.Count("")
	for _, key := range keytest.Invalid(t) {
		if _, err := s.Wrap(t.Context(), key, keytest.DataKey()); err == nil {
			t.Errorf("%+v was accepted", key)
		}
	}
	if server.Faults.Count("") != before {
		t.Error("the server was contacted for a malformed key")
	}
}

func TestGCPKMSTriesAgain(t *testing.T) {
	server := cloudtest.NewGCPKMS(t, testGCPKey)
	s := New(Options{AccessToken: server.Token, Endpoint: server.URL})
	for _, status := range []int{429, 503} {
		server.Faults.Set("encrypt", cloudtest.Fault{Times: 2, Status: status, Code: "BUSY"})
		if _, err := s.Wrap(t.Context(), gcpKey(testGCPKey), keytest.DataKey()); err != nil {
			t.Errorf("%d: %v", status, err)
		}
	}
	server.Faults.Set("encrypt", cloudtest.Fault{Status: 503, Code: "UNAVAILABLE"})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	// What the service answered says more than that the time was over.
	_, err := s.Wrap(ctx, gcpKey(testGCPKey), keytest.DataKey())
	var e *call.Error
	if !errors.As(err, &e) || e.Failure != call.Transient || e.Code != "UNAVAILABLE" {
		t.Errorf("got %v", err)
	}
}

func TestGCPEndpoint(t *testing.T) {
	for _, c := range []struct{ endpoint, universe, want string }{
		{"", "", "https://cloudkms.googleapis.com"},
		{"", "s3nsapis.fr", "https://cloudkms.s3nsapis.fr"},
		{"cloudkms.s3nsapis.fr:443", "", "https://cloudkms.s3nsapis.fr:443"},
		{"https://kms.example.com/", "", "https://kms.example.com"},
		{"https://u:p@kms.example.com", "", ""}, {"ftp://x", "", ""}, {"https://x/y", "", ""}, {"", "a/b", ""}, {"", "a@b", ""},
	} {
		got, err := endpointOf(Options{Endpoint: c.endpoint, UniverseDomain: c.universe})
		if got != c.want || (err != nil) != (c.want == "") {
			t.Errorf("%+v: got %q, %v", c, got, err)
		}
	}
}
