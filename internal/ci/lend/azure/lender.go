// Package azure turns a job's identity into access tokens of Azure, by a federated
// credential of an application. Call [New], which sends nothing. No error quotes a
// token.
package azure

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/ci/ref"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// azureCloud is one of Azure's clouds, as in
// github.com/Azure/azure-sdk-for-go/sdk/azcore/cloud and
// https://learn.microsoft.com/entra/workload-id/workload-identity-federation-create-trust.
type azureCloud struct{ authority, vaults, audience string }

func clouds() []azureCloud {
	return []azureCloud{
		{"login.microsoftonline.com", "vault.azure.net", "api://AzureADTokenExchange"},
		{"login.microsoftonline.us", "vault.usgovcloudapi.net", "api://AzureADTokenExchangeUSGov"},
		{"login.chinacloudapi.cn", "vault.azure.cn", "api://AzureADTokenExchangeChina"},
		{"login.partner.microsoftonline.cn", "vault.azure.cn", "api://AzureADTokenExchangeChina"},
	}
}

var (
	tenantForm = text.Lazily(`^[0-9A-Za-z][0-9A-Za-z.-]{0,99}$`)
	clientForm = text.Lazily(`^[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}$`)
	aadsts     = text.Lazily(`AADSTS[0-9]{5,8}`)
)

// Lender exchanges ID tokens for access tokens of Entra ID, by a federated
// credential of an application
// (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow#third-case-access-token-request-with-a-federated-credential).
// The request is that of azidentity's NewClientAssertionCredential, which asks for the
// tenant's metadata first and does not say what a federated credential lacks. A Lender is
// safe for use by several goroutines, and prints as nothing.
type Lender struct {
	w        oidc.World
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
func New(w *oidc.World, source oidc.Source, s Settings, audience string) (*Lender, error) {
	bad := func(why string) (*Lender, error) {
		return nil, &call.Error{Failure: call.BadSetting, Text: "Azure cannot be asked: " + why}
	}
	cloud, base, err := authorityOf(s)
	if err != nil {
		return nil, err
	}
	switch {
	case !tenantForm().MatchString(s.TenantID):
		return bad("the tenant is neither an id nor a domain")
	case !clientForm().MatchString(s.ClientID):
		return bad("the client id is invalid")
	}
	az := &Lender{w: *w, source: source, s: s, base: base, cloud: cloud, audience: audience}
	if az.audience == "" {
		az.audience = cloud.audience
	}
	return az, nil
}

// authorityOf finds the cloud of the authority.
func authorityOf(s Settings) (azureCloud, string, error) {
	if s.Authority == "" {
		c := clouds()[0]
		return c, "https://" + c.authority, nil
	}
	u, err := call.CheckURL("Azure's authority", s.Authority)
	if err != nil {
		return azureCloud{}, "", err
	}
	if strings.Trim(u.Path, "/") == "" && u.RawQuery == "" {
		for _, c := range clouds() {
			if strings.EqualFold(u.Host, c.authority) {
				return c, "https://" + c.authority, nil
			}
		}
	}
	return azureCloud{}, "", &call.Error{Failure: call.BadSetting, Text: text.Quote(s.Authority) + " is not one of Azure's authorities"}
}

// Audience is what a federated credential expects by default.
func Audience(s Settings) string {
	c, _, err := authorityOf(s)
	if err != nil {
		c = clouds()[0]
	}
	return c.audience
}

// Scope is what tokens are asked for: the use of key vaults.
func (az *Lender) Scope() string { return "https://" + az.cloud.vaults + "/.default" }

// String implements fmt.Stringer.
func (az *Lender) String() string { return text.Withheld }

// Format implements fmt.Formatter.
func (az *Lender) Format(f fmt.State, _ rune) { f.Write([]byte(text.Withheld)) }

// Token returns an access token for a scope, which must be that of the cloud's
// key vaults, and when it expires; one serves until shortly before. Errors are
// *call.Error.
func (az *Lender) Token(ctx context.Context, scope string) (token string, expires time.Time, err error) {
	if scope != az.Scope() {
		return "", time.Time{}, &call.Error{Failure: call.BadKey, Text: "the key or secret lies in another cloud of Azure than the authority of this job"}
	}
	az.mu.Lock()
	defer az.mu.Unlock()
	if az.token != "" && az.w.Now().Add(call.RenewBefore).Before(az.expires) {
		return az.token, az.expires, nil
	}
	err = az.w.Retry(ctx, func(ctx context.Context) error {
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

func (az *Lender) exchange(ctx context.Context, id *oidc.Token) (string, time.Time, error) {
	const service = "Entra ID"
	form := url.Values{
		"grant_type": {"client_credentials"}, "client_id": {az.s.ClientID}, "scope": {az.Scope()},
		"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {id.Raw()},
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, az.base+"/"+url.PathEscape(az.s.TenantID)+"/oauth2/v2.0/token", strings.NewReader(form.Encode()))
	if err != nil {
		return "", time.Time{}, err
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	a, err := az.w.Send(service, r)
	if err != nil {
		return "", time.Time{}, err
	}
	if !a.OK() {
		return "", time.Time{}, entraError(service, a, id)
	}
	var out struct {
		Token   string      `json:"access_token"`
		Seconds json.Number `json:"expires_in"`
	}
	n := int64(0)
	err = json.Unmarshal(a.Body, &out)
	if err == nil {
		n, err = out.Seconds.Int64()
	}
	if err != nil || out.Token == "" || !call.FitsHeader(out.Token) || n <= 0 || n > 1<<31 {
		return "", time.Time{}, &call.Error{Failure: call.NotTheService, Service: service, Text: "its answer is invalid"}
	}
	return out.Token, az.w.Now().Add(time.Duration(n) * time.Second), nil
}

// entraError explains a refusal by its code
// (https://learn.microsoft.com/entra/identity-platform/reference-error-codes).
func entraError(service string, a *call.Answer, id *oidc.Token) error {
	var out struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if json.Unmarshal(a.Body, &out) != nil {
		out.Description = ""
	}
	code := aadsts().FindString(out.Description)
	words, _, _ := strings.Cut(out.Description, "\n")
	words, _, _ = strings.Cut(words, " Trace ID: ") // what follows are ids for Microsoft
	words = strings.TrimPrefix(strings.TrimPrefix(words, code), ": ")
	if code == "" {
		code = out.Error
	}
	e := call.StatusError(service, a, code, words)
	if e.Again == call.MayPass {
		return e
	}
	switch code {
	case "AADSTS700024":
		e.Again = call.StaleID
	case "AADSTS70021", "AADSTS700211", "AADSTS700212", "AADSTS700213", "AADSTS7002138":
		e.Hint = "the application has no federated credential for exactly this job, which presented issuer " + text.Quote(id.Claims.Issuer) +
			", subject " + text.Quote(id.Claims.Subject) + ", audience " + text.QuoteList(id.Claims.Audience) + "; case matters"
	case "AADSTS700016":
		e.Hint = "the application is not in this tenant: see --client-id and --tenant-id"
	case "AADSTS90002", "AADSTS900023":
		e.Hint = "there is no such tenant: see --tenant-id"
	}
	return e
}

// Read gets a secret of Key Vault
// (https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret).
func (az *Lender) Read(ctx context.Context, r policy.Reference) ([]byte, error) {
	const service = "Azure Key Vault"
	if err := ref.Check(r, policy.StoreAzureVault); err != nil {
		return nil, err
	}
	host, path, ok := az.secretAt(r)
	if !ok {
		return nil, ref.Unusable(r, "it does not name a secret of a key vault in the cloud "+text.Quote(az.cloud.vaults))
	}
	if _, _, err := az.Token(ctx, az.Scope()); err != nil {
		return nil, err
	}
	var secret []byte
	err := az.w.Retry(ctx, func(ctx context.Context) error {
		token, _, err := az.Token(ctx, az.Scope())
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+"/secrets/"+path+"?api-version=7.4", nil)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+token)
		a, err := az.w.Send(service, r)
		if err != nil {
			return err
		}
		var out struct {
			Value *string
			Error struct{ Code, Message string }
		}
		readable := json.Unmarshal(a.Body, &out) == nil
		switch {
		case !a.OK():
			e := call.StatusError(service, a, out.Error.Code, out.Error.Message)
			if a.Status == http.StatusNotFound {
				e.Failure = call.BadKey
			}
			return e
		case !readable || out.Value == nil:
			return &call.Error{Failure: call.NotTheService, Service: service, Text: "its answer is invalid: the value is missing"}
		}
		secret = []byte(*out.Value)
		return nil
	})
	if err != nil {
		return nil, ref.About(r, err)
	}
	return secret, nil
}

// secretAt finds the vault's host, which must be one of this cloud, and the
// secret's path.
func (az *Lender) secretAt(r policy.Reference) (host, path string, ok bool) {
	vault, path, ok := strings.Cut(r.Path, "/")
	name, found := strings.CutSuffix(strings.ToLower(vault), "."+az.cloud.vaults)
	if !found {
		name = vault
	}
	ok = ok && !strings.Contains(name, ".")
	return strings.ToLower(name) + "." + az.cloud.vaults, path, ok
}
