package encrypt

import (
	"context"
	"errors"
	"net/http"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	vaultName = "Vault"
	// maxVaultEnc bounds a wrapped data key: vault:v1:BASE64.
	maxVaultEnc = 16 << 10
)

// VaultOptions says where the token and the TLS settings come from.
type VaultOptions struct {
	// Token is sent to the key's address; empty means VAULT_TOKEN, then the
	// file .vault-token in the home folder, as the vault program does.
	Token string
	// Getenv looks up the variables of the vault program: VAULT_TOKEN,
	// VAULT_NAMESPACE, VAULT_CACERT and so on, and
	// SOPS_HC_VAULT_ALLOWLIST. Nil means that none is set.
	Getenv func(string) string
	// HTTPClient makes the connections; nil means one made of the variables.
	HTTPClient *http.Client
}

// VaultTransit returns the service for keys of HashiCorp Vault's transit
// engine (https://developer.hashicorp.com/vault/api-docs/secret/transit). It
// contacts whatever address the key names, unless SOPS_HC_VAULT_ALLOWLIST is
// set and does not name it: whether it may is for the caller to decide before.
// Redirects are not followed, for they would carry the token along.
//
// The client is our own: HashiCorp's, which sops uses, costs half a millisecond at
// each start, and hands the token on to where a redirect points.
func VaultTransit(opts VaultOptions) KeyService {
	if opts.Getenv == nil {
		opts.Getenv = func(string) string { return "" }
	}
	return &vaultService{client: vaultClient{opts: opts}, slots: make(call.Slots, call.MaxCalls)}
}

type vaultService struct {
	client vaultClient
	slots  call.Slots
}

func (s *vaultService) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (Wrapped, error) {
	if key.Type != policy.VaultKey {
		return Wrapped{}, ErrOtherKey
	}
	out, err := s.call(ctx, key, "encrypt", vaultData{Plaintext: dataKey})
	if err != nil {
		return Wrapped{}, err
	}
	if out.Ciphertext == "" || len(out.Ciphertext) > maxVaultEnc {
		return Wrapped{}, errVaultAnswer()
	}
	return Wrapped{Key: key, Enc: out.Ciphertext}, nil
}

func (s *vaultService) Unwrap(ctx context.Context, w Wrapped) ([]byte, error) {
	if w.Key.Type != policy.VaultKey {
		return nil, ErrOtherKey
	}
	if w.Enc == "" || len(w.Enc) > maxVaultEnc {
		return nil, errors.New("the wrapped data key is empty or far too long")
	}
	out, err := s.call(ctx, w.Key, "decrypt", vaultData{Ciphertext: w.Enc})
	if err != nil {
		return nil, err
	}
	if len(out.Plaintext) == 0 {
		return nil, errVaultAnswer()
	}
	return out.Plaintext, nil
}

func errVaultAnswer() error {
	return call.Foreign(vaultName, nil)
}

func (s *vaultService) call(ctx context.Context, key policy.Key, verb string, in vaultData) (*vaultData, error) {
	if err := key.Check(); err != nil {
		return nil, err
	}
	id, err := policy.ParseTransitKey(key.ID)
	if err != nil {
		return nil, err
	}
	if !vaultListed(s.client.opts.Getenv("SOPS_HC_VAULT_ALLOWLIST"), id.Address) {
		return nil, errors.New("not contacted: SOPS_HC_VAULT_ALLOWLIST does not name it")
	}
	if err := s.slots.Take(ctx); err != nil {
		return nil, err
	}
	defer s.slots.Free()
	out, err := s.client.post(ctx, id.Address, "/v1/"+id.Engine+"/"+verb+"/"+id.Name, in)
	var known *call.Error
	if err != nil && !errors.As(err, &known) {
		err = call.SDKError(ctx, vaultName, err)
	}
	return out, err
}
