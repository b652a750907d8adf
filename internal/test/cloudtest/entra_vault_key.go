package cloudtest

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

// azureKey is one version of an RSA key.
type azureKey struct {
	id      string
	private *rsa.PrivateKey
}

// AddKey adds a version to a key, and returns the URL of that version.
func (v *AzureVault) AddKey(t T, name string) string {
	t.Helper()
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatalf("%v", err)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	k := azureKey{azureVersionID(), private}
	v.keys[name] = append(v.keys[name], k)
	return v.URL() + "/keys/" + name + "/" + k.id
}

// useKey answers what sops asks of keys: get, encrypt and decrypt
// (https://learn.microsoft.com/rest/api/keyvault/keys/decrypt/decrypt).
func (v *AzureVault) useKey(w http.ResponseWriter, r *http.Request, operation, name, version string) {
	fail := azureFail(w)
	v.mu.Lock()
	var key *azureKey
	for i := range v.keys[name] {
		if k := &v.keys[name][i]; version == "" || version == k.id {
			key = k
		}
	}
	v.mu.Unlock()
	if key == nil {
		fail(404, "KeyNotFound", "A key with (name/id) "+strings.TrimSuffix(name+"/"+version, "/")+" was not found in this key vault. If you recently deleted this key you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182")
		return
	}
	kid := v.URL() + "/keys/" + name + "/" + key.id
	if operation == "key" {
		writeJSON(w, 200, map[string]any{"key": map[string]any{"kid": kid, "kty": "RSA", "key_ops": []string{"encrypt", "decrypt"}}, "attributes": map[string]any{"enabled": true}})
		return
	}
	var in struct{ Alg, Value string }
	body, ok := ReadBody(r)
	if !ok || json.Unmarshal(body, &in) != nil || in.Alg != "RSA-OAEP-256" {
		fail(400, "BadParameter", "Property alg has invalid value")
		return
	}
	value, err := base64.RawURLEncoding.DecodeString(in.Value)
	if err == nil && operation == "encrypt" {
		value, err = rsa.EncryptOAEP(sha256.New(), rand.Reader, &key.private.PublicKey, value, nil)
	} else if err == nil {
		value, err = rsa.DecryptOAEP(sha256.New(), nil, key.private, value, nil)
	}
	if err != nil {
		fail(400, "BadParameter", "The parameter is incorrect.")
		return
	}
	writeJSON(w, 200, map[string]string{"kid": kid, "value": base64.RawURLEncoding.EncodeToString(value)})
}
