package policy

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/getsops/sops/v3/config"
	"github.com/getsops/sops/v3/keys"
)

// Throw-away recipients; nobody has their identities.
var testRecipients = []string{
	"age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun",
	"age1yt3tfqlfrwdwx0z0ynwplcr6qxcxfaqycuprpmy89nr83ltx74tqdpszlw",
	"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBuzqOmmO2Vh6gP1Jd7NR0ZB0ZSxVj8zXzFXpMPsG1mc",
}

// sopsName is the name that sops's MasterKey.ToString would give our key.
func sopsName(k Key) string {
	s := k.ID
	if k.Role != "" {
		s += "+" + k.Role
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(k.Context)) {
		pairs = append(pairs, name+":"+k.Context[name])
	}
	if k.Profile != "" {
		return s + "|" + strings.Join(pairs, ",") + "|" + k.Profile
	}
	if len(pairs) > 0 {
		return s + "|" + strings.Join(pairs, ",")
	}
	return s
}

func compareRule(t *testing.T, ours *Rule, theirs *config.Config) {
	t.Helper()
	if ours.Threshold != theirs.ShamirThreshold || ours.MACOnlyEncrypted != theirs.MACOnlyEncrypted {
		t.Errorf("threshold %d, MAC only %t; sops %d, %t", ours.Threshold, ours.MACOnlyEncrypted, theirs.ShamirThreshold, theirs.MACOnlyEncrypted)
	}
	selectors := map[SelectorKind]string{
		UnencryptedSuffix: theirs.UnencryptedSuffix, EncryptedSuffix: theirs.EncryptedSuffix,
		UnencryptedRegex: theirs.UnencryptedRegex, EncryptedRegex: theirs.EncryptedRegex,
		UnencryptedCommentRegex: theirs.UnencryptedCommentRegex, EncryptedCommentRegex: theirs.EncryptedCommentRegex,
	}
	for kind, want := range selectors {
		got := ""
		if ours.Selector.Kind() == kind {
			got = ours.Selector.Text()
		}
		if got != want {
			t.Errorf("%s is %q; sops %q", kind, got, want)
		}
	}
	if len(ours.Groups) != len(theirs.KeyGroups) {
		t.Fatalf("%d groups; sops %d", len(ours.Groups), len(theirs.KeyGroups))
	}
	for i, group := range ours.Groups {
		var got, want []string
		for _, k := range group {
			got = append(got, string(k.Type)+" "+sopsName(k))
		}
		for _, k := range theirs.KeyGroups[i] {
			want = append(want, k.TypeToIdentifier()+" "+keys.MasterKey(k).ToString())
		}
		if strings.Join(got, "\n") != strings.Join(want, "\n") {
			t.Errorf("group %d:\n%s\nsops:\n%s", i, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	}
}

func TestRulesAgreeWithSops(t *testing.T) {
	paths := []string{"secrets/a.yaml", "prod/x.json", "deep/a/b.env", "a", "dir/sub", "other.txt", "SECRET"}
	for seed := range uint64(400) {
		g := &generator{r: rand.New(rand.NewPCG(seed, 7))}
		src := g.pick("", "x-anchors:\n  - &k "+testRecipients[0]+"\n", "stores:\n  yaml:\n    indent: 2\n") + "creation_rules:\n"
		for range 1 + g.r.IntN(4) {
			src += g.rule()
		}
		if t.Run(fmt.Sprint(seed), func(t *testing.T) { agree(t, src, paths, g.planted) }); t.Failed() {
			t.Fatalf("policy:\n%s\nplanted: %v", src, g.planted)
		}
	}
}

func agree(t *testing.T, src string, paths, planted []string) {
	dir := t.TempDir()
	file := filepath.Join(dir, FileName)
	if err := os.WriteFile(file, []byte(src), 0o600); err != nil {
		t.Fatal(err)
	}
	p, err := Parse(FileName, []byte(src))
	if (err != nil) != (len(planted) > 0) {
		t.Fatalf("error %v", err)
	}
	if err != nil {
		return
	}
	for _, path := range paths {
		rule := p.Rule(path)
		theirs, err := config.LoadCreationRuleForFile(file, filepath.Join(dir, path), nil)
		if (rule == nil) != (err != nil) {
			t.Fatalf("%s: ours %v, sops %v", path, rule, err)
		}
		if rule != nil {
			compareRule(t, rule, theirs)
		}
	}
}

func TestPoliciesOfPeopleAgreeWithSops(t *testing.T) {
	a, b := testRecipients[0], testRecipients[1]
	for name, src := range map[string]string{
		"catch-all":                "creation_rules:\n  - age: " + a + "\n",
		"anchors":                  "keys:\n  - &me " + a + "\n  - &you " + b + "\ncreation_rules:\n  - path_regex: secrets/[^/]+\\.yaml$\n    key_groups:\n      - age:\n          - *me\n          - *you\n",
		"merge key":                "defaults: &d\n  age: " + a + "\n  encrypted_regex: ^x$\ncreation_rules:\n  - <<: *d\n    path_regex: ^prod/\n  - <<: *d\n    encrypted_regex: ^y$\n",
		"folded":                   "creation_rules:\n  - age: >-\n      " + a + ",\n      " + b + "\n",
		"trailing":                 "creation_rules:\n  - age: \"" + a + ", " + b + ",\"\n",
		"comma in list":            "creation_rules:\n  - age: [\"" + a + "," + b + "\"]\n",
		"number":                   "creation_rules:\n  - path_regex: 1\n    age: " + a + "\n",
		"empty rules":              "creation_rules: []\n",
		"no rules":                 "stores: {}\n",
		"empty":                    "",
		"spaces in kms":            "creation_rules:\n  - kms: '" + kmsARN + " , " + kmsARN + "'\n",
		"profile":                  "creation_rules:\n  - kms: " + kmsARN + "\n    aws_profile: 123\n",
		"words of 1.1":             "creation_rules:\n  - age: " + a + "\n    mac_only_encrypted: yes\n",
		"null fields":              "creation_rules:\n  - path_regex:\n    age: " + a + "\n    pgp:\n    key_groups:\n    unencrypted_suffix: null\n",
		"two ssh":                  "creation_rules:\n  - age: [" + testRecipients[2] + " me@example.org, " + testRecipients[2] + "]\n",
		"merged twice":             "a: &a {age: " + a + "}\nb: &b {age: " + b + ", path_regex: prod}\ncreation_rules:\n  - <<: [*a, *b]\n",
		"merged groups":            "g: &g\n  age: [" + a + "]\ncreation_rules:\n  - shamir_threshold: 2\n    key_groups:\n      - merge: [*g, {merge: [*g], age: [" + b + "]}]\n        age: [" + a + "]\n      - *g\n",
		"context":                  "creation_rules:\n  - key_groups:\n      - kms:\n          - {arn: '" + kmsARN + "', context: {build: 7, ok: true, empty: ''}}\n          - {arn: '" + kmsARN + "', context: {}}\n          - {arn: '" + kmsARN + "'}\n",
		"slash of azure":           "creation_rules:\n  - key_groups:\n      - azure_keyvault: [{vaultUrl: 'https://v.vault.azure.net/', key: k, version: v}]\n",
		"vault":                    "creation_rules:\n  - hc_vault_transit_uri: ['http://127.0.0.1:8200/v2/deep/engine/anything/k', 'HTTPS://v.example.org/v1/transit/keys/k/']\n",
		"flat beside groups":       "creation_rules:\n  - age: " + a + "\n    key_groups: [{age: [" + b + "]}]\n",
		"second document is empty": "---\ncreation_rules:\n  - age: " + a + "\n---\n",
		"byte order mark":          "\ufeffcreation_rules:\n  - age: " + a + "\n",
		"carriage returns":         "creation_rules:\r\n  - age: " + a + "\r\n",
		"backslashes":              "creation_rules:\n  - path_regex: '^secrets[\\/]x'\n    age: " + a + "\n",
		"long ID":                  "creation_rules:\n  - pgp: 0xBC17301B491B3F21, 85D77543B3D624B63CEA9E6DBC17301B491B3F21!\n",
		"key_groups of nothing":    "creation_rules:\n  - key_groups: []\n    age: " + a + "\n",
		"duplicates":               "creation_rules:\n  - age: " + a + "," + a + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, FileName)
			if err := os.WriteFile(file, []byte(src), 0o600); err != nil {
				t.Fatal(err)
			}
			p, err := Parse(FileName, []byte(src))
			if err != nil {
				t.Fatal(err)
			}
			for _, path := range []string{"secrets/x.yaml", "prod/1", "other"} {
				theirs, err := config.LoadCreationRuleForFile(file, filepath.Join(dir, path), nil)
				rule := p.Rule(path)
				if (rule == nil) != (err != nil || theirs == nil) {
					t.Fatalf("%s: ours %v; sops %v, %v", path, rule, theirs, err)
				}
				if rule != nil {
					compareRule(t, rule, theirs)
				}
			}
		})
	}
}
