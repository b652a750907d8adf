package age

import (
	"fmt"
	"testing"

	"filippo.io/age"

	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/keys/keystest"
	"github.com/gitsecrets/gitsecrets/policy"
)

func TestConforms(t *testing.T) {
	stranger, err := age.GenerateX25519Identity() // throw-away
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range agePairs(t) {
		t.Run(p.name, func(t *testing.T) {
			var secrets []string
			if s, ok := p.identity.(fmt.Stringer); ok {
				secrets = append(secrets, s.String())
			}
			keystest.Run(t, keystest.Subject{
				Service:   New(Options{Identities: identities{ids: []age.Identity{p.identity}}}),
				Key:       ageKey(p.recipient),
				Stranger:  New(Options{Identities: identities{ids: []age.Identity{stranger}}}),
				Invalid:   keytest.InvalidOf(t, policy.Age),
				NameAside: true,
				Secrets:   append(secrets, stranger.String()),
			})
		})
	}
}
