// Package vault reaches keys of the transit engine of HashiCorp Vault and OpenBao.
package vault

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	serviceName = "Vault"
	// maxEnc bounds a wrapped data key: vault:v1:BASE64.
	maxEnc = 16 << 10
)

// Options says where the token and the TLS settings come from.
type Options struct {
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

// New returns the service for keys of HashiCorp Vault's transit
// engine (https://developer.hashicorp.com/vault/api-docs/secret/transit). It
// contacts whatever address the key names, unless SOPS_HC_VAULT_ALLOWLIST is
// set and does not name it: whether it may is for the caller to decide before.
// Redirects are not followed, for they would carry the token along.
//
// The client is our own: HashiCorp's, which sops uses, costs half a millisecond at
// each start, and hands the token on to where a redirect points.
func New(opts Options) encrypt.KeyService {
	if opts.Getenv == nil {
		opts.Getenv = func(string) string { return "" }
	}
	return &service{opts: opts, slots: make(call.Slots, call.MaxCalls)}
}

type service struct {
	opts  Options
	slots call.Slots

	mu     sync.Mutex
	client *call.Vault // made when the first call needs it
	token  string
}

func (s *service) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (encrypt.Wrapped, error) {
	if key.Type != policy.VaultKey {
		return encrypt.Wrapped{}, encrypt.ErrOtherKey
	}
	out, err := s.call(ctx, key, "encrypt", call.Transit{Plaintext: dataKey})
	if err != nil {
		return encrypt.Wrapped{}, err
	}
	if out.Ciphertext == "" || len(out.Ciphertext) > maxEnc {
		return encrypt.Wrapped{}, call.Foreign(serviceName, nil)
	}
	return encrypt.Wrapped{Key: key, Enc: out.Ciphertext}, nil
}

func (s *service) Unwrap(ctx context.Context, w encrypt.Wrapped) ([]byte, error) {
	if w.Key.Type != policy.VaultKey {
		return nil, encrypt.ErrOtherKey
	}
	if w.Enc == "" || len(w.Enc) > maxEnc {
		return nil, errors.New("the wrapped data key is empty or far too long")
	}
	out, err := s.call(ctx, w.Key, "decrypt", call.Transit{Ciphertext: w.Enc})
	if err != nil {
		return nil, err
	}
	if len(out.Plaintext) == 0 {
		return nil, call.Foreign(serviceName, nil)
	}
	return out.Plaintext, nil
}

func (s *service) call(ctx context.Context, key policy.Key, verb string, in call.Transit) (*call.Transit, error) {
	if err := key.Check(); err != nil {
		return nil, err
	}
	id, err := policy.ParseTransitKey(key.ID)
	if err != nil {
		return nil, err
	}
	if !isListed(s.opts.Getenv("SOPS_HC_VAULT_ALLOWLIST"), id.Address) {
		return nil, errors.New("not contacted: SOPS_HC_VAULT_ALLOWLIST does not name it")
	}
	if err := s.slots.Take(ctx); err != nil {
		return nil, err
	}
	defer s.slots.Free()
	vault, token, err := s.at(id.Address)
	if err != nil {
		return nil, err
	}
	return vault.Transit(ctx, token, id.Engine, verb, id.Name, in)
}

// at returns the client for an address, unless there is an agent, and the token for
// it. A failure to make them is not kept.
func (s *service) at(address string) (*call.Vault, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == nil {
		client, err := call.NewVault(call.VaultSettings{Getenv: s.opts.Getenv, HTTPClient: s.opts.HTTPClient})
		if err != nil {
			return nil, "", err
		}
		token, err := s.opts.Token, error(nil)
		if token == "" {
			token, err = call.VaultToken(s.opts.Getenv)
		}
		if err != nil {
			return nil, "", err
		}
		s.client, s.token = client, token
	}
	vault := *s.client
	if vault.Address == "" {
		vault.Address = address
	}
	return &vault, s.token, nil
}

// isListed applies SOPS_HC_VAULT_ALLOWLIST as sops does: unset and "all"
// name every address, "none" no one; else it is a list of addresses, of which
// one must be a beginning.
func isListed(list, address string) bool {
	switch list {
	case "", "all":
		return true
	case "none":
		return false
	}
	for entry := range strings.SplitSeq(list, ",") {
		entry = strings.TrimRight(strings.TrimSpace(entry), "/") + "/"
		if entry != "/" && strings.HasPrefix(address+"/", entry) {
			return true
		}
	}
	return false
}
