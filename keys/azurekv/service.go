// Package azurekv reaches keys of Azure Key Vault and of Managed HSMs.
package azurekv

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	azpolicy "github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/to"
	"github.com/Azure/azure-sdk-for-go/sdk/azidentity"
	"github.com/Azure/azure-sdk-for-go/sdk/security/keyvault/azkeys"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	serviceName = "Azure Key Vault"
	// maxEnc bounds a wrapped data key: one of RSA 4096 has 683 letters.
	maxEnc = 8 << 10
)

// Options: the zero value is the safe one.
type Options struct {
	// Credential gets the tokens; nil means Token, or the SDK's
	// DefaultAzureCredential.
	Credential azcore.TokenCredential
	// Token gets an access token for a scope, and says when it expires.
	Token func(ctx context.Context, scope string) (string, time.Time, error)
	// HTTPClient makes the connections to the vaults; nil means one of the
	// service's own.
	HTTPClient *http.Client
	// AllowHost opens hosts besides those of Azure's clouds, to which the
	// token is sent; nil allows none.
	AllowHost func(host string) bool
}

// New returns the service for Azure Key Vault keys. It uses the SDK as
// sops's azkv package does, but gets credentials once, not for each call.
func New(opts Options) encrypt.KeyService {
	return &service{opts: opts, slots: make(call.Slots, call.MaxCalls)}
}

type service struct {
	opts  Options
	slots call.Slots

	mu         sync.Mutex
	credential azcore.TokenCredential
	client     *call.Bounded
}

// Wrap asks for the newest version of a key that is named without one, and
// names it in the result.
func (s *service) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (encrypt.Wrapped, error) {
	if key.Type != policy.AzureVault {
		return encrypt.Wrapped{}, encrypt.ErrOtherKey
	}
	return azureCall(ctx, s, key, func(c *azkeys.Client, id policy.AzureKey) (encrypt.Wrapped, error) {
		if id.Version == "" {
			resp, err := c.GetKey(ctx, id.Name, "", nil)
			if err != nil {
				return encrypt.Wrapped{}, err
			}
			if resp.Key == nil || resp.Key.KID == nil {
				return encrypt.Wrapped{}, errEmpty
			}
			key.ID = id.Vault + "/keys/" + id.Name + "/" + resp.Key.KID.Version()
			if id, err = policy.ParseAzureKey(key.ID); err != nil || id.Version == "" {
				return encrypt.Wrapped{}, errEmpty
			}
		}
		resp, err := c.Encrypt(ctx, id.Name, id.Version, azkeys.KeyOperationParameters{
			Algorithm: to.Ptr(azkeys.EncryptionAlgorithmRSAOAEP256), Value: dataKey,
		}, nil)
		if err == nil && len(resp.Result) == 0 {
			err = errEmpty
		}
		return encrypt.Wrapped{Key: key, Enc: base64.RawURLEncoding.EncodeToString(resp.Result)}, err
	})
}

func (s *service) Unwrap(ctx context.Context, w encrypt.Wrapped) ([]byte, error) {
	if w.Key.Type != policy.AzureVault {
		return nil, encrypt.ErrOtherKey
	}
	enc, err := call.DecodeWrapped(base64.RawURLEncoding, w.Enc, maxEnc)
	if err != nil {
		return nil, err
	}
	return azureCall(ctx, s, w.Key, func(c *azkeys.Client, id policy.AzureKey) ([]byte, error) {
		resp, err := c.Decrypt(ctx, id.Name, id.Version, azkeys.KeyOperationParameters{
			Algorithm: to.Ptr(azkeys.EncryptionAlgorithmRSAOAEP256), Value: enc,
		}, nil)
		if err == nil && len(resp.Result) == 0 {
			err = errEmpty
		}
		return resp.Result, err
	})
}

var errEmpty = errors.New("the answer is empty")

func azureCall[T any](ctx context.Context, s *service, key policy.Key, do func(*azkeys.Client, policy.AzureKey) (T, error)) (T, error) {
	var none T
	id, err := s.vaultOf(key)
	if err != nil {
		return none, err
	}
	if err := s.slots.Take(ctx); err != nil {
		return none, err
	}
	defer s.slots.Free()
	value, err := call.Safely(ctx, func() (T, error) {
		credential, client, err := s.setUp()
		if err != nil {
			return none, err
		}
		c, err := azkeys.NewClient(id.Vault, credential, &azkeys.ClientOptions{
			ClientOptions: azcore.ClientOptions{Transport: client},
			// Of a host that the caller opened, the token's audience is another.
			DisableChallengeResourceVerification: s.opts.AllowHost != nil && s.opts.AllowHost(id.Host()),
		})
		if err != nil {
			return none, err
		}
		return do(c, id)
	})
	if err != nil {
		return none, explain(ctx, err)
	}
	return value, nil
}

// vaultOf reads a key's name. Its host must be one of Azure's, or one that the
// caller opened.
func (s *service) vaultOf(key policy.Key) (policy.AzureKey, error) {
	id, err := policy.ParseAzureKey(key.ID)
	if err == nil && s.opts.AllowHost != nil && s.opts.AllowHost(id.Host()) {
		return id, nil
	}
	return id, key.Check()
}

func (s *service) setUp() (azcore.TokenCredential, *call.Bounded, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client == nil {
		client := &http.Client{}
		if s.opts.HTTPClient != nil {
			*client = *s.opts.HTTPClient
		}
		if client.Transport == nil {
			client.Transport = call.Transport(call.Connections{Idle: 2 * call.MaxCalls})
		}
		s.client = call.NewBounded(client)
	}
	if s.credential == nil {
		s.credential = s.opts.Credential
	}
	if s.credential == nil && s.opts.Token != nil {
		s.credential = tokenFunc(s.opts.Token)
	}
	if s.credential == nil {
		c, err := azidentity.NewDefaultAzureCredential(nil)
		if err != nil {
			return nil, nil, &credentialError{err}
		}
		s.credential = c
	}
	return s.credential, s.client, nil
}

// tokenFunc is an azcore.TokenCredential that asks a function.
type tokenFunc func(ctx context.Context, scope string) (string, time.Time, error)

func (f tokenFunc) GetToken(ctx context.Context, opts azpolicy.TokenRequestOptions) (azcore.AccessToken, error) {
	if len(opts.Scopes) != 1 {
		return azcore.AccessToken{}, errors.New("one scope is needed")
	}
	token, expires, err := f(ctx, opts.Scopes[0])
	return azcore.AccessToken{Token: token, ExpiresOn: expires}, err
}

type credentialError struct{ err error }

func (e *credentialError) Error() string { return "no Azure credential" }
func (e *credentialError) Unwrap() error { return e.err }

func explain(ctx context.Context, err error) error {
	var resp *azcore.ResponseError
	var failed *azidentity.AuthenticationFailedError
	var unavailable interface{ NonRetriable() }
	var credential *credentialError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.Is(err, errEmpty):
		return &call.Error{Failure: call.NotTheService, Service: serviceName, Text: err.Error(), Err: err}
	case errors.As(err, &failed), errors.As(err, &credential):
		return &call.Error{Failure: call.NoCredentials, Service: serviceName, Text: "no usable Azure credentials", Err: err}
	case errors.As(err, &resp):
		code := ""
		if regexp.MustCompile(`^[A-Za-z]{3,60}$`).MatchString(resp.ErrorCode) {
			code = resp.ErrorCode
		}
		return call.KeyError(serviceName, &call.Answer{Status: resp.StatusCode}, code, err)
	case call.Cause(err) == "" && errors.As(err, &unavailable):
		return &call.Error{Failure: call.NoCredentials, Service: serviceName, Text: "no usable Azure credentials", Err: err}
	}
	return call.SDKError(ctx, serviceName, err)
}
