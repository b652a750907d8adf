// Package gcp turns a job's identity into access tokens of Google Cloud, by workload
// identity federation. Call [New], which sends nothing. No error quotes a token.
package gcp

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/url"
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

const (
	scope       = "https://www.googleapis.com/auth/cloud-platform"
	defaultLife = 5 * time.Minute
	longestLife = 12 * time.Hour
)

var (
	accountForm = text.Lazily(`^[A-Za-z0-9._-]{1,64}@[A-Za-z0-9.-]{1,190}$`)
	domainForm  = text.Lazily(`^[a-z0-9-]+(\.[a-z0-9-]+)+$`)
)

// Lender exchanges ID tokens for access tokens of Google Cloud (workload identity
// federation, https://cloud.google.com/iam/docs/reference/sts/rest). The
// requests are those of golang.org/x/oauth2/google/externalaccount. It is safe
// for use by several goroutines, and prints as nothing.
type Lender struct {
	w        oidc.World
	source   oidc.Source
	s        Settings
	audience string

	mu      sync.Mutex
	token   string
	expires time.Time
}

// New checks the settings, and sends nothing.
func New(w *oidc.World, source oidc.Source, s Settings, audience string) (*Lender, error) {
	g := &Lender{w: *w, source: source, s: s, audience: audience}
	bad := func(why string) (*Lender, error) {
		return nil, &call.Error{Failure: call.BadSetting, Text: "Google cannot be asked: " + why}
	}
	var err error
	if g.s.Provider, err = policy.ParseGCPProvider(s.Provider); err != nil {
		return bad("the workload identity provider is invalid: " + err.Error())
	}
	if s.ServiceAccount != "" && !accountForm().MatchString(s.ServiceAccount) {
		return bad("the service account is not an e-mail address")
	}
	if g.s.Universe == "" {
		g.s.Universe = "googleapis.com"
	}
	if !domainForm().MatchString(g.s.Universe) {
		return bad("the universe is not a domain")
	}
	if g.s.Lifetime == 0 {
		g.s.Lifetime = defaultLife
	}
	if g.s.Lifetime < time.Second || g.s.Lifetime > longestLife {
		return bad("the lifetime of an access token must be 1 second to 12 hours")
	}
	if g.audience == "" {
		g.audience = Audience(g.s.Provider)
	}
	return g, nil
}

// Audience is what a provider expects as the audience of ID tokens, unless it
// was set up with another one.
func Audience(provider string) string {
	name, err := policy.ParseGCPProvider(provider)
	if err != nil {
		name = provider // New refuses it
	}
	return "https://iam.googleapis.com/" + name
}

// String implements fmt.Stringer.
func (g *Lender) String() string { return text.Withheld }

// Format implements fmt.Formatter.
func (g *Lender) Format(f fmt.State, _ rune) { f.Write([]byte(text.Withheld)) }

// Token returns an access token and when it expires; one serves until shortly
// before. Errors are *call.Error.
func (g *Lender) Token(ctx context.Context) (token string, expires time.Time, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.token != "" && g.w.Now().Add(call.RenewBefore).Before(g.expires) {
		return g.token, g.expires, nil
	}
	err = g.w.Retry(ctx, func(ctx context.Context) error {
		id, err := g.source.Token(ctx, g.audience)
		if err != nil {
			return err
		}
		token, expires, err := g.exchange(ctx, id)
		if err == nil && g.s.ServiceAccount != "" {
			token, expires, err = g.impersonate(ctx, token)
		}
		if err == nil {
			g.token, g.expires = token, expires
		}
		return err
	})
	return g.token, g.expires, err
}

// exchange gets a federated token, which dies with the ID token.
func (g *Lender) exchange(ctx context.Context, id *oidc.Token) (string, time.Time, error) {
	const service = "Google STS"
	form := url.Values{
		"grant_type": {"urn:ietf:params:oauth:grant-type:token-exchange"}, "audience": {"//iam.googleapis.com/" + g.s.Provider},
		"requested_token_type": {"urn:ietf:params:oauth:token-type:access_token"}, "subject_token_type": {"urn:ietf:params:oauth:token-type:jwt"},
		"subject_token": {id.Raw()}, "scope": {scope},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://sts."+g.s.Universe+"/v1/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", time.Time{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := g.w.Send(service, r)
	if err != nil {
		return "", time.Time{}, err
	}
	if !a.OK() {
		return "", time.Time{}, exchangeError(service, a, id)
	}
	var out struct {
		Token   string      `json:"access_token"`
		Seconds json.Number `json:"expires_in"`
	}
	if json.Unmarshal(a.Body, &out) != nil || out.Token == "" || !call.FitsHeader(out.Token) {
		return "", time.Time{}, &call.Error{Failure: call.NotTheService, Service: service, Text: "its answer is invalid"}
	}
	expires := id.Claims.Expires
	if n, err := out.Seconds.Int64(); err == nil && n > 0 && n < 1<<31 {
		expires = g.w.Now().Add(time.Duration(n) * time.Second)
	}
	return out.Token, expires, nil
}

// exchangeError explains an OAuth error (RFC 6749, 5.2).
func exchangeError(service string, a *call.Answer, id *oidc.Token) error {
	var out struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(a.Body, &out) != nil {
		out.Error, out.Description = "", ""
	}
	e := call.StatusError(service, a, out.Error, out.Description)
	if e.Again == call.MayPass {
		return e
	}
	who := "the job presented " + id.Claims.Words()
	switch {
	case strings.HasPrefix(out.Description, "Error connecting to the given credential's issuer"):
		e.Failure, e.Again = call.Transient, call.MayPass // Google could not get the issuer's keys
	case strings.Contains(out.Description, "stale") || strings.Contains(out.Description, "expired"):
		e.Again = call.StaleID
	case out.Error == "invalid_target":
		e.Hint = "the pool or the provider does not exist, is disabled, or was made minutes ago; the name requires the project's number"
	case out.Error == "unauthorized_client":
		e.Hint = "the provider's attribute condition does not let this job in; " + who
	case out.Error == "invalid_grant":
		e.Hint = "the provider's issuer or audiences do not fit; " + who
	}
	return e
}

// impersonate gets a token of the service account
// (https://cloud.google.com/iam/docs/reference/credentials/rest/v1/projects.serviceAccounts/generateAccessToken).
func (g *Lender) impersonate(ctx context.Context, federated string) (string, time.Time, error) {
	const service = "Google IAM credentials"
	body, err := json.Marshal(map[string]any{"scope": []string{scope}, "lifetime": strconv.Itoa(int(g.s.Lifetime/time.Second)) + "s"})
	if err != nil {
		return "", time.Time{}, err
	}
	a, err := g.call(ctx, service, http.MethodPost, "https://iamcredentials."+g.s.Universe+"/v1/projects/-/serviceAccounts/"+url.PathEscape(g.s.ServiceAccount)+":generateAccessToken", federated, body)
	if err != nil {
		return "", time.Time{}, err
	}
	if !a.OK() {
		e := apiError(service, a)
		if a.Status == http.StatusForbidden || a.Status == http.StatusNotFound {
			e.Hint = "the job's principal needs roles/iam.workloadIdentityUser on " + text.Quote(g.s.ServiceAccount)
		}
		return "", time.Time{}, e
	}
	var out struct {
		Token   string    `json:"accessToken"`
		Expires time.Time `json:"expireTime"`
	}
	if json.Unmarshal(a.Body, &out) != nil || out.Token == "" || !call.FitsHeader(out.Token) || !out.Expires.After(g.w.Now()) {
		return "", time.Time{}, &call.Error{Failure: call.NotTheService, Service: service, Text: "its answer is invalid"}
	}
	return out.Token, out.Expires, nil
}

// call sends a request with an access token.
func (g *Lender) call(ctx context.Context, service, method, url, token string, body []byte) (*call.Answer, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	return g.w.Send(service, r)
}

// apiError explains an error of a Google API (https://cloud.google.com/apis/design/errors).
func apiError(service string, a *call.Answer) *call.Error {
	var out struct {
		Error struct{ Status, Message string }
	}
	if json.Unmarshal(a.Body, &out) != nil {
		out.Error.Status = ""
	}
	return call.StatusError(service, a, out.Error.Status, out.Error.Message)
}

// Read gets a secret of Secret Manager
// (https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets.versions/access).
func (g *Lender) Read(ctx context.Context, r policy.Reference) ([]byte, error) {
	const service = "Google Secret Manager"
	project, name, _ := strings.Cut(r.Path, "/")
	version := r.Params["version"]
	if version == "" {
		version = "latest"
	}
	if err := ref.Check(r, policy.StoreGCPSecrets); err != nil {
		return nil, err
	}
	if _, _, err := g.Token(ctx); err != nil {
		return nil, err
	}
	var secret []byte
	err := g.w.Retry(ctx, func(ctx context.Context) error {
		token, _, err := g.Token(ctx)
		if err != nil {
			return err
		}
		a, err := g.call(ctx, service, http.MethodGet, "https://secretmanager."+g.s.Universe+"/v1/projects/"+project+"/secrets/"+name+"/versions/"+version+":access", token, nil)
		if err != nil {
			return err
		}
		if !a.OK() {
			e := apiError(service, a)
			if a.Status == http.StatusNotFound || a.Status == http.StatusBadRequest {
				e.Failure = call.BadKey
			}
			return e
		}
		secret, err = payloadOf(service, a)
		return err
	})
	if err != nil {
		return nil, ref.About(r, err)
	}
	return secret, nil
}

// payloadOf reads the payload and checks its CRC32C
// (https://cloud.google.com/secret-manager/docs/data-integrity).
func payloadOf(service string, a *call.Answer) ([]byte, error) {
	var out struct {
		Payload *struct {
			Data string
			CRC  json.Number `json:"dataCrc32c"`
		}
	}
	bad := func(why string) ([]byte, error) {
		return nil, &call.Error{Failure: call.BadKey, Service: service, Text: why}
	}
	// The checksum is a string of digits.
	if json.Unmarshal(a.Body, &out) != nil || out.Payload == nil {
		return nil, &call.Error{Failure: call.NotTheService, Service: service, Text: "its answer is invalid"}
	}
	secret, err := base64.StdEncoding.DecodeString(out.Payload.Data)
	if err != nil {
		return bad("the secret is not base64")
	}
	if out.Payload.CRC != "" && out.Payload.CRC.String() != strconv.FormatUint(uint64(crc32.Checksum(secret, crc32.MakeTable(crc32.Castagnoli))), 10) {
		return bad("the secret was damaged on the way: its CRC32C does not match")
	}
	return secret, nil
}
