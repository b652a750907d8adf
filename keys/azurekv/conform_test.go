package azurekv

import (
	"context"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/keys/keystest"
	"github.com/gitsecrets/gitsecrets/policy"
)

func TestConforms(t *testing.T) {
	v := newAzureVault(t)
	keystest.Run(t, keystest.Subject{
		Service: v.service(),
		Key:     policy.Key{Type: policy.AzureVault, ID: v.URL + "/keys/web/" + testAzureVersion},
		Absent:  policy.Key{Type: policy.AzureVault, ID: v.URL + "/keys/other/" + testAzureVersion},
		Stranger: New(Options{
			HTTPClient: v.Client(), AllowHost: func(h string) bool { return "https://"+h == v.URL },
			Token: func(context.Context, string) (string, time.Time, error) {
				return "somebody else's", time.Now().Add(time.Hour), nil
			},
		}),
		Invalid: keytest.InvalidOf(t, policy.AzureVault),
		Secrets: []string{"throw-away", "somebody else's"},
	})
}
