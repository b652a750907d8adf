package vault

import (
	"os"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/keys/keystest"
	"github.com/gitsecrets/gitsecrets/policy"
)

func TestConforms(t *testing.T) {
	server, key := newVault(t)
	keystest.Run(t, keystest.Subject{
		Service:  New(Options{Token: server.Token, Getenv: os.Getenv}),
		Key:      key,
		Absent:   policy.Key{Type: policy.VaultKey, ID: server.URL + "/v1/team/transit/keys/other"},
		Stranger: New(Options{Token: "somebody-else", Getenv: os.Getenv}),
		Invalid:  keytest.InvalidOf(t, policy.VaultKey),
		Secrets:  []string{server.Token, "somebody-else"},
	})
}
