package azure

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/ref"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Read gets a secret of Key Vault (https://learn.microsoft.com/rest/api/keyvault/secrets/get-secret/get-secret).
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
	err := az.caller.Retry(ctx, func(ctx context.Context) error {
		token, _, err := az.Token(ctx, az.Scope())
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+host+"/secrets/"+path+"?api-version=7.4", nil)
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+token)
		a, err := az.caller.Send(service, r)
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

// secretAt finds the vault's host, which must be one of this cloud, and the secret's path.
func (az *Lender) secretAt(r policy.Reference) (host, path string, ok bool) {
	vault, path, ok := strings.Cut(r.Path, "/")
	name, found := strings.CutSuffix(strings.ToLower(vault), "."+az.cloud.vaults)
	if !found {
		name = vault
	}
	ok = ok && !strings.Contains(name, ".")
	return strings.ToLower(name) + "." + az.cloud.vaults, path, ok
}
