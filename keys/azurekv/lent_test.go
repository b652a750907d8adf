package azurekv

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/policy"
)

func TestAzureUsesTheLentToken(t *testing.T) {
	v := newAzureVault(t)
	var scopes []string
	s := New(Options{
		HTTPClient: v.Client(), AllowHost: func(h string) bool { return "https://"+h == v.URL },
		Token: func(_ context.Context, scope string) (string, time.Time, error) {
			scopes = append(scopes, scope)
			return "throw-away", time.Now().Add(time.Hour), nil
		},
	})
	if _, err := s.Wrap(t.Context(), policy.Key{Type: policy.AzureVault, ID: v.URL + "/keys/web/"}, keytest.DataKey()); err != nil {
		t.Fatal(err)
	}
	if len(scopes) != 1 || !strings.HasSuffix(scopes[0], "/.default") {
		t.Errorf("asked for the scopes %q", scopes)
	}
}
