package gcpkms

import (
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/keys/keystest"
	"github.com/gitsecrets/gitsecrets/policy"
)

func TestConforms(t *testing.T) {
	server := cloudtest.NewGCPKMS(t, testGCPKey)
	keystest.Run(t, keystest.Subject{
		Service:  New(Options{AccessToken: server.Token, Endpoint: server.URL}),
		Key:      gcpKey(testGCPKey),
		Absent:   gcpKey("projects/example.com:web/locations/global/keyRings/sops/cryptoKeys/other"),
		Stranger: New(Options{AccessToken: "somebody else's", Endpoint: server.URL}),
		Invalid:  keytest.InvalidOf(t, policy.GCPKMS),
		Secrets:  []string{server.Token, "somebody else's"},
	})
}
