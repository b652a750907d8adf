package age

import (
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/agessh"
	"filippo.io/age/plugin"

	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// What the policy's grammar says of a recipient, age itself says too, but for
// numbers that are no public key of the cipher.
func TestRecipientsAsAgeReadsThem(t *testing.T) {
	texts := []string{"age1pq1" + strings.Repeat("q", 1952), "age11qqqqqqqq", "age1a1qqqqqqqq"}
	for _, p := range agePairs(t) {
		texts = append(texts, p.recipient, p.recipient[:len(p.recipient)-1], p.recipient+"q", strings.Replace(p.recipient, "q", "p", 1))
		for i := 0; i < len(p.recipient); i += 1 + len(p.recipient)/40 {
			texts = append(texts, p.recipient[:i]+"z"+p.recipient[i+1:])
		}
	}
	for _, k := range append(keytest.Keys(t, true), keytest.Keys(t, false)...) {
		if k.Type == policy.Age && !strings.Contains(k.ID, "\n") && strings.TrimSpace(k.ID) == k.ID {
			texts = append(texts, k.ID)
		}
	}
	for _, text := range texts {
		ours, theirs := policy.Key{Type: policy.Age, ID: text}.Check(), ageReads(text)
		number := strings.HasPrefix(text, "ssh-") || strings.HasPrefix(text, "age1pq1")
		if ours != nil && theirs == nil || ours == nil && theirs != nil && !number {
			t.Errorf("%.80q: %v; age: %v", text, ours, theirs)
		}
	}
}

// ageReads is age's own reading of a recipient.
func ageReads(text string) error {
	var err error
	switch {
	case strings.HasPrefix(text, "ssh-"):
		_, err = agessh.ParseRecipient(text)
	case strings.HasPrefix(text, "age1pq1"):
		_, err = age.ParseHybridRecipient(text)
	case strings.HasPrefix(text, "age1") && strings.Count(text, "1") > 1:
		_, err = plugin.NewRecipient(text, nil)
	default:
		_, err = age.ParseX25519Recipient(text)
	}
	return err
}
