package remote

import (
	"testing"

	"filippo.io/age"
	"github.com/getsops/sops/v3/keyservice"

	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/keys/keystest"
	"github.com/gitsecrets/gitsecrets/policy"
)

func TestConforms(t *testing.T) {
	id, err := age.GenerateX25519Identity() // throw-away
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("SOPS_AGE_KEY", id.String())
	keystest.Run(t, keystest.Subject{
		Service:   remoteAt(t, "tcp://"+serveKeys(t, "tcp", "127.0.0.1:0", &keyservice.Server{}).String()),
		Key:       policy.Key{Type: policy.Age, ID: id.Recipient().String()},
		Invalid:   keytest.InvalidOf(t, policy.Age),
		Foreign:   true,
		NameAside: true,
		Secrets:   []string{id.String()},
	})
}
