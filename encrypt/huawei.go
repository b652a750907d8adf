package encrypt

import (
	"context"
	"errors"
	"regexp"
	"strings"

	"github.com/getsops/sops/v3/hckms"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	huaweiName = "HuaweiCloud KMS"
	// maxHuaweiEnc bounds a wrapped data key.
	maxHuaweiEnc = 16 << 10
)

// HuaweiKMS returns the service for HuaweiCloud KMS keys. Credentials are found
// by the SDK: HUAWEICLOUD_SDK_AK and its like, the profile, the metadata
// service.
func HuaweiKMS() KeyService { return &huaweiService{make(call.Slots, call.MaxCalls)} }

type huaweiService struct{ slots call.Slots }

func (s *huaweiService) Wrap(ctx context.Context, key policy.Key, dataKey []byte) (Wrapped, error) {
	if key.Type != policy.HuaweiKMS {
		return Wrapped{}, ErrOtherKey
	}
	m, err := huaweiMasterKey(key)
	if err != nil {
		return Wrapped{}, err
	}
	if err := s.slots.Take(ctx); err != nil {
		return Wrapped{}, err
	}
	defer s.slots.Free()
	enc, err := call.Safely(ctx, func() (string, error) {
		err := m.EncryptContext(ctx, dataKey)
		return m.EncryptedKey, err
	})
	if err != nil {
		return Wrapped{}, huaweiError(ctx, err)
	}
	return Wrapped{Key: key, Enc: enc}, nil
}

func (s *huaweiService) Unwrap(ctx context.Context, w Wrapped) ([]byte, error) {
	if w.Key.Type != policy.HuaweiKMS {
		return nil, ErrOtherKey
	}
	if w.Enc == "" || len(w.Enc) > maxHuaweiEnc {
		return nil, errors.New("the wrapped data key is empty or far too long")
	}
	m, err := huaweiMasterKey(w.Key)
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
		return nil, huaweiError(ctx, err)
	}
	return dataKey, nil
}

func huaweiMasterKey(key policy.Key) (*hckms.MasterKey, error) {
	if err := key.Check(); err != nil {
		return nil, err
	}
	return hckms.NewMasterKey(key.ID)
}

func huaweiError(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	var resp *sdkerr.ServiceResponseError
	if errors.As(err, &resp) {
		code := ""
		if regexp.MustCompile(`^[A-Za-z]{2,10}\.[0-9]{2,8}$`).MatchString(resp.ErrorCode) {
			code = resp.ErrorCode
		}
		return call.KeyError(huaweiName, &call.Answer{Status: resp.StatusCode}, code, err)
	}
	// The library gives these no types; only their beginnings are its own.
	text := err.Error()
	switch {
	case strings.Contains(text, "failed to get HuaweiCloud credentials"):
		return &call.Error{Failure: call.NoCredentials, Service: huaweiName, Text: "no usable HuaweiCloud credentials", Err: err}
	case strings.Contains(text, "invalid region"):
		return &call.Error{Failure: call.BadKey, Service: huaweiName, Text: "the key's region is not known", Err: err}
	}
	return call.SDKError(ctx, huaweiName, err)
}
