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

// Vault speaks the encrypt and decrypt endpoints of HashiCorp Vault's transit
// engine, mounted at any path.
//
// It enforces: the token; that the key exists; that a ciphertext is of the
// key. It does not know policies, namespaces, key versions, derivation or
// convergent encryption. Faults count "encrypt" and "decrypt".
type Vault struct {
	*Server
	Faults *Faults
	Token  string

	mu   sync.Mutex
	keys map[string]cipher.AEAD
	seen []string
}

// NewVault starts a Vault with keys, each as ENGINE/keys/NAME.
func NewVault(t T, keys ...string) *Vault {
	t.Helper()
	v := &Vault{Faults: &Faults{}, Token: "hvs." + randomName(24), keys: make(map[string]cipher.AEAD)}
	for _, k := range keys {
		v.keys[k] = newAEAD()
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

func (v *Vault) handle(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, _, message string) {
		writeJSON(w, status, map[string]any{"errors": []string{message}})
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/v1/")
	parts := strings.Split(path, "/")
	if !ok || len(parts) < 3 || r.Method != http.MethodPut && r.Method != http.MethodPost {
		fail(404, "", "no handler for route")
		return
	}
	n := len(parts)
	operation := parts[n-2]
	fault, done := v.Faults.begin(operation)
	defer done()
	v.mu.Lock()
	v.seen = append(v.seen, r.Header.Get("X-Vault-Token"))
	v.mu.Unlock()
	if fault.strike(w, r, fail) {
		return
	}
	if !same(r.Header.Get("X-Vault-Token"), v.Token) {
		fail(403, "", "permission denied")
		return
	}
	aead := v.keys[strings.Join(parts[:n-2], "/")+"/keys/"+parts[n-1]]
	var in struct {
		Plaintext  []byte
		Ciphertext string
	}
	body, ok := readBody(r)
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
