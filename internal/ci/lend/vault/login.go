// Package vault logs in to Vault and OpenBao by a job's identity, and gives the login back. Call [New], which sends
// nothing; VAULT_TOKEN and a token's file are not used. No error quotes a token or anything of a secret.
package vault

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/ci/ref"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

const service = "Vault"

// Login is a login to HashiCorp Vault or OpenBao by an ID token
// (https://developer.hashicorp.com/vault/api-docs/auth/jwt#jwt-login). Nothing is asked for before it is needed; Close
// gives the login back. It is safe for use by several goroutines, and prints as nothing.
type Login struct {
	w        oidc.World
	source   oidc.Source
	s        Settings
	client   *call.Vault
	audience string

	mu    sync.Mutex
	login *lease
}

// lease is what Vault answers to a login.
type lease struct {
	token   string
	batch   bool // cannot be revoked
	expires time.Time
}

// New checks the settings, and sends nothing. The default audience of the ID token is the address. VAULT_TOKEN and a
// token file are not used.
func New(w *oidc.World, source oidc.Source, s Settings, audience string) (*Login, error) {
	u, err := call.CheckURL("the address of Vault", s.Address)
	if err != nil {
		return nil, err
	}
	if u.RawQuery != "" {
		return nil, badSetting("its address has a query")
	}
	v := &Login{w: *w, source: source, s: s, audience: audience}
	if v.audience == "" {
		v.audience = s.Address
	}
	if v.s.Mount == "" {
		v.s.Mount = "jwt"
	}
	v.s.Mount = strings.TrimPrefix(strings.Trim(v.s.Mount, "/"), "auth/")
	switch {
	case policy.CheckPath(v.s.Mount) != nil:
		return nil, badSetting("its mount is not a path")
	case !call.FitsHeader(s.Namespace):
		return nil, badSetting("its namespace holds an invalid character")
	case s.KVVersion < 0 || s.KVVersion > 2:
		return nil, badSetting("its KV version must be 1 or 2")
	}
	if v.client, err = call.NewVault(call.VaultSettings{Getenv: v.getenv, HTTPClient: w.HTTPClient, Authority: s.CACert}); err != nil {
		return nil, err
	}
	connections := v.client.HTTPClient
	v.client.Caller, v.client.Address = w.Caller, strings.TrimRight(s.Address, "/")
	v.client.HTTPClient = connections
	return v, nil
}

func badSetting(why string) error {
	return &call.Error{Failure: call.BadSetting, Text: "Vault cannot be asked: " + why}
}

// getenv looks up the job's variables that say how Vault is reached: its certificates and proxies. The settings say
// where, and with which role.
func (v *Login) getenv(name string) string {
	switch name {
	case "VAULT_NAMESPACE":
		return v.s.Namespace
	case "VAULT_SKIP_VERIFY":
		value := v.w.Getenv(name)
		if skip, err := strconv.ParseBool(value); err == nil && skip && v.w.HTTPClient == nil {
			v.w.Tell("VAULT_SKIP_VERIFY is set: anybody between this job and Vault can read the job's token and the secrets")
		}
		return value
	case "VAULT_TLS_SERVER_NAME", "VAULT_CLIENT_CERT", "VAULT_CLIENT_KEY", "VAULT_CACERT_BYTES", "VAULT_CAPATH", "VAULT_HTTP_PROXY", "VAULT_PROXY_ADDR":
		return v.w.Getenv(name)
	}
	return ""
}

// HTTPClient makes connections as the login does, for transit keys.
func (v *Login) HTTPClient() *http.Client { return v.client.HTTPClient }

// String implements fmt.Stringer.
func (v *Login) String() string { return text.Withheld }

// Format implements fmt.Formatter.
func (v *Login) Format(f fmt.State, _ rune) { f.Write([]byte(text.Withheld)) }

// Token logs in, once, and returns Vault's token. Errors are *call.Error.
func (v *Login) Token(ctx context.Context) (string, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.login != nil && (v.login.expires.IsZero() || v.w.Now().Before(v.login.expires)) {
		return v.login.token, nil
	}
	err := v.w.Retry(ctx, func(ctx context.Context) error {
		id, err := v.source.Token(ctx, v.audience)
		if err != nil {
			return err
		}
		login, err := v.logIn(ctx, id)
		if err == nil {
			v.login = login
		}
		return err
	})
	if err != nil {
		return "", err
	}
	return v.login.token, nil
}

func (v *Login) logIn(ctx context.Context, id *oidc.Token) (*lease, error) {
	got, err := v.client.LogIn(ctx, v.s.Mount, v.s.Role, id.Raw())
	if err != nil {
		return nil, v.loginError(err, id)
	}
	login := &lease{token: got.Token, batch: got.Batch}
	if got.Duration > 0 {
		login.expires = v.w.Now().Add(got.Duration - 5*time.Second)
	}
	return login, nil
}

// Read gets the field of a secret that a reference names, from a KV engine of either version. Errors are *call.Error
// and quote nothing of the secret.
func (v *Login) Read(ctx context.Context, r policy.Reference) ([]byte, error) {
	if err := ref.Check(r, policy.StoreVault); err != nil {
		return nil, err
	}
	if _, err := v.Token(ctx); err != nil { // first, so that its tries are not those of each try here
		return nil, err
	}
	var data json.RawMessage
	err := v.w.Retry(ctx, func(ctx context.Context) error {
		token, err := v.Token(ctx)
		if err != nil {
			return err
		}
		data, err = v.client.ReadKV(ctx, token, call.KVSecret{Path: r.Path, Version: r.Params["version"], Engine: v.s.KVVersion})
		return err
	})
	if err != nil {
		return nil, ref.About(r, err)
	}
	return ref.Field(r, data)
}

// Close revokes the token. What cannot be revoked, because it is a batch token or was told to stay, or because nobody
// logged in, is left alone.
func (v *Login) Close(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	login := v.login
	v.login = nil
	if login == nil || login.batch || v.s.KeepToken {
		return nil
	}
	if err := v.client.Revoke(ctx, login.token); err != nil {
		return &call.Error{Failure: failureOf(err), Service: service, Text: "its token could not be revoked, and lives until it expires: " + text.Outside(err.Error())}
	}
	return nil
}
