// Package azure turns a job's identity into access tokens of Azure, by a federated credential of an application. Call
// [New], which sends nothing. No error quotes a token.
package azure

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

var (
	tenantForm = text.Lazily(`^[0-9A-Za-z][0-9A-Za-z.-]{0,99}$`)
	clientForm = text.Lazily(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	aadsts     = text.Lazily(`AADSTS[0-9]{5,8}`)
)

// Lender exchanges ID tokens for access tokens of Entra ID, by a federated credential of an application
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential).
// The request is that of azidentity's NewClientAssertionCredential, which asks for the tenant's metadata first and does
// not say what a federated credential lacks. A Lender is safe for use by several goroutines, and prints as nothing.
type Lender struct {
	caller   call.Caller
	source   oidc.Source
	s        Settings
	base     string // URL of the authority
	cloud    azureCloud
	audience string

	mu      sync.Mutex
	token   string
	expires time.Time
}

// New checks the settings, and sends nothing.
func New(c *call.Caller, source oidc.Source, s Settings, audience string) (*Lender, error) {
	bad := func(why string) (*Lender, error) {
		return nil, &call.Error{Failure: call.BadSetting, Text: "Azure cannot be asked: " + why}
	}
	cloud, base, err := authorityOf(s)
	if err != nil {
		return nil, err
	}
	switch {
	case !tenantForm().MatchString(s.TenantID):
		return bad("the tenant is not an id or a domain")
	case !clientForm().MatchString(s.ClientID):
		return bad("the client id is invalid")
	}
	az := &Lender{caller: *c, source: source, s: s, base: base, cloud: cloud, audience: audience}
	if az.audience == "" {
		az.audience = cloud.audience
	}
	return az, nil
}

// Scope is what tokens are asked for: the use of key vaults.
func (az *Lender) Scope() string { return "https://" + az.cloud.vaults + "/.default" }

// String implements fmt.Stringer.
func (az *Lender) String() string { return text.Withheld }

// Format implements fmt.Formatter.
func (az *Lender) Format(f fmt.State, _ rune) { f.Write([]byte(text.Withheld)) }

// Token returns an access token for a scope, which must be that of the cloud's key vaults, and when it expires; one
// serves until shortly before. Errors are *call.Error.
func (az *Lender) Token(ctx context.Context, scope string) (token string, expires time.Time, err error) {
	if scope != az.Scope() {
		return "", time.Time{}, &call.Error{Failure: call.BadKey, Text: "the key or secret lies in another cloud of Azure than the authority of this job"}
	}
	az.mu.Lock()
	defer az.mu.Unlock()
	if az.token != "" && az.caller.Now().Add(call.RenewBefore).Before(az.expires) {
		return az.token, az.expires, nil
	}
	err = az.caller.Retry(ctx, func(ctx context.Context) error {
		id, err := az.source.Token(ctx, az.audience)
		if err != nil {
			return err
		}
		token, expires, err := az.exchange(ctx, id)
		if err == nil {
			az.token, az.expires = token, expires
		}
		return err
	})
	return az.token, az.expires, err
}
