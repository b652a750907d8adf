package cloudtest

import (
	"net/http"
	"strings"
	"sync"
)

// AzureVault is a key vault, for secrets and RSA keys.
//
// It enforces: an access token of its [Entra] that has not expired, after the
// challenge that Microsoft's libraries wait for; the version of the API; a grant
// for each application and permission, as access policies give them; that a key or a secret,
// and the version of it, is there and enabled; that what is decrypted was encrypted to
// the key. It does not know role assignments, firewalls, deletion and recovery, or
// algorithms other than RSA-OAEP-256. The texts of 401 are made up where Key
// Vault's are not documented. Faults count "secret", "key", "encrypt" and
// "decrypt", and "challenge" for what comes without a token.
type AzureVault struct {
	Faults *Faults
	// Name is that of the vault, and its host NAME.vault.azure.net.
	Name string

	entra   *Entra
	mu      sync.Mutex
	secrets map[string][]azureVersion
	keys    map[string][]azureKey
}

// The permissions of an [AzureVault]. Each is for all that the vault holds.
const (
	AzureReadSecret = "secrets get"
	AzureReadKey    = "keys get"
	AzureEncrypt    = "keys encrypt"
	AzureDecrypt    = "keys decrypt"
)

type azureVersion struct {
	id, value string
	disabled  bool
}

// NewAzureVault returns a vault. It is reached as an [Entra] is.
func NewAzureVault(e *Entra, name string) *AzureVault {
	return &AzureVault{Faults: &Faults{}, Name: name, entra: e, secrets: make(map[string][]azureVersion), keys: make(map[string][]azureKey)}
}

// URL is https://HOST, without a slash at its end.
func (v *AzureVault) URL() string { return "https://" + v.Name + ".vault.azure.net" }

// Behind puts the vault behind a proxy.
func (v *AzureVault) Behind(p *Proxy) { p.Handle(v.Name+".vault.azure.net", v) }

// Allow gives an application permissions.
func (v *AzureVault) Allow(client string, permissions ...string) {
	for _, permission := range permissions {
		v.entra.tokens.grant(client, permission, v.Name)
	}
}

// Deny takes all permissions of an application away, in all vaults.
func (v *AzureVault) Deny(client string) { v.entra.tokens.revoke(client) }

// PutSecret adds a version to a secret, and returns its id.
func (v *AzureVault) PutSecret(name, value string) string {
	return v.put(name, azureVersion{value: value})
}

// PutDisabledSecret is PutSecret of a version that is disabled.
func (v *AzureVault) PutDisabledSecret(name string) string {
	return v.put(name, azureVersion{disabled: true})
}

func (v *AzureVault) put(name string, version azureVersion) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	version.id = azureVersionID()
	v.secrets[name] = append(v.secrets[name], version)
	return version.id
}

func azureVersionID() string { return strings.ToLower(RandomName(32)) }

// ServeHTTP implements http.Handler.
func (v *AzureVault) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	operation := map[string]string{"secrets": "secret", "keys": "key"}[parts[0]]
	if len(parts) == 4 && operation == "key" {
		operation = parts[3]
	}
	if r.Header.Get("Authorization") == "" {
		operation = "challenge"
	}
	fail := azureFail(w)
	fault, done := v.Faults.Begin(operation)
	defer done()
	if fault.Strike(w, r, fail) {
		return
	}
	holder, problem := v.entra.tokens.bearer(r)
	if problem != "" {
		v.challenge(w, problem)
		return
	}
	if version := r.URL.Query().Get("api-version"); !strings.HasPrefix(version, "7.") && !strings.HasPrefix(version, "20") {
		fail(400, "BadParameter", "The specified version ("+version+") is not recognized.")
		return
	}
	for len(parts) < 3 {
		parts = append(parts, "")
	}
	permission := map[string]string{"secret": AzureReadSecret, "key": AzureReadKey, "encrypt": AzureEncrypt, "decrypt": AzureDecrypt}[operation]
	if (r.Method == http.MethodPost) != (operation == "encrypt" || operation == "decrypt") || permission == "" {
		fail(405, "MethodNotAllowed", "The method is not allowed.")
		return
	}
	if !v.entra.tokens.may(holder.principal, permission, v.Name) {
		what, do, _ := strings.Cut(permission, " ")
		writeJSON(w, 403, map[string]any{"error": map[string]any{"code": "Forbidden", "message": "The user, group or application 'appid=" + holder.principal + ";oid=" + entraID() + ";iss=https://sts.windows.net/" + v.entra.Tenant +
			"/' does not have " + what + " " + do + " permission on key vault '" + v.Name + ";location=westeurope'. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125287", "innererror": map[string]string{"code": "AccessDenied"}}})
		return
	}
	if operation == "secret" {
		v.readSecret(w, parts[1], parts[2])
		return
	}
	v.useKey(w, r, operation, parts[1], parts[2])
}

// challenge says where a token is to be had
// (https://learn.microsoft.com/azure/key-vault/general/authentication-requests-and-responses#authentication).
func (v *AzureVault) challenge(w http.ResponseWriter, problem string) {
	w.Header().Set("WWW-Authenticate", `Bearer authorization="https://`+EntraHost+`/`+v.entra.Tenant+`", resource="https://vault.azure.net"`)
	message := map[string]string{"missing": "AKV10000: Request is missing a Bearer or PoP token.", "unknown": "[BearerReadAccessTokenFailed] Error validating token.", "expired": "[TokenExpired] Error validating token: the token is expired."}[problem]
	azureFail(w)(401, "Unauthorized", message)
}

// azureFail writes an error of Key Vault
// (https://learn.microsoft.com/azure/key-vault/general/rest-error-codes).
func azureFail(w http.ResponseWriter) func(status int, code, message string) {
	return func(status int, code, message string) {
		writeJSON(w, status, map[string]any{"error": map[string]any{"code": code, "message": message}})
	}
}

// readSecret answers
// https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret.
func (v *AzureVault) readSecret(w http.ResponseWriter, name, version string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for i := len(v.secrets[name]) - 1; i >= 0; i-- {
		s := v.secrets[name][i]
		if version != "" && version != s.id {
			continue
		}
		if s.disabled {
			writeJSON(w, 403, map[string]any{"error": map[string]any{"code": "Forbidden", "message": "Operation get is not allowed on a disabled secret.", "innererror": map[string]string{"code": "SecretDisabled"}}})
			return
		}
		writeJSON(w, 200, map[string]any{"value": s.value, "id": v.URL() + "/secrets/" + name + "/" + s.id, "attributes": map[string]any{"enabled": true}})
		return
	}
	azureFail(w)(404, "SecretNotFound", "A secret with (name/id) "+strings.TrimSuffix(name+"/"+version, "/")+" was not found in this key vault. If you recently deleted this secret you may be able to recover it using the correct recovery command. For help resolving this issue, please see https://go.microsoft.com/fwlink/?linkid=2125182")
}
