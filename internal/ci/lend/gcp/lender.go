// Package gcp turns a job's identity into access tokens of Google Cloud, by workload identity federation. Call [New],
// which sends nothing. No error quotes a token.
package gcp

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
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

// Lender exchanges ID tokens for access tokens of Google Cloud (workload identity federation,
// https://cloud.google.com/iam/docs/reference/sts/rest). The requests are those of
// golang.org/x/oauth2/google/externalaccount. It is safe for use by several goroutines, and prints as nothing.
type Lender struct {
	caller   call.Caller
	source   oidc.Source
	s        Settings
	audience string

	mu      sync.Mutex
	token   string
	expires time.Time
}

// New checks the settings, and sends nothing.
func New(c *call.Caller, source oidc.Source, s Settings, audience string) (*Lender, error) {
	g := &Lender{caller: *c, source: source, s: s, audience: audience}
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

// Audience is what a provider expects as the audience of ID tokens, unless it was set up with another one.
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

// Token returns an access token and when it expires; one serves until shortly before. Errors are *call.Error.
func (g *Lender) Token(ctx context.Context) (token string, expires time.Time, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.token != "" && g.caller.Now().Add(call.RenewBefore).Before(g.expires) {
		return g.token, g.expires, nil
	}
	err = g.caller.Retry(ctx, func(ctx context.Context) error {
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
	return g.caller.Send(service, r)
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
