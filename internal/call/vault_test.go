package call

import (
	"context"
	"encoding/pem"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const vaultToken = "hvs.throwawaythrowawaythrowaway" // of these tests, and of no Vault

func vaultOf(t *testing.T, env map[string]string) *Vault {
	t.Helper()
	v, err := NewVault(VaultSettings{Getenv: func(name string) string { return env[name] }})
	if err != nil {
		t.Fatal(err)
	}
	v.Sleep = func(context.Context, time.Duration) error { return nil }
	return v
}

// The variables of the vault program say how it is reached, and what is sent.
func TestVaultSettings(t *testing.T) {
	var got http.Header
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r.Header
		io.WriteString(w, `{"data":{"ciphertext":"vault:v1:x"}}`)
	}))
	server.Config.ErrorLog = quiet()
	server.StartTLS()
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	agent := &http.Server{Handler: server.Config.Handler}
	go agent.Serve(l)
	t.Cleanup(func() { agent.Close() })
	for name, tt := range map[string]struct {
		env  map[string]string
		fail Failure // of the call; 0 with no text: none
		text string
	}{
		"authority":         {map[string]string{"VAULT_CACERT": ca}, 0, ""},
		"its name":          {map[string]string{"VAULT_CACERT": ca, "VAULT_TLS_SERVER_NAME": "example.com"}, 0, ""},
		"another name":      {map[string]string{"VAULT_CACERT": ca, "VAULT_TLS_SERVER_NAME": "vault.invalid"}, NotTheService, "certificate"},
		"the system's":      {nil, NotTheService, "certificate"},
		"socket of agent":   {map[string]string{"VAULT_AGENT_ADDR": "unix://" + socket, "VAULT_HTTP_PROXY": "http://127.0.0.1:1"}, 0, ""},
		"a proxy for it":    {map[string]string{"VAULT_CACERT": ca, "VAULT_PROXY_ADDR": "http://127.0.0.1:1"}, Transient, "refused"},
		"headers, as asked": {map[string]string{"VAULT_CACERT": ca, "VAULT_HEADERS": `{"X-Gate":"g"}`, "VAULT_NAMESPACE": "/team/a"}, 0, ""},
	} {
		t.Run(name, func(t *testing.T) {
			got = nil
			v := vaultOf(t, tt.env)
			if v.Address == "" {
				v.Address = server.URL
			}
			out, err := v.Transit(t.Context(), vaultToken, "transit", "encrypt", "k", Transit{Plaintext: []byte("x")})
			if tt.text != "" {
				wantFailure(t, err, tt.fail, tt.text)
				return
			}
			if err != nil || out.Ciphertext != "vault:v1:x" || got.Get("X-Vault-Token") != vaultToken || got.Get("X-Vault-Request") != "true" {
				t.Fatalf("got %+v, %v", out, err)
			}
			if tt.env["VAULT_HEADERS"] != "" && (got.Get("X-Gate") != "g" || got.Get("X-Vault-Namespace") != "team/a/") {
				t.Errorf("headers %v", got)
			}
		})
	}
}

// What cannot be followed is refused before anything is sent.
func TestVaultRefusesVariables(t *testing.T) {
	for name, value := range map[string]string{
		"VAULT_CACERT": "/nonexistent", "VAULT_CACERT_BYTES": "x", "VAULT_CAPATH": "/nonexistent", "VAULT_CLIENT_CERT": "/nonexistent",
		"VAULT_SKIP_VERIFY": "perhaps", "VAULT_MAX_RETRIES": "many", "VAULT_CLIENT_TIMEOUT": "-1s", "VAULT_HTTP_PROXY": "://", "VAULT_PROXY_ADDR": "host",
		"VAULT_HEADERS": `{"x-VAULT-token":"x"}`, "VAULT_NAMESPACE": "a\r\nX-Vault-Token: b", "VAULT_AGENT_ADDR": "http://u@127.0.0.1:8200",
	} {
		_, err := NewVault(VaultSettings{Getenv: func(n string) string {
			if n == name {
				return value
			}
			return ""
		}})
		wantFailure(t, err, BadSetting)
	}
	for _, agent := range []string{"http://127.0.0.1:8200/x", "http://127.0.0.1:8200?x", "http://127.0.0.1:8200#x", "ftp://127.0.0.1", "unix://", "http://"} {
		if _, _, err := vaultAgent(agent); err == nil {
			t.Errorf("%s is an agent", agent)
		}
	}
}

// A key service is asked again while it may pass, as often as the person said, and its
// words are not repeated.
func TestVaultTransitTriesAgain(t *testing.T) {
	for name, tt := range map[string]struct {
		status  int
		retries string
		calls   int32
		failure Failure
	}{
		"sealed": {503, "", 3, Transient}, "behind": {412, "", 3, Transient}, "busy": {429, "1", 2, Transient}, "broken": {500, "0", 1, Transient},
		"never made": {501, "", 1, Transient}, "denied": {403, "", 1, Refused}, "no key": {404, "", 1, BadKey}, "other": {400, "", 1, BadKey},
	} {
		t.Run(name, func(t *testing.T) {
			url, count := endpoint(t, func(_ int, w http.ResponseWriter, _ *http.Request) {
				w.WriteHeader(tt.status)
				io.WriteString(w, `{"errors":["CANARY"]}`)
			})
			v := vaultOf(t, map[string]string{"VAULT_MAX_RETRIES": tt.retries})
			v.Address = url
			_, err := v.Transit(t.Context(), vaultToken, "transit", "decrypt", "k", Transit{Ciphertext: "x"})
			if e := wantFailure(t, err, tt.failure, "HTTP status"); strings.Contains(e.Error(), "CANARY") {
				t.Errorf("quotes the server: %v", e)
			}
			if count.Load() != tt.calls {
				t.Errorf("%d calls, want %d", count.Load(), tt.calls)
			}
		})
	}
}
