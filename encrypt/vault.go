package encrypt

import (
	"context"
	"errors"
	"net/http"
	"sync"

	"github.com/getsops/sops/v3/hcvault"
	"github.com/hashicorp/vault/api"

	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	vaultName = "Vault"
	// maxVaultEnc bounds a wrapped data key: vault:v1:BASE64.
	maxVaultEnc    = 16 << 10
	maxVaultAnswer = 1 << 20
)

// VaultOptions: with the zero value the token and the TLS settings are found
// as the vault program finds them.
type VaultOptions struct {
	// Token is sent to the key's address; empty means VAULT_TOKEN, then
	// ~/.vault-token.
	Token string
	// HTTPClient makes the connections; nil means one made of VAULT_CACERT and
	// its like.
	HTTPClient *http.Client
}

// VaultTransit returns the service for keys of HashiCorp Vault's transit engine. It contacts
// whatever address the key names: whether it may is for the caller to decide
// before. Redirects are not followed, for they would carry the token along. Errors are
// *RemoteError.
func VaultTransit(opts VaultOptions) KeyService {
	return &vaultService{opts: opts, slots: make(slots, maxRemoteCalls)}
}

type vaultService struct {
	opts  VaultOptions
	slots slots

	mu     sync.Mutex
	client *http.Client
}

func (s *vaultService) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (Wrapped, error) {
	if key.Type != policy.VaultKey {
		return Wrapped{}, ErrOtherKey
	}
	m, err := s.masterKey(key)
	if err != nil {
		return Wrapped{}, err
	}
	if err := s.slots.take(ctx); err != nil {
		return Wrapped{}, err
	}
	defer s.slots.free()
	enc, err := safely(ctx, func() (string, error) {
		err := m.EncryptContext(ctx, dataKey)
		return m.EncryptedKey, err
	})
	if err != nil {
		return Wrapped{}, vaultError(ctx, err)
	}
	return Wrapped{Key: key, Enc: enc}, nil
}

func (s *vaultService) Unwrap(ctx context.Context, w Wrapped) ([]byte, error) {
	if w.Key.Type != policy.VaultKey {
		return nil, ErrOtherKey
	}
	if w.Enc == "" || len(w.Enc) > maxVaultEnc {
		return nil, errors.New("the wrapped data key is empty or far too long")
	}
	m, err := s.masterKey(w.Key)
	if err != nil {
		return nil, err
	}
	m.EncryptedKey = w.Enc
	if err := s.slots.take(ctx); err != nil {
		return nil, err
	}
	defer s.slots.free()
	dataKey, err := safely(ctx, func() ([]byte, error) { return m.DecryptContext(ctx) })
	if err != nil {
		return nil, vaultError(ctx, err)
	}
	return dataKey, nil
}

func (s *vaultService) masterKey(key policy.Key) (*hcvault.MasterKey, error) {
	id, err := parseVaultID(key.ID)
	if err != nil {
		return nil, err
	}
	client, err := s.httpClient()
	if err != nil {
		return nil, err
	}
	m := hcvault.NewMasterKey(id.address, id.engine, id.name)
	hcvault.NewHTTPClient(client).ApplyToMasterKey(m)
	if s.opts.Token != "" {
		hcvault.Token(s.opts.Token).ApplyToMasterKey(m)
	}
	return m, nil
}

// httpClient takes the library's own, which knows VAULT_CACERT and the like,
// but follows a redirect with the token.
func (s *vaultService) httpClient() (*http.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		return s.client, nil
	}
	base := s.opts.HTTPClient
	if base == nil {
		cfg := api.DefaultConfig()
		if cfg == nil || cfg.Error != nil {
			return nil, remoteError(vaultName, RemoteOther, "", "a VAULT_ variable of the environment is malformed", nil)
		}
		base = cfg.HttpClient
	}
	client := *base
	next := client.Transport
	if next == nil {
		next = http.DefaultTransport
	}
	client.Transport = &boundedTransport{next, maxVaultAnswer}
	client.CheckRedirect = refuseRedirect
	s.client = &client
	return s.client, nil
}

func vaultError(ctx context.Context, err error) error {
	var resp *api.ResponseError
	if errors.As(err, &resp) && ctx.Err() == nil {
		return statusError(vaultName, resp.StatusCode, "", err)
	}
	return otherError(ctx, vaultName, err)
}
