package policy

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

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

const huaweiKey = "tr-west-1:ABC12345-6789-4123-8567-890123456789"

const kmsARN = "arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab"

func (g *generator) flatKey(indent string) string {
	switch g.r.IntN(10) {
	case 7:
		return indent + "pgp: [85D77543B3D624B63CEA9E6DBC17301B491B3F21, ' FBC7 B9E2 A4F9 289A C0C1  D484 3D16 CEE4 A273 81B4']\n"
	case 8:
		return indent + "kms: [' " + kmsARN + " ', '" + kmsARN + "," + strings.Replace(kmsARN, ":key/", ":alias/", 1) + "']\n"
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
		return indent + "hckms: ['" + huaweiKey + "']\n"
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
		s += indent + "hckms:\n" + indent + "  - key_id: " + huaweiKey + "\n"
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
	switch g.r.IntN(20) {
	case 0:
		s += g.defect("encrypted_regx", "    encrypted_regx: x\n")
	case 3:
		s += g.defect("type", "    mac_only_encrypted: perhaps\n")
	case 4:
		s += g.defect("empty group", "    key_groups: [{age: []}]\n")
	case 5:
		s += g.defect("bad ARN", "    kms: arn:aws:kms:eu-west-1:1:grant/x\n")
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
