package hckms

import (
	"bytes"
	"errors"
	"net/http"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// The SDK remembers the address of a region as long as the process lives: one
// server serves the test.
func TestHuaweiKMSOverHTTP(t *testing.T) {
	const id = "0d0466b0-e727-4d9c-b35d-f84bb474a37f"
	server := cloudtest.NewHuaweiKMS(t, id)
	t.Setenv("HUAWEICLOUD_SDK_REGION_KMS_TR_WEST_1", server.URL)
	t.Setenv("HUAWEICLOUD_SDK_AK", server.AccessKey)
	t.Setenv("HUAWEICLOUD_SDK_SK", "throw-away")
	t.Setenv("HUAWEICLOUD_SDK_PROJECT_ID", server.Project)
	key := policy.Key{Type: policy.HuaweiKMS, ID: "tr-west-1:" + id}
	s := New()
	w, err := s.Wrap(t.Context(), key, keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	if w.Key.ID != key.ID || w.Enc == "" {
		t.Errorf("wrapped %+v", w.Key)
	}
	got, err := s.Unwrap(t.Context(), w)
	if err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("unwrapped %d bytes, %v", len(got), err)
	}
	bad := w
	bad.Enc = "AAAA" + w.Enc[4:]
	if _, err := s.Unwrap(t.Context(), bad); err == nil {
		t.Error("a changed ciphertext was unwrapped")
	}
	var e *call.Error
	other := policy.Key{Type: policy.HuaweiKMS, ID: "tr-west-1:00000000-0000-4000-8000-000000000000"}
	if _, err := s.Wrap(t.Context(), other, keytest.DataKey()); !errors.As(err, &e) || e.Failure != call.BadKey {
		t.Errorf("no such key: %v", err)
	}
	t.Setenv("HUAWEICLOUD_SDK_AK", "somebody else")
	if _, err := s.Wrap(t.Context(), key, keytest.DataKey()); !errors.As(err, &e) || e.Failure != call.Refused && e.Failure != call.NoCredentials {
		t.Errorf("a stranger: %v", err)
	}
	server.Close()
	if _, err := s.Wrap(t.Context(), key, keytest.DataKey()); err == nil || errors.Is(err, http.ErrServerClosed) {
		t.Errorf("a server that is gone: %v", err)
	}
}
