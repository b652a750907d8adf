package azure

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/lendtest"
)

// Azure's own library is the oracle: what it asks the token endpoint for is what ours asks for. It asks for the
// tenant's metadata before, even where DisableInstanceDiscovery keeps it from asking a third host; it sends two fields
// that are for people who log in, and its errors do not say what a federated credential lacks.
func TestSameExchangeAsAzuresLibrary(t *testing.T) {
	const subject = "repo:octo-org/octo-repo:ref:refs/heads/main"
	proxy, issuer, entra := cloudtest.NewProxy(t), cloudtest.NewIssuer(t, cloudtest.GitHubIssuer), cloudtest.NewEntra(azureTestTenant)
	entra.AddApplication(azureTestClient, "throw-away", cloudtest.FederatedCredential{Issuer: issuer, Subject: subject, Audience: cloudtest.AzureExchange})
	entra.Behind(proxy)
	network := lendtest.Record(t, proxy)
	raw := issuer.Issue(map[string]any{"sub": subject, "aud": cloudtest.AzureExchange})
	caller := &call.Caller{HTTPClient: &http.Client{Transport: network}, Attempts: 1}
	az, err := New(caller, lendtest.Minted(raw), azureSettings, "")
	if err != nil {
		t.Fatal(err)
	}
	_, expires, err := az.Token(t.Context(), az.Scope())
	if err != nil {
		t.Fatal(err)
	}
	got := network.Taken()
	library, err := azidentity.NewClientAssertionCredential(azureTestTenant, azureTestClient, func(context.Context) (string, error) { return raw, nil },
		&azidentity.ClientAssertionCredentialOptions{ClientOptions: azcore.ClientOptions{Transport: network}, DisableInstanceDiscovery: true})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := library.GetToken(t.Context(), azpolicy.TokenRequestOptions{Scopes: []string{az.Scope()}})
	if err != nil {
		t.Fatal(err)
	}
	want := network.Taken()
	if len(want) != 2 || !strings.Contains(want[0].What, "/.well-known/openid-configuration") {
		t.Fatalf("the library sends %d requests, want one for metadata and one for the token", len(want))
	}
	for _, a := range want {
		delete(a.Fields, "client_info")
		a.Fields["scope"] = strings.Join(slices.DeleteFunc(strings.Fields(a.Fields["scope"]), func(s string) bool {
			return s == "openid" || s == "offline_access" || s == "profile"
		}), " ")
	}
	lendtest.SameAsked(t, got, want[1:])
	if d := expires.Sub(theirs.ExpiresOn).Abs(); d.Minutes() > 1 {
		t.Errorf("the token expires %v from the library's", d)
	}
}
