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
// sent, where there is one; that a ciphertext is of the key. As a part of a [Google]
// it enforces that cloud's access tokens and grants, too; alone it does not know
// IAM. It does not know key versions beyond 1, or additional authenticated data. Faults
// count "encrypt" and "decrypt".
type GCPKMS struct {
	*Server
	Faults *Faults
	Token  string

	keys  map[string]cipher.AEAD
	cloud *Google // nil if it stands alone
}

// NewGCPKMS starts a Cloud KMS with keys by resource name.
func NewGCPKMS(t T, keys ...string) *GCPKMS {
	t.Helper()
	g := &GCPKMS{Faults: &Faults{}, Token: "ya29." + RandomName(24), keys: make(map[string]cipher.AEAD)}
	for _, k := range keys {
		g.keys[k] = NewAEAD()
	}
	g.Server = serveFor(t, http.HandlerFunc(g.handle))
	return g
}

func (g *GCPKMS) handle(w http.ResponseWriter, r *http.Request) {
	fail := googleFail(w)
	path, ok := strings.CutPrefix(r.URL.Path, "/v1/")
	name, operation, found := strings.Cut(path, ":")
	if i := strings.LastIndexByte(path, ':'); i >= 0 {
		name, operation = path[:i], path[i+1:]
	}
	fault, done := g.Faults.Begin(operation)
	defer done()
	if fault.Strike(w, r, fail) {
		return
	}
	if !ok || !found || r.Method != http.MethodPost {
		fail(404, "NOT_FOUND", "not found")
		return
	}
	if !g.allows(w, r, name, operation) {
		return
	}
	var in struct {
		Plaintext, Ciphertext             []byte
		PlaintextCrc32c, CiphertextCrc32c string
	}
	body, ok := ReadBody(r)
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

// allows checks the access token and what it is good for, or answers the request.
// Token may do everything.
func (g *GCPKMS) allows(w http.ResponseWriter, r *http.Request, key, operation string) bool {
	if Same(r.Header.Get("Authorization"), "Bearer "+g.Token) {
		return true
	}
	if g.cloud == nil {
		googleUnauthenticated(w, "unknown")
		return false
	}
	principal, ok := g.cloud.bearer(w, r)
	if !ok {
		return false
	}
	permission := GoogleDecrypt
	if operation == "encrypt" {
		permission = GoogleEncrypt
	}
	if !g.cloud.tokens.may(principal, permission, key) {
		googleFail(w)(403, "PERMISSION_DENIED", "Permission '"+permission+"' denied on resource '"+key+"' (or it may not exist).")
		return false
	}
	return true
}

func crc32c(b []byte) string {
	return strconv.FormatUint(uint64(crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))), 10)
}
