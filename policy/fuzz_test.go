package policy

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getsops/sops/v3/config"
)

// What we accept, sops accepts, and takes the same rule and keys from it.
func FuzzParse(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range seeds {
		src, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(src)
	}
	f.Add([]byte("creation_rules:\n  - path_regex: x\n" + oneKey))
	f.Add([]byte("creation_rules:\n  - key_groups:\n      - merge: [{age: [age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun]}]\n        pgp: [85D77543B3D624B6]\n    shamir_threshold: 0\nstores: {yaml: {indent: 2}}\n"))
	f.Add([]byte("a: &a\n  pgp: 85D77543B3D624B6\ncreation_rules:\n  - <<: *a\n"))
	f.Add([]byte("creation_rules:\n  - hc_vault_transit_uri: https://a.b/v1/t/keys/k\n    hckms: ['r:00000000-0000-4000-8000-000000000001']\n    kms: arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001+arn:aws:iam::111122223333:role/r\n    gcp_kms: [projects/p/locations/l/keyRings/r/cryptoKeys/k]\n"))
	dir := f.TempDir()
	f.Fuzz(func(t *testing.T, src []byte) { sopsAgrees(t, dir, src) })
}

// What mutation of sound policies makes is nearer to policies than what the
// fuzzer finds from bytes.
func TestMutatedPoliciesAgreeWithSops(t *testing.T) {
	words := []string{
		"null", "~", "[]", "{}", "[null]", "''", "' '", ",", "1", "yes", "!!str", "!!binary", "!x", "&a", "*a", "<<: *a", "? ", "- ", "\"", "|", ">-",
		"age:", "pgp:", "kms:", "gcp_kms:", "hckms:", "azure_keyvault:", "hc_vault:", "merge:", "key_groups:", "path_regex:", "aws_profile:", "context:",
		"shamir_threshold: 2", "mac_only_encrypted: on", "encrypted_regex: a", "\n", "\n  ", "\n    ", "#", " ", "/", ":", "+", "%", "..", "v1",
		testRecipients[0], kmsARN, "https://v.vault.azure.net/keys/k/v", "https://h/v1/t/keys/k", "85D77543B3D624B6", "a:b", "projects/p/locations/l/keyRings/r/cryptoKeys/k",
	}
	dir := t.TempDir()
	accepted := 0
	for seed := range uint64(6000) {
		r := rand.New(rand.NewPCG(seed, 3))
		g := &generator{r: r}
		src := "a: &a {age: " + testRecipients[1] + "}\nstores: {json: {indent: 3}}\ncreation_rules:\n" + g.rule()
		for range 1 + r.IntN(3) {
			i := r.IntN(len(src))
			j := min(i+r.IntN(12), len(src))
			switch r.IntN(4) {
			case 0:
				src = src[:i] + src[j:]
			case 1:
				src = src[:i] + g.pick(words...) + src[i:]
			case 2:
				src = src[:i] + g.pick(words...) + src[j:]
			case 3:
				lines := strings.SplitAfter(src, "\n")
				at := r.IntN(len(lines))
				lines[at] = strings.Replace(lines[at], ": ", ": "+g.pick(words...)+" ", 1)
				src = strings.Join(lines, "")
			}
		}
		if sopsAgrees(t, dir, []byte(src)) {
			accepted++
		}
		if t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, src)
		}
	}
	if accepted < 500 {
		t.Errorf("only %d were accepted", accepted)
	}
}

// sopsAgrees reports whether we accept a policy, and fails if sops does not,
// or not with the same rules.
func sopsAgrees(t *testing.T, dir string, src []byte) bool {
	p, err := Parse(FileName, src)
	if err != nil {
		return false
	}
	file := filepath.Join(dir, FileName)
	if err := os.WriteFile(file, src, 0o600); err != nil {
		t.Fatal(err)
	}
	stores, err := config.LoadStoresConfig(file)
	if err != nil {
		t.Errorf("sops refuses: %v", err)
		return true
	}
	if got := (Stores{stores.YAML.Indent, stores.JSON.Indent, stores.JSONBinary.Indent}); got != p.Stores {
		t.Errorf("stores %+v; sops %+v", p.Stores, got)
	}
	for _, path := range []string{"a", "x", "secrets/x.yaml", "prod/b.env"} {
		rule := p.Rule(path)
		if rule != nil && asksAzure(rule) {
			continue
		}
		theirs, err := config.LoadCreationRuleForFile(file, filepath.Join(dir, path), nil)
		if err != nil && rule == nil && strings.Contains(err.Error(), "no matching creation rules") {
			continue
		}
		if err != nil {
			if strings.Contains(err.Error(), "excessive aliasing") {
				return true
			}
			t.Errorf("sops refuses: %v", err)
			return true
		}
		if (rule == nil) != (theirs == nil) {
			t.Errorf("ours %v, sops %v", rule, theirs)
			return true
		}
		if rule != nil {
			compareRule(t, rule, theirs)
		}
	}
	return true
}

// asksAzure reports whether sops would ask Azure for the newest version of a
// key.
func asksAzure(r *Rule) bool {
	for _, g := range r.Groups {
		for _, k := range g {
			if k.Type == AzureVault && strings.HasSuffix(k.ID, "/") {
				return true
			}
		}
	}
	return false
}
