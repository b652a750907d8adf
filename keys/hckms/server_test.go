package hckms

import (
	"errors"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/keys/keystest"
	"github.com/gitsecrets/gitsecrets/policy"
)

func TestConforms(t *testing.T) {
	const id = "0d0466b0-e727-4d9c-b35d-f84bb474a37f"
	server := cloudtest.NewHuaweiKMS(t, id)
	getenv := environment(server)
	keystest.Run(t, keystest.Subject{
		Service: New(Options{Getenv: getenv}),
		Key:     policy.Key{Type: policy.HuaweiKMS, ID: "tr-west-1:" + id},
		Absent:  policy.Key{Type: policy.HuaweiKMS, ID: "tr-west-1:00000000-0000-4000-8000-000000000000"},
		Stranger: New(Options{Getenv: func(name string) string {
			if name == "HUAWEICLOUD_SDK_AK" {
				return "somebody else"
			}
			return getenv(name)
		}}),
		Invalid: keytest.InvalidOf(t, policy.HuaweiKMS),
		Secrets: []string{secretKey, server.AccessKey},
	})
}

func TestServerThatIsGone(t *testing.T) {
	const id = "0d0466b0-e727-4d9c-b35d-f84bb474a37f"
	server := cloudtest.NewHuaweiKMS(t, id)
	s := New(Options{Getenv: environment(server)})
	server.Close()
	_, err := s.Wrap(t.Context(), policy.Key{Type: policy.HuaweiKMS, ID: "tr-west-1:" + id}, keytest.DataKey())
	var e *call.Error
	if !errors.As(err, &e) || e.Failure != call.Transient {
		t.Errorf("got %v", err)
	}
}
