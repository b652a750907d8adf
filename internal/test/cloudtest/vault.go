package cloudtest

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"sync"
)

// Vault speaks what gitsecrets uses of HashiCorp Vault: the transit engine's
// encrypt and decrypt, logins by JWT, the KV engine in both versions with its
// preflight, and a token's lookup-self and revoke-self. Engines and methods are mounted
// at any path; a namespace, as a header or in the path, is the beginning of the
// path. One Vault may have more addresses: OverTLS and Standby.
//
// It enforces: the token, its life and its policies by path; a role's bounds;
// that the key exists; that a ciphertext is of the key. It does not know leases
// that are renewed, response wrapping, key versions, derivation or convergent
// encryption. Faults count "encrypt", "decrypt", "login", "mounts", "read",
// "revoke-self" and "lookup-self".
type Vault struct {
	*Server
	Faults *Faults
	Token  string // may do everything

	mu       sync.Mutex
	keys     map[string]cipher.AEAD
	seen     []string
	requests []string
	roles    map[string]VaultRole
	lent     map[string]*vaultLent
	kv       map[string]*vaultKV // by mount
}

// NewVault starts a Vault with keys, each as ENGINE/keys/NAME.
func NewVault(t T, keys ...string) *Vault {
	t.Helper()
	v := &Vault{Faults: &Faults{}, Token: "hvs." + RandomName(24), keys: make(map[string]cipher.AEAD),
		roles: make(map[string]VaultRole), lent: make(map[string]*vaultLent), kv: make(map[string]*vaultKV)}
	for _, k := range keys {
		v.keys[k] = NewAEAD()
	}
	v.Server = serveFor(t, http.HandlerFunc(v.handle))
	return v
}

// Tokens returns the tokens that were sent, right or wrong.
func (v *Vault) Tokens() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.seen...)
}

// Requests returns "METHOD /path" of every request, in order.
func (v *Vault) Requests() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	return append([]string(nil), v.requests...)
}

func (v *Vault) handle(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, _, message string) {
		writeJSON(w, status, map[string]any{"errors": []string{message}})
	}
	namespace := strings.Trim(r.Header.Get("X-Vault-Namespace"), "/")
	path, ok := strings.CutPrefix(r.URL.Path, "/v1/")
	if namespace != "" {
		path = namespace + "/" + path
	}
	operation := vaultOperation(r.Method, path)
	fault, done := v.Faults.Begin(operation)
	defer done()
	token := r.Header.Get("X-Vault-Token")
	v.mu.Lock()
	v.requests = append(v.requests, r.Method+" "+r.URL.Path)
	if operation != "login" {
		v.seen = append(v.seen, token)
	}
	v.mu.Unlock()
	if fault.Strike(w, r, func(status int, code, message string) {
		if fault.Echo {
			message += " " + token
		}
		fail(status, code, message)
	}) {
		return
	}
	if !ok || operation == "" {
		fail(404, "", "no handler for route")
		return
	}
	if operation == "login" {
		v.login(w, r, path, fail)
		return
	}
	if token == "" {
		fail(403, "", vaultDenied)
		return
	}
	lent, ok := v.tokenOf(token)
	if !ok {
		fail(403, "", "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n")
		return
	}
	switch operation {
	case "revoke-self", "lookup-self":
		v.self(w, operation, token, lent, fail)
	case "mounts":
		v.preflight(w, path, lent, fail)
	case "read":
		v.read(w, r, path, lent, fail)
	default:
		v.transit(w, r, operation, path, lent, fail)
	}
}

// vaultOperation is what a request asks for, by the end of its path.
func vaultOperation(method, path string) string {
	parts := strings.Split(path, "/")
	n := len(parts)
	writes := method == http.MethodPut || method == http.MethodPost
	switch {
	case n < 2:
	case method == http.MethodGet && strings.Contains("/"+path, vaultMounts):
		return "mounts"
	case strings.HasSuffix("/"+path, "/auth/token/lookup-self") && method == http.MethodGet:
		return "lookup-self"
	case strings.HasSuffix("/"+path, "/auth/token/revoke-self") && writes:
		return "revoke-self"
	case writes && parts[n-1] == "login" && strings.Contains("/"+path, "/auth/"):
		return "login"
	case writes && (parts[n-2] == "encrypt" || parts[n-2] == "decrypt"):
		return parts[n-2]
	case method == http.MethodGet:
		return "read"
	}
	return ""
}

func (v *Vault) transit(w http.ResponseWriter, r *http.Request, operation, path string, lent *vaultLent, fail failure) {
	if !lent.may(path, "update") {
		fail(403, "", vaultDenied)
		return
	}
	parts := strings.Split(path, "/")
	n := len(parts)
	name := strings.Join(parts[:n-2], "/") + "/keys/" + parts[n-1]
	aead := v.keys[name]
	if aead == nil { // keys are in every namespace
		aead = v.keys[strings.TrimPrefix(name, strings.Trim(r.Header.Get("X-Vault-Namespace"), "/")+"/")]
	}
	var in struct {
		Plaintext  []byte
		Ciphertext string
	}
	body, ok := ReadBody(r)
	if !ok || json.Unmarshal(body, &in) != nil || aead == nil {
		fail(400, "", "encryption key not found")
		return
	}
	const prefix = "vault:v1:"
	switch operation {
	case "encrypt":
		nonce := make([]byte, aead.NonceSize())
		rand.Read(nonce)
		sealed := aead.Seal(nonce, nonce, in.Plaintext, nil)
		writeJSON(w, 200, map[string]any{"data": map[string]any{"ciphertext": prefix + base64.StdEncoding.EncodeToString(sealed), "key_version": 1}})
	case "decrypt":
		text, ok := strings.CutPrefix(in.Ciphertext, prefix)
		sealed, err := base64.StdEncoding.DecodeString(text)
		if !ok || err != nil || len(sealed) < aead.NonceSize() {
			fail(400, "", "invalid ciphertext: no prefix")
			return
		}
		plaintext, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], nil)
		if err != nil {
			fail(400, "", "cipher: message authentication failed")
			return
		}
		writeJSON(w, 200, map[string]any{"data": map[string]any{"plaintext": plaintext}})
	default:
		fail(404, "", "unsupported path")
	}
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(body)
}
