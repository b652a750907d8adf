package call

import (
	"context"
	"encoding/json"
	"net/http"
	"time"
)

// VaultLogin is what Vault answers to a login.
type VaultLogin struct {
	Token    string
	Batch    bool          // cannot be revoked
	Duration time.Duration // 0 if Vault does not say
}

// LogIn shows an ID token to a JWT method
// (https://developer.hashicorp.com/vault/api-docs/auth/jwt#jwt-login). role may be
// empty: the mount's default.
func (v *Vault) LogIn(ctx context.Context, mount, role, jwt string) (*VaultLogin, error) {
	body := map[string]string{"jwt": jwt}
	if role != "" {
		body["role"] = role
	}
	a, err := v.Ask(ctx, http.MethodPost, "auth/"+mount+"/login", "", body)
	if err != nil {
		return nil, err
	}
	if !a.OK() {
		return nil, VaultError(a)
	}
	var out struct {
		Auth struct {
			Token    string `json:"client_token"`
			Type     string `json:"token_type"`
			Duration int64  `json:"lease_duration"`
		} `json:"auth"`
	}
	if json.Unmarshal(a.Body, &out) != nil || out.Auth.Token == "" || !FitsHeader(out.Auth.Token) {
		return nil, &Error{Failure: NotTheService, Service: vaultService, Text: "its answer to the login is invalid"}
	}
	login := &VaultLogin{Token: out.Auth.Token, Batch: out.Auth.Type == "batch"}
	if d := out.Auth.Duration; d > 0 && d < 1<<31 {
		login.Duration = time.Duration(d) * time.Second
	}
	return login, nil
}

// Revoke ends the life of a token.
func (v *Vault) Revoke(ctx context.Context, token string) error {
	a, err := v.Ask(ctx, http.MethodPost, "auth/token/revoke-self", token, struct{}{})
	if err == nil && !a.OK() {
		return StatusError(vaultService, a, "", "")
	}
	return err
}
