package call

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
)

// vaultService is Vault in messages.
const vaultService = "Vault"

// Vault is a server of HashiCorp Vault or OpenBao. [NewVault] makes one.
type Vault struct {
	Caller
	Address string // without a slash at its end
	header  http.Header
}

// Ask sends one request for a path behind /v1/. token may be empty, and body nil. A
// failure of Vault's own is an answer, see [VaultError].
func (v *Vault) Ask(ctx context.Context, method, path, token string, body any) (*Answer, error) {
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, v.Address+"/v1/"+path, &content)
	if err != nil {
		return nil, &Error{Failure: BadSetting, Service: vaultService, Text: "its address cannot be read"}
	}
	r.Header = v.header.Clone()
	r.Header.Set("X-Vault-Request", "true")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" { // an agent may add one
		r.Header.Set("X-Vault-Token", token)
	}
	a, err := v.Send(vaultService, r)
	var e *Error
	if errors.As(err, &e) && e.Status >= 300 && e.Status < 400 {
		e.Hint = "a standby sends its clients to the active node: name that, or the cluster's own address (VAULT_ADDR, --vault-addr, the key's name)"
	}
	return a, err
}

// VaultError sorts an answer that means failure, with Vault's words. Vault has a status
// for a node that lags behind (412), is sealed or a standby (503), or was never
// initialized (501).
func VaultError(a *Answer) *Error {
	return vaultStatus(StatusError(vaultService, a, "", vaultWords(a)))
}

func vaultStatus(e *Error) *Error {
	switch e.Status {
	case http.StatusPreconditionFailed:
		e.Failure, e.Again = Transient, MayPass
	case http.StatusNotImplemented:
		e.Again = ForGood
	}
	return e
}

// vaultWords reads the list that Vault answers with.
func vaultWords(a *Answer) string {
	var out struct{ Errors []string }
	if json.Unmarshal(a.Body, &out) != nil || len(out.Errors) == 0 {
		return ""
	}
	return strings.Join(out.Errors, "; ")
}

// escapePath escapes the parts of a path.
func escapePath(path string) string {
	parts := strings.Split(path, "/")
	for i, p := range parts {
		parts[i] = url.PathEscape(p)
	}
	return strings.Join(parts, "/")
}
