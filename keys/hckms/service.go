// Package hckms reaches keys of HuaweiCloud KMS, named REGION:UUID.
//
// The client is our own, over REST: HuaweiCloud's SDK, which sops uses, links two
// readers of JSON and one of BSON, and they cost half a millisecond at each start.
package hckms

import (
	"context"
	"encoding/base64"
	"errors"
	"net/http"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	serviceName = "HuaweiCloud KMS"
	// maxEnc bounds a wrapped data key.
	maxEnc = 16 << 10
	// attempts is how often a request is made while the service is too busy.
	attempts = 4
)

// Options: with the zero value there are no credentials but those of the machine
// or pod that this runs on.
type Options struct {
	// Getenv looks up the variables of HuaweiCloud's SDK: HUAWEICLOUD_SDK_AK,
	// HUAWEICLOUD_SDK_SK and the like. Nil means that none is set.
	Getenv func(string) string
	// HTTPClient makes the connections; redirects are never followed. Nil means one
	// of the service's own.
	HTTPClient *http.Client
}

// New returns the service for HuaweiCloud KMS keys. Credentials are looked for where
// HuaweiCloud's SDK does, once: in the environment, in the file
// ~/.huaweicloud/credentials, at the machine's metadata service, and at that of the
// pod.
func New(opts Options) encrypt.KeyService {
	if opts.Getenv == nil {
		opts.Getenv = func(string) string { return "" }
	}
	return &service{
		client: client{getenv: opts.Getenv, caller: &call.Caller{HTTPClient: opts.HTTPClient, Attempts: attempts}},
		slots:  make(call.Slots, call.MaxCalls),
	}
}

type service struct {
	client client
	slots  call.Slots
}

// message holds the fields of requests and answers of encrypt-data and decrypt-data
// (https://support.huaweicloud.com/intl/en-us/api-dew/EncryptData.html).
type message struct {
	KeyID      string `json:"key_id,omitempty"`
	PlainText  string `json:"plain_text,omitempty"`
	CipherText string `json:"cipher_text,omitempty"`
	Algorithm  string `json:"encryption_algorithm,omitempty"`
}

// Wrap writes the data key in base64, as sops does: the service takes text.
func (s *service) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (encrypt.Wrapped, error) {
	if key.Type != policy.HuaweiKMS {
		return encrypt.Wrapped{}, encrypt.ErrOtherKey
	}
	out, err := s.call(ctx, key, "encrypt-data", message{PlainText: base64.StdEncoding.EncodeToString(dataKey)})
	if err != nil {
		return encrypt.Wrapped{}, err
	}
	if out.CipherText == "" || len(out.CipherText) > maxEnc {
		return encrypt.Wrapped{}, call.Foreign(serviceName, nil)
	}
	return encrypt.Wrapped{Key: key, Enc: out.CipherText}, nil
}

func (s *service) Unwrap(ctx context.Context, w encrypt.Wrapped) ([]byte, error) {
	if w.Key.Type != policy.HuaweiKMS {
		return nil, encrypt.ErrOtherKey
	}
	if w.Enc == "" || len(w.Enc) > maxEnc {
		return nil, errors.New("the wrapped data key is empty or far too long")
	}
	out, err := s.call(ctx, w.Key, "decrypt-data", message{CipherText: w.Enc})
	if err != nil {
		return nil, err
	}
	dataKey, err := base64.StdEncoding.DecodeString(out.PlainText)
	if err != nil || len(dataKey) == 0 {
		return nil, call.Foreign(serviceName, nil)
	}
	return dataKey, nil
}

func (s *service) call(ctx context.Context, key policy.Key, verb string, in message) (*message, error) {
	if err := key.Check(); err != nil {
		return nil, err
	}
	if err := s.slots.Take(ctx); err != nil {
		return nil, err
	}
	defer s.slots.Free()
	return s.client.post(ctx, key.ID, verb, in)
}
