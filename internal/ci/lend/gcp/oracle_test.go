package gcp

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google/externalaccount"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/lendtest"
)

// supplier hands a token to Google's library.
type supplier string

// SubjectToken implements externalaccount.SubjectTokenSupplier.
func (s supplier) SubjectToken(context.Context, externalaccount.SupplierOptions) (string, error) {
	return string(s), nil
}

// Google's own library is the oracle: it sends the same requests, for the same kind of token. Ours is kept for what the
// library does not do: it checks the names before anything is sent, says which part of a provider does not fit, tries
// again what may pass, and quotes no answer.
func TestSameRequestsAsGooglesLibrary(t *testing.T) {
	const provider = "projects/123456789/locations/global/workloadIdentityPools/ci-pool/providers/github"
	const account = "ci@octo.iam.gserviceaccount.com"
	const subject = "repo:octo-org/octo-repo:ref:refs/heads/main"
	proxy, issuer, google := cloudtest.NewProxy(t), cloudtest.NewIssuer(t, cloudtest.GitHubIssuer), cloudtest.NewGoogle(t)
	p := cloudtest.GoogleProvider{Name: provider, Issuer: issuer}
	google.AddProvider(p)
	google.Allow(p.Principal(subject), cloudtest.GoogleImpersonate, account)
	google.Behind(proxy)
	network := lendtest.Record(t, proxy)
	client := &http.Client{Transport: network}
	raw := issuer.Issue(map[string]any{"sub": subject, "aud": Audience(provider)})
	for name, account := range map[string]string{"federated": "", "service account": account} {
		t.Run(name, func(t *testing.T) {
			config := externalaccount.Config{Audience: "//iam.googleapis.com/" + provider, SubjectTokenType: "urn:ietf:params:oauth:token-type:jwt",
				Scopes: []string{scope}, SubjectTokenSupplier: supplier(raw)}
			if account != "" {
				config.ServiceAccountImpersonationURL = "https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/" + account + ":generateAccessToken"
				config.ServiceAccountImpersonationLifetimeSeconds = int(defaultLife.Seconds())
			}
			source, err := externalaccount.NewTokenSource(context.WithValue(t.Context(), oauth2.HTTPClient, client), config)
			if err != nil {
				t.Fatal(err)
			}
			theirs, err := source.Token()
			if err != nil {
				t.Fatal(err)
			}
			want := network.Taken()
			caller := &call.Caller{HTTPClient: client, Attempts: 1}
			g, err := New(caller, lendtest.Minted(raw), Settings{Provider: provider, ServiceAccount: account}, "")
			if err != nil {
				t.Fatal(err)
			}
			ours, expires, err := g.Token(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			lendtest.SameAsked(t, network.Taken(), want)
			kind := func(token string) string { return token[:strings.LastIndexByte(token, '.')] }
			if kind(ours) != kind(theirs.AccessToken) {
				t.Error("the token is of another kind than the library's")
			}
			if d := expires.Sub(theirs.Expiry).Abs(); d.Minutes() > 1 {
				t.Errorf("the token expires %v from the library's", d)
			}
		})
	}
}
