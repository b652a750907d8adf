package cloudtest

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/json"
	"hash/crc32"
	"net/http"
	"strconv"
	"strings"
)

// GCPKMS speaks encrypt and decrypt of Google Cloud KMS over REST.
//
// It enforces: the access token; that the key exists; the CRC32C of what it is
// sent, where there is one; that a ciphertext is of the key. It does not know
// IAM, key versions beyond 1, or additional authenticated data. Faults count
// "encrypt" and "decrypt".
type GCPKMS struct {
	*Server
	Faults *Faults
	Token  string

	keys map[string]cipher.AEAD
}

// NewGCPKMS starts a Cloud KMS with keys by resource name.
func NewGCPKMS(t T, keys ...string) *GCPKMS {
	t.Helper()
	g := &GCPKMS{Faults: &Faults{}, Token: "ya29." + randomName(24), keys: make(map[string]cipher.AEAD)}
	for _, k := range keys {
		g.keys[k] = newAEAD()
	}
	g.Server = serveFor(t, http.HandlerFunc(g.handle))
	return g
}

func (g *GCPKMS) handle(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, code, message string) {
		writeJSON(w, status, map[string]any{"error": map[string]any{"code": status, "message": message, "status": code}})
	}
	path, ok := strings.CutPrefix(r.URL.Path, "/v1/")
	name, operation, found := strings.Cut(path, ":")
	if i := strings.LastIndexByte(path, ':'); i >= 0 {
		name, operation = path[:i], path[i+1:]
	}
	fault, done := g.Faults.begin(operation)
	defer done()
	if fault.strike(w, r, fail) {
		return
	}
	if !ok || !found || r.Method != http.MethodPost {
		fail(404, "NOT_FOUND", "not found")
		return
	}
	if !same(r.Header.Get("Authorization"), "Bearer "+g.Token) {
		fail(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
		return
	}
	var in struct {
		Plaintext, Ciphertext             []byte
		PlaintextCrc32c, CiphertextCrc32c string
	}
	body, ok := readBody(r)
	if !ok || json.Unmarshal(body, &in) != nil {
		fail(400, "INVALID_ARGUMENT", "Invalid JSON payload received.")
		return
	}
	aead := g.keys[name]
	if aead == nil {
		fail(404, "NOT_FOUND", "CryptoKey "+name+" not found.")
		return
	}
	if in.PlaintextCrc32c != "" && in.PlaintextCrc32c != crc32c(in.Plaintext) || in.CiphertextCrc32c != "" && in.CiphertextCrc32c != crc32c(in.Ciphertext) {
		fail(400, "INVALID_ARGUMENT", "The checksum does not match.")
		return
	}
	switch operation {
	case "encrypt":
		nonce := make([]byte, aead.NonceSize())
		rand.Read(nonce)
		sealed := aead.Seal(nonce, nonce, in.Plaintext, nil)
		writeJSON(w, 200, map[string]any{"name": name + "/cryptoKeyVersions/1", "ciphertext": sealed, "ciphertextCrc32c": crc32c(sealed),
			"verifiedPlaintextCrc32c": in.PlaintextCrc32c != "", "protectionLevel": "SOFTWARE"})
	case "decrypt":
		n := aead.NonceSize()
		if len(in.Ciphertext) < n {
			fail(400, "INVALID_ARGUMENT", "Decryption failed: the ciphertext is invalid.")
			return
		}
		plaintext, err := aead.Open(nil, in.Ciphertext[:n], in.Ciphertext[n:], nil)
		if err != nil {
			fail(400, "INVALID_ARGUMENT", "Decryption failed: the ciphertext is invalid.")
			return
		}
		writeJSON(w, 200, map[string]any{"plaintext": plaintext, "plaintextCrc32c": crc32c(plaintext), "usedPrimary": true})
	default:
		fail(404, "NOT_FOUND", "not found")
	}
}

func crc32c(b []byte) string {
	return strconv.FormatUint(uint64(crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))), 10)
}
