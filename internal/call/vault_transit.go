package call

import (
	"context"
	"encoding/json"
	"net/http"
)

// Transit holds the fields of requests and answers of a transit engine
// (https://developer.hashicorp.com/vault/api-docs/secret/transit).
type Transit struct {
	Plaintext  []byte `json:"plaintext,omitempty"`
	Ciphertext string `json:"ciphertext,omitempty"`
}

// Transit has an engine encrypt or decrypt, again while Vault fails or is not there. No
// error has Vault's words, which may quote what was sent.
func (v *Vault) Transit(ctx context.Context, token, engine, verb, key string, in Transit) (*Transit, error) {
	var out struct {
		Data Transit `json:"data"`
	}
	err := v.Retry(ctx, func(ctx context.Context) error {
		a, err := v.Ask(ctx, http.MethodPut, engine+"/"+verb+"/"+key, token, in)
		switch {
		case err != nil:
			return err
		case !a.OK():
			return vaultStatus(KeyError(vaultService, a, "", nil))
		case json.Unmarshal(a.Body, &out) != nil:
			return Foreign(vaultService, nil)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return &out.Data, nil
}
