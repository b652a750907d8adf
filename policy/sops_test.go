package policy

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
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
	for _, name := range []string{"app", "env"} {
		if v, ok := k.Context[name]; ok {
			pairs = append(pairs, name+":"+v)
		}
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

// generator writes random policies and knows which defects it put in.
type generator struct {
	r       *rand.Rand
	planted []string
}

func (g *generator) pick(words ...string) string { return words[g.r.IntN(len(words))] }
func (g *generator) chance(n int) bool           { return g.r.IntN(n) == 0 }

func (g *generator) defect(what, text string) string {
	g.planted = append(g.planted, what)
	return text
}

const kmsARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

func (g *generator) flatKey(indent string) string {
	switch g.r.IntN(8) {
	case 0:
		return indent + "age: " + testRecipients[0] + "," + testRecipients[1] + "\n"
	case 1:
		return indent + "age:\n" + indent + "  - " + testRecipients[2] + "\n" + indent + "  - " + testRecipients[0] + "\n"
	case 2:
		return indent + "pgp: 'FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4, D7229043384BCC60326C6FB9D8720D957C3D3074'\n"
	case 3:
		return indent + "kms: " + kmsARN + "+arn:aws:iam::111122223333:role/dev," + strings.Replace(kmsARN, "eu", "us", 1) + "\n" + indent + "aws_profile: " + g.pick("work", "\"\"") + "\n"
	case 4:
		return indent + "gcp_kms: [projects/p/locations/l/keyRings/r/cryptoKeys/k]\n"
	case 5:
		return indent + "hckms: ['tr-west-1:abc-123']\n"
	case 6:
		return indent + "azure_keyvault: https://v.vault.azure.net/keys/k/abc, https://w.vault.azure.net/keys/k/def\n"
	}
	return indent + "hc_vault_transit_uri: https://vault.example.org:8200/v1/transit/keys/dev,\n"
}

func (g *generator) group(indent string) string {
	s := ""
	if g.chance(3) {
		s += indent + "merge:\n" + indent + "  - age: [" + testRecipients[1] + "]\n" + indent + "    pgp: ['85D77543B3D624B63CEA9E6DBC17301B491B3F21']\n"
	}
	s += indent + "age:\n" + indent + "  - " + testRecipients[0] + "\n"
	if g.chance(2) {
		s += indent + "  - " + testRecipients[0] + "\n" // once in the result
	}
	if g.chance(2) {
		s += indent + "kms:\n" + indent + "  - arn: " + kmsARN + "\n" + indent + "    context: {app: web, env: prod}\n" + indent + "    role: arn:aws:iam::111122223333:role/dev\n" + indent + "    aws_profile: p\n"
	}
	if g.chance(3) {
		s += indent + "azure_keyvault:\n" + indent + "  - vaultUrl: https://v.vault.azure.net\n" + indent + "    key: k\n" + indent + "    version: abc\n"
	}
	if g.chance(3) {
		s += indent + "gcp_kms:\n" + indent + "  - resource_id: projects/p/locations/l/keyRings/r/cryptoKeys/k\n"
	}
	if g.chance(3) {
		s += indent + "hc_vault: ['https://vault.example.org/v1/a/b/keys/dev']\n"
	}
	if g.chance(3) {
		s += indent + "hckms:\n" + indent + "  - key_id: tr-west-1:abc\n"
	}
	return s
}

func (g *generator) rule() string {
	s := ""
	if g.chance(12) {
		s += g.defect("path_regex", "    path_regex: '(open'\n")
	} else if !g.chance(4) {
		s += "    path_regex: " + g.pick(`secrets/.*\.yaml$`, `^prod/`, `\.env$`, `a|b`, `^$`, `'(?i)SECRET'`) + "\n"
	}
	groups := 1
	if g.chance(3) {
		groups = 1 + g.r.IntN(3)
		s += "    key_groups:\n"
		for range groups {
			s += "      -" + g.group("        ")[7:]
		}
	} else {
		seen := map[string]bool{}
		for range 1 + g.r.IntN(3) {
			key := g.flatKey("    ")
			if name, _, _ := strings.Cut(strings.TrimSpace(key), ":"); !seen[name] {
				seen[name] = true
				s += key
			}
		}
	}
	if g.chance(3) && groups > 1 {
		s += fmt.Sprintf("    shamir_threshold: %d\n", 2+g.r.IntN(groups-1))
	}
	switch g.r.IntN(6) {
	case 0:
		s += "    encrypted_regex: ^(data|stringData)$\n"
	case 1:
		s += "    unencrypted_suffix: _plain\n"
	case 2:
		s += "    " + g.pick("unencrypted_regex", "encrypted_suffix", "encrypted_comment_regex", "unencrypted_comment_regex") + ": x\n"
	}
	if g.chance(10) {
		s += "    mac_only_encrypted: true\n"
	}
	switch g.r.IntN(14) {
	case 0:
		s += g.defect("encrypted_regx", "    encrypted_regx: x\n")
	case 1:
		s += g.defect("two selectors", "    encrypted_suffix: a\n    unencrypted_suffix: b\n")
	case 2:
		s += g.defect("shamir_threshold", "    shamir_threshold: 9\n")
	}
	// A field given twice is a defect of YAML's, which both refuse.
	lines := map[string]bool{}
	for _, line := range strings.Split(s, "\n") {
		if strings.HasPrefix(line, "    ") && !strings.HasPrefix(line, "     ") {
			name, _, _ := strings.Cut(strings.TrimSpace(line), ":")
			if lines[name] {
				g.planted = append(g.planted, "twice")
			}
			lines[name] = true
		}
	}
	return "  -" + s[3:]
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
		"catch-all":     "creation_rules:\n  - age: " + a + "\n",
		"anchors":       "keys:\n  - &me " + a + "\n  - &you " + b + "\ncreation_rules:\n  - path_regex: secrets/[^/]+\\.yaml$\n    key_groups:\n      - age:\n          - *me\n          - *you\n",
		"merge key":     "defaults: &d\n  age: " + a + "\n  encrypted_regex: ^x$\ncreation_rules:\n  - <<: *d\n    path_regex: ^prod/\n  - <<: *d\n    encrypted_regex: ^y$\n",
		"folded":        "creation_rules:\n  - age: >-\n      " + a + ",\n      " + b + "\n",
		"trailing":      "creation_rules:\n  - age: \"" + a + ", " + b + ",\"\n",
		"comma in list": "creation_rules:\n  - age: [\"" + a + "," + b + "\"]\n",
		"number":        "creation_rules:\n  - path_regex: 1\n    age: " + a + "\n",
		"empty rules":   "creation_rules: []\n",
		"no rules":      "stores: {}\n",
		"empty":         "",
		"spaces in kms": "creation_rules:\n  - kms: '" + kmsARN + " , " + kmsARN + "'\n",
		"duplicates":    "creation_rules:\n  - age: " + a + "," + a + "\n",
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
