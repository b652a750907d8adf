package encrypt

import (
	"context"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

// contacts is a key service that counts how often it is asked.
type contacts struct {
	fixedKey
	asked int
}

func (c *contacts) Unwrap(ctx context.Context, w Wrapped) ([]byte, error) {
	c.asked++
	return c.fixedKey.Unwrap(ctx, w)
}

// A file cannot choose whom the program talks to.
func TestPin(t *testing.T) {
	vault := policy.Key{Type: policy.VaultKey, ID: "https://vault.example/v1/transit/keys/k"}
	aws := policy.Key{Type: policy.AWSKMS, ID: "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001", Role: "arn:aws:iam::111122223333:role/r"}
	profile := policy.Key{Type: policy.AWSKMS, ID: aws.ID, Profile: "p"}
	plainAWS := policy.Key{Type: policy.AWSKMS, ID: aws.ID}
	age := policy.Key{Type: policy.Age, ID: oracleRecipient}
	names := func(keys ...policy.Key) *policy.Rule { return &policy.Rule{Groups: []policy.Group{keys}} }
	allowVault := func(a string) bool { return a == "https://vault.example" }
	allowAWS := func(role, _ string) bool { return role == aws.Role }
	for _, c := range []struct {
		name string
		rule *policy.Rule
		opts OpenOptions
		key  policy.Key
		want bool
	}{
		{"vault without a rule", nil, OpenOptions{}, vault, false},
		{"vault of another rule", names(age), OpenOptions{}, vault, false},
		{"vault of the rule", names(vault), OpenOptions{}, vault, true},
		{"vault allowed", nil, OpenOptions{AllowVault: allowVault}, vault, true},
		{"another vault allowed", nil, OpenOptions{AllowVault: func(string) bool { return false }}, vault, false},
		{"role without a rule", nil, OpenOptions{}, aws, true},
		{"role of the rule", names(aws), OpenOptions{}, aws, true},
		{"role the rule does not name", names(plainAWS), OpenOptions{}, aws, false},
		{"profile the rule does not name", names(plainAWS), OpenOptions{}, profile, false},
		{"role allowed", names(plainAWS), OpenOptions{AllowAWS: allowAWS}, aws, true},
		{"no role", names(age), OpenOptions{}, plainAWS, true},
		{"only rule keys, stranger", names(age), OpenOptions{OnlyRuleKeys: true}, plainAWS, false},
		{"only rule keys, no rule", nil, OpenOptions{OnlyRuleKeys: true}, age, false},
		{"only rule keys, of the rule", names(age), OpenOptions{OnlyRuleKeys: true}, age, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			service := &contacts{fixedKey: fixedKey{oracleKey}}
			one := pin(c.rule, &c.opts, [][]Wrapped{{{Key: c.key}}}, []KeyService{service})[0]
			_, err := one.Unwrap(t.Context(), Wrapped{Key: c.key})
			if got := service.asked > 0; got != c.want || (err == nil) != c.want {
				t.Errorf("contacted %t (%v), want %t", got, err, c.want)
			}
			// Sealing anew asks for what the file names no more than opening does.
			if _, err := one.Wrap(t.Context(), c.key, oracleKey); (err == nil) != c.want {
				t.Errorf("a new data key is wrapped for it: %v, want %t", err, c.want)
			}
			one = pin(c.rule, &c.opts, nil, []KeyService{service})[0]
			if _, err := one.Wrap(t.Context(), c.key, oracleKey); err != nil {
				t.Errorf("a key that the file does not name: %v", err)
			}
		})
	}
}
