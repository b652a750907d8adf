package ci

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

const vaultService = "Vault"

// Vault is a login to HashiCorp Vault or OpenBao by an ID token
// (https://developer.hashicorp.com/vault/api-docs/auth/jwt#jwt-login). Nothing is
// asked for before it is needed; Close gives the login back. It is safe for
// use by several goroutines, and prints as nothing.
type Vault struct {
	w        World
	source   Source
	s        VaultSettings
	base     string // of the address, without a slash at its end
	audience string

	mu    sync.Mutex
	login *vaultLogin
}

// vaultLogin is what Vault answers to a login.
type vaultLogin struct {
	token   string
	batch   bool // cannot be revoked
	expires time.Time
}

// NewVault checks the settings, and sends nothing. The default audience of the ID
// token is the address. VAULT_TOKEN and a token file are not used.
func NewVault(w *World, source Source, s VaultSettings, audience string) (*Vault, error) {
	u, err := call.CheckURL("the address of Vault", s.Address)
	if err != nil {
		return nil, err
	}
	if u.RawQuery != "" {
		return nil, badVault("its address has a query")
	}
	v := &Vault{w: *w, source: source, s: s, base: strings.TrimRight(s.Address, "/"), audience: audience}
	if v.audience == "" {
		v.audience = s.Address
	}
	if v.s.Mount == "" {
		v.s.Mount = "jwt"
	}
	v.s.Mount = strings.TrimPrefix(strings.Trim(v.s.Mount, "/"), "auth/")
	switch {
	case policy.CheckPath(v.s.Mount) != nil:
		return nil, badVault("its mount is no path")
	case strings.ContainsFunc(s.Namespace, notInHeader):
		return nil, badVault("its namespace has a character that no namespace has")
	case s.KVVersion < 0 || s.KVVersion > 2:
		return nil, badVault("its KV version is 1 or 2")
	}
	if v.w.HTTPClient == nil {
		if v.w.HTTPClient, err = v.client(); err != nil {
			return nil, err
		}
	}
	return v, nil
}

func badVault(why string) error {
	return &call.Error{Failure: call.BadSetting, Text: "Vault cannot be asked: " + why}
}

func notInHeader(r rune) bool { return r <= 0x20 || r >= 0x7f }

// client makes connections with the authority of the settings.
func (v *Vault) client() (*http.Client, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if v.s.CACert != "" {
		pem, err := readSmallFile(v.s.CACert)
		if err != nil {
			return nil, err
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(pem) {
			return nil, badVault("there is no certificate in " + text.Quote(v.s.CACert))
		}
	}
	if skip, err := strconv.ParseBool(v.w.Getenv("VAULT_SKIP_VERIFY")); err == nil && skip {
		v.w.Tell("VAULT_SKIP_VERIFY is set: whoever stands between this job and Vault gets the job's token and the secrets")
		config.InsecureSkipVerify = true
	}
	return &http.Client{Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSClientConfig: config, ForceAttemptHTTP2: true,
		DialContext:         (&net.Dialer{Timeout: call.AttemptTime}).DialContext,
		TLSHandshakeTimeout: call.AttemptTime, MaxIdleConnsPerHost: 32, IdleConnTimeout: time.Minute,
	}}, nil
}

// maxSmallFile bounds files of certificates.
const maxSmallFile = 1 << 20

func readSmallFile(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err == nil && (!info.Mode().IsRegular() || info.Size() > maxSmallFile) {
		return nil, &call.Error{Failure: call.BadSetting, Text: text.Quote(path) + " is no regular file of a sensible size"}
	}
	var pem []byte
	if err == nil {
		pem, err = os.ReadFile(path)
	}
	if err != nil {
		return nil, &call.Error{Failure: call.BadSetting, Text: "the file " + text.Quote(path) + " cannot be read"}
	}
	return pem, nil
}

// HTTPClient makes connections as the login does, for transit keys.
func (v *Vault) HTTPClient() *http.Client { return v.w.HTTPClient }

// String implements fmt.Stringer.
func (v *Vault) String() string { return text.Withheld }

// Format implements fmt.Formatter.
func (v *Vault) Format(f fmt.State, _ rune) { f.Write([]byte(text.Withheld)) }

// Token logs in, once, and returns Vault's token. Errors are *call.Error.
func (v *Vault) Token(ctx context.Context) (string, error) {
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

func (v *Vault) logIn(ctx context.Context, id *Token) (*vaultLogin, error) {
	body := map[string]string{"jwt": id.Raw()}
	if v.s.Role != "" {
		body["role"] = v.s.Role
	}
	a, err := v.request(ctx, http.MethodPost, "auth/"+v.s.Mount+"/login", "", body)
	if err != nil {
		return nil, err
	}
	if !a.OK() {
		return nil, v.loginError(a, id)
	}
	var out struct {
		Auth struct {
			Token    string `json:"client_token"`
			Type     string `json:"token_type"`
			Duration int64  `json:"lease_duration"`
		} `json:"auth"`
	}
	if json.Unmarshal(a.Body, &out) != nil || out.Auth.Token == "" || strings.ContainsFunc(out.Auth.Token, notInHeader) {
		return nil, &call.Error{Failure: call.NotTheService, Service: vaultService, Text: "its answer to the login is not one of Vault's"}
	}
	login := &vaultLogin{token: out.Auth.Token, batch: out.Auth.Type == "batch"}
	if d := out.Auth.Duration; d > 0 && d < 1<<31 {
		login.expires = v.w.Now().Add(time.Duration(d)*time.Second - 5*time.Second)
	}
	return login, nil
}

// request sends one request. token may be empty.
func (v *Vault) request(ctx context.Context, method, path, token string, body any) (*call.Answer, error) {
	var content bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&content).Encode(body); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, v.base+"/v1/"+path, &content)
	if err != nil {
		return nil, badVault("its address cannot be read")
	}
	r.Header.Set("X-Vault-Request", "true")
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	if token != "" {
		r.Header.Set("X-Vault-Token", token)
	}
	if v.s.Namespace != "" {
		r.Header.Set("X-Vault-Namespace", v.s.Namespace)
	}
	a, err := v.w.Send(vaultService, r)
	var e *call.Error
	if errors.As(err, &e) && strings.Contains(e.Text, "redirect") {
		e.Hint = "a standby sends its clients to the active node: name that, or the cluster's own address, with --vault-addr"
	}
	return a, err
}

// Close revokes the token. What cannot be revoked, because it is a batch token
// or was told to stay, or because nobody logged in, is left alone.
func (v *Vault) Close(ctx context.Context) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	login := v.login
	v.login = nil
	if login == nil || login.batch || v.s.KeepToken {
		return nil
	}
	a, err := v.request(ctx, http.MethodPost, "auth/token/revoke-self", login.token, struct{}{})
	if err == nil && !a.OK() {
		err = call.StatusError(vaultService, a, "", "HTTP status "+strconv.Itoa(a.Status))
	}
	if err != nil {
		return &call.Error{Failure: kindOf(err), Service: vaultService, Text: "its token could not be revoked, and lives until it expires: " + text.Outside(err.Error())}
	}
	return nil
}
