// Package hckms reaches keys of HuaweiCloud KMS.
package hckms

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/getsops/sops/v3/hckms"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	serviceName = "HuaweiCloud KMS"
	// maxEnc bounds a wrapped data key.
	maxEnc = 16 << 10
)

// New returns the service for HuaweiCloud KMS keys. Credentials are found
// by the SDK: HUAWEICLOUD_SDK_AK and its like, the profile, the metadata
// service.
func New() encrypt.KeyService { return &service{make(call.Slots, call.MaxCalls)} }

type service struct{ slots call.Slots }

func (s *service) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (encrypt.Wrapped, error) {
	if key.Type != policy.HuaweiKMS {
		return encrypt.Wrapped{}, encrypt.ErrOtherKey
	}
	m, err := masterKey(key)
	if err != nil {
		return encrypt.Wrapped{}, err
	}
	if err := s.slots.Take(ctx); err != nil {
		return encrypt.Wrapped{}, err
	}
	defer s.slots.Free()
	enc, err := call.Safely(ctx, func() (string, error) {
		err := m.EncryptContext(ctx, dataKey)
		return m.EncryptedKey, err
	})
	if err != nil {
		return encrypt.Wrapped{}, explain(ctx, err)
	}
	return encrypt.Wrapped{Key: key, Enc: enc}, nil
}

func (s *service) Unwrap(ctx context.Context, w encrypt.Wrapped) ([]byte, error) {
	if w.Key.Type != policy.HuaweiKMS {
		return nil, encrypt.ErrOtherKey
	}
	if w.Enc == "" || len(w.Enc) > maxEnc {
		return nil, errors.New("the wrapped data key is empty or far too long")
	}
	m, err := masterKey(w.Key)
	if err != nil {
		return nil, err
	}
	m.EncryptedKey = w.Enc
	if err := s.slots.Take(ctx); err != nil {
		return nil, err
	}
	defer s.slots.Free()
	dataKey, err := call.Safely(ctx, func() ([]byte, error) { return m.DecryptContext(ctx) })
	if err != nil {
		return nil, explain(ctx, err)
	}
	return dataKey, nil
}

func masterKey(key policy.Key) (*hckms.MasterKey, error) {
	if err := key.Check(); err != nil {
		return nil, err
	}
	return hckms.NewMasterKey(key.ID)
}

func explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var resp *sdkerr.ServiceResponseError
	if errors.As(err, &resp) {
		code := ""
		if regexp.MustCompile(`^[A-Za-z]{2,10}\.[0-9]{2,8}$`).MatchString(resp.ErrorCode) {
			code = resp.ErrorCode
		}
		return call.KeyError(serviceName, &call.Answer{Status: resp.StatusCode}, code, err)
	}
	// The library gives these no types; only their beginnings are its own.
	text := err.Error()
	switch {
	case strings.Contains(text, "failed to get HuaweiCloud credentials"):
		return &call.Error{Failure: call.NoCredentials, Service: serviceName, Text: "no usable HuaweiCloud credentials", Err: err}
	case strings.Contains(text, "invalid region"):
		return &call.Error{Failure: call.BadKey, Service: serviceName, Text: "the key's region is not known", Err: err}
	}
	return call.SDKError(ctx, serviceName, err)
}
