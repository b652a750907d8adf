package policy

import (
	"math/rand/v2"
	"testing"
)

// The set gives the rule's own answer for each key.
func TestKeySetAgrees(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[r.IntN(len(list))] }
	random := func() Key {
		k := Key{Type: []KeyType{AWSKMS, PGP, AzureVault, Age, VaultKey}[r.IntN(5)]}
		k.ID = pick("a", "A", "https://v/keys/n/", "https://v/keys/n/1", "https://v/keys/n", "0123456789ABCDEF", "0123456789abcdef0123456789ABCDEF0123456789abcdef", "")
		k.Role, k.Profile = pick("", "", "r"), pick("", "", "p")
		if r.IntN(3) == 0 {
			k.Context = map[string]string{pick("x", "y"): pick("1", "2")}
		}
		return k
	}
	for range 2000 {
		rule := &Rule{}
		for range r.IntN(3) {
			var g Group
			for range r.IntN(4) {
				g = append(g, random())
			}
			rule.Groups = append(rule.Groups, g)
		}
		set := rule.KeySet()
		for range 5 {
			if k := random(); set.Allows(k) != rule.Allows(k) {
				t.Fatalf("%+v by %+v: %v", k, rule.Groups, set.Allows(k))
			}
		}
	}
}
