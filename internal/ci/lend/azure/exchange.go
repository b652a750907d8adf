package azure

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

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
	a, err := az.caller.Send(service, r)
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
	return out.Token, az.caller.Now().Add(time.Duration(n) * time.Second), nil
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
