package hckms

import (
	"errors"
	"strings"
	"testing"

	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/sdkerr"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/policy"
)

func TestHuaweiRefusesBeforeItSends(t *testing.T) {
	t.Setenv("HUAWEICLOUD_SDK_AK", "throw-away")
	t.Setenv("HUAWEICLOUD_SDK_SK", "throw-away")
	t.Setenv("HUAWEICLOUD_SDK_PROJECT_ID", "throw-away")
	s := New()
	for _, key := range keytest.Invalid(t) {
		if _, err := s.Wrap(t.Context(), key, keytest.DataKey()); err == nil {
			t.Errorf("%+v was accepted", key)
		}
	}
	_, err := s.Wrap(t.Context(), policy.Key{Type: policy.HuaweiKMS, ID: "nowhere-1:abc12345-6789-0123-4567-890123456789"}, keytest.DataKey())
	var e *call.Error
	if !errors.As(err, &e) || e.Failure != call.BadKey || err.Error() != "HuaweiCloud KMS: the key's region is not known" {
		t.Errorf("got %v", err)
	}
	if _, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: policy.Key{Type: policy.HuaweiKMS, ID: "tr-west-1:abc12345-6789-0123-4567-890123456789"}, Enc: strings.Repeat("x", 1<<20)}); err == nil {
		t.Error("an endless ciphertext was sent")
	}
}

func TestHuaweiErrors(t *testing.T) {
	err := explain(t.Context(), &sdkerr.ServiceResponseError{StatusCode: 403, ErrorCode: "KMS.0301", ErrorMessage: "CANARY"})
	var e *call.Error
	if !errors.As(err, &e) || e.Failure != call.Refused || err.Error() != "HuaweiCloud KMS: KMS.0301: these credentials are not allowed to use the key" {
		t.Errorf("got %v", err)
	}
}

func TestSafelyTurnsAPanicIntoAnError(t *testing.T) {
	_, err := call.Safely(t.Context(), func() (int, error) { panic("CANARY") })
	if err == nil || strings.Contains(call.SDKError(t.Context(), "x", err).Error(), "CANARY") {
		t.Errorf("got %v", err)
	}
}
