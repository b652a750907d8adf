package cloudtest

import (
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// HuaweiKMS speaks encrypt-data and decrypt-data of HuaweiCloud's key
// management.
//
// It enforces: the access key and project of the caller, and that the request
// is signed by its scheme; that the key exists; that a ciphertext is of the key. It does
// not compute the signature, and knows no grants. Faults count "encrypt-data" and
// "decrypt-data".
type HuaweiKMS struct {
	*Server
	Faults             *Faults
	AccessKey, Project string

	keys map[string]cipher.AEAD
}

// NewHuaweiKMS starts a key management with keys by their ids.
func NewHuaweiKMS(t T, keys ...string) *HuaweiKMS {
	t.Helper()
	h := &HuaweiKMS{Faults: &Faults{}, AccessKey: RandomName(20), Project: RandomName(32), keys: make(map[string]cipher.AEAD)}
	for _, k := range keys {
		h.keys[k] = NewAEAD()
	}
	h.Server = serveFor(t, http.HandlerFunc(h.handle))
	return h
}

func (h *HuaweiKMS) handle(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, code, message string) {
		writeJSON(w, status, map[string]any{"error": map[string]any{"error_code": code, "error_msg": message}})
	}
	operation, ok := strings.CutPrefix(r.URL.Path, "/v1.0/"+h.Project+"/kms/")
	fault, done := h.Faults.Begin(operation)
	defer done()
	if fault.Strike(w, r, fail) {
		return
	}
	if !ok || r.Method != http.MethodPost {
		fail(404, "KMS.0102", "not found")
		return
	}
	if auth := r.Header.Get("Authorization"); !strings.HasPrefix(auth, "SDK-HMAC-SHA256 Access="+h.AccessKey+",") || !strings.Contains(auth, "Signature=") || r.Header.Get("X-Sdk-Date") == "" {
		fail(401, "APIGW.0301", "Incorrect IAM authentication information")
		return
	}
	var in struct {
		KeyID      string `json:"key_id"`
		PlainText  string `json:"plain_text"`
		CipherText string `json:"cipher_text"`
	}
	if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
		fail(400, "KMS.0201", "invalid body")
		return
	}
	key, ok := h.keys[in.KeyID]
	if !ok {
		fail(404, "KMS.1101", "the key does not exist")
		return
	}
	switch operation {
	case "encrypt-data":
		nonce := make([]byte, key.NonceSize())
		rand.Read(nonce)
		sealed := key.Seal(nonce, nonce, []byte(in.PlainText), nil)
		writeJSON(w, 200, map[string]any{"key_id": in.KeyID, "cipher_text": base64.StdEncoding.EncodeToString(sealed)})
	case "decrypt-data":
		sealed, err := base64.StdEncoding.DecodeString(in.CipherText)
		if err != nil || len(sealed) < key.NonceSize() {
			fail(400, "KMS.0205", "invalid ciphertext")
			return
		}
		plain, err := key.Open(nil, sealed[:key.NonceSize()], sealed[key.NonceSize():], nil)
		if err != nil {
			fail(400, "KMS.0205", "invalid ciphertext")
			return
		}
		writeJSON(w, 200, map[string]any{"key_id": in.KeyID, "plain_text": string(plain)})
	default:
		fail(404, "KMS.0102", "not found")
	}
}
