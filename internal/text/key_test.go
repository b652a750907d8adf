package text

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// examples returns keys of all forms, none of which opens anything, and the
// part of each that must not be seen.
func examples(t *testing.T) map[string][2]string {
	t.Helper()
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block := string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: append(der, der...)}))
	body := strings.Split(block, "\n")[1]
	token := strings.Repeat("aB3dE5", 8)
	bech := strings.Repeat("qpzry9x8", 7)
	return map[string][2]string{
		"age":               {"AGE-SECRET-KEY-1" + strings.ToUpper(bech), strings.ToUpper(bech)[:20]},
		"age in small":      {"age-secret-key-1" + bech, bech[:20]},
		"age, post-quantum": {"AGE-SECRET-KEY-PQ-1" + strings.ToUpper(bech), strings.ToUpper(bech)[:20]},
		"age, cut":          {"AGE-SECRET-KEY-1QPZRY9", "QPZRY9"},
		"age plugin":        {"AGE-PLUGIN-YUBIKEY-1" + strings.ToUpper(bech), strings.ToUpper(bech)[:20]},
		"plugin in small":   {"age-plugin-yubikey-1" + bech, bech[:20]},
		"PEM":               {block, body},
		"PEM, no end":       {strings.Split(block, "-----END")[0], body},
		"PEM, no beginning": {body + "\n-----END PRIVATE KEY-----\n", body},
		"SSH":               {strings.ReplaceAll(block, "PRIVATE KEY", "OPENSSH PRIVATE KEY"), body},
		"PGP":               {strings.ReplaceAll(block, "PRIVATE KEY", "PGP PRIVATE KEY BLOCK"), body},
		"JWT":               {"eyJhbGciOiJub25lIn0." + token + "." + token, token},
		"Vault":             {"hvs." + token, token},
		"Vault, batch":      {"hvb." + token, token},
		"Vault, older":      {"s." + token[:24], token[:24]},
		"AWS":               {"wJalrXUtnFEMI/K7MDENG+bPxRfiCYzAQ1v9Zk3T", "wJalrXUtnFEMI"},
		"AWS session":       {"IQoJb3JpZ2lu" + token, token},
		"AWS key ID":        {"AKIA" + "Q3EGRIWQ5NZB7T2L", "GRIWQ5NZ"},
		"Google":            {"ya29." + token, token},
		"GitHub":            {"ghs_" + token, token},
		"GitHub, fine":      {"github_pat_" + token, token},
		"GitLab":            {"glpat-" + token, token},
		"Azure":             {"abc8Q~" + token, token},
		"URL":               {"https://ci:" + token + "@vault.example.com/v1", token},
	}
}

// However a key gets into a message, none of it is left.
func TestWithholdLeavesNothingOfAKey(t *testing.T) {
	for name, example := range examples(t) {
		key, secret := example[0], example[1]
		if HoldsKey(key) != (name != "URL") {
			t.Errorf("%s: is seen to be a key: %t", name, HoldsKey(key))
		}
		encoded, err := json.Marshal(map[string]string{"path": key, "z": "after"})
		if err != nil {
			t.Fatal(err)
		}
		for how, message := range map[string]string{
			"alone":    key,
			"an error": "open " + key + ": no such file or directory",
			"quoted":   "there is no file " + strconv.Quote(key) + " here",
			"JSON":     string(encoded),
			"a folder": filepath.Join("/home/ada", key, "x"),
			"twice":    key + ": " + key,
		} {
			got := Withhold(message)
			if strings.Contains(got, secret) {
				t.Errorf("%s, %s: %s", name, how, got)
			}
			if how == "JSON" && !strings.Contains(got, "after") || how == "quoted" && !strings.Contains(got, "here") {
				t.Errorf("%s, %s: takes too much: %s", name, how, got)
			}
		}
	}
}

// What is public, and ordinary names, stay as they are.
func TestWithholdLeavesTheRest(t *testing.T) {
	for _, s := range []string{
		"", "secrets/prod.yaml", "global-secrets-of-production-and-staging.yaml", "glossary-of-all-the-words-that-we-use.md",
		"gh_pages/index.html", "keyJournalOfTheYear2024.txt", "s.yaml", "s.production_credentials.yaml", "hvac.controller.settings.yaml",
		"age1khljyr2d5ywtutkh5c9w7vd8m6qdkp8p6g7670nvtah6e8rrv9uqvyg7my", "the program age-plugin-yubikey is not in PATH",
		"age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t",
		"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJtnfPGd1DlNNFfCmR8f2qbE2yCKLq0m8PrzMDVDfu5h ada@laptop",
		"FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4", "FbC7b9E2a4F9289Ac0C1d4843D16cEe4a27381B4", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
		"arn:aws:kms:eu-west-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
		"arn:aws:iam::111122223333:role/GitHubActionsDeployRoleForProductionEU2024",
		"https://vault.example.com:8200/v1/transit/keys/team", "tcp://127.0.0.1:5000", "git@github.com:org/repo.git", "ssh://git@host/x",
		"/Users/Ada/Documents/Work2024/Secrets/pr", "/var/folders/zz/zyxvpxvq6csfxvn_n0000000000000/T/TestFoo123/001/x",
		"projects/p/locations/global/keyRings/r/cryptoKeys/k", "-----BEGIN AGE ENCRYPTED FILE-----", "-----BEGIN CERTIFICATE-----",
		"a PEM private key in the policy: BEGIN PRIVATE KEY",
	} {
		if got := Withhold(s); got != s || HoldsKey(s) {
			t.Errorf("%q became %q (a key: %t)", s, got, HoldsKey(s))
		}
	}
}

// Secrets of AWS have no mark; nearly all of them are known by their look.
func TestAWSSecretsLookRandom(t *testing.T) {
	missed := 0
	for range 10_000 {
		raw := make([]byte, 30)
		if _, err := rand.Read(raw); err != nil {
			t.Fatal(err)
		}
		if !isAWSSecret(base64.StdEncoding.EncodeToString(raw)) {
			missed++
		}
	}
	if missed > 200 {
		t.Errorf("%d of 10,000 random secrets are taken for words", missed)
	}
}

// A public key is random, and may have anything in it: a recipient that is taken
// for a secret could not be used.
func TestSSHRecipientsAreNoKeys(t *testing.T) {
	raw := make([]byte, 279)
	for range 2000 {
		if _, err := rand.Read(raw[11:]); err != nil {
			t.Fatal(err)
		}
		copy(raw, "\x00\x00\x00\x07ssh-rsa")
		key := "ssh-rsa " + base64.StdEncoding.EncodeToString(raw)
		if HoldsKey(key) || HoldsKey(key+" ada@laptop") {
			t.Fatalf("taken for a secret: %s", key)
		}
	}
	if key := "ssh-rsa AAAAB3NzaC1yc2E/wJalrXUtnFEMI/K7MDENG+bPxRfiCYzAQ1v9Zk3T/eyJhbGciOiJub25lIn0 x"; HoldsKey(key) {
		t.Error("taken for a secret, for what looks like one in it")
	}
	if !HoldsKey("ssh-rsa AAAAB3NzaC1yc2E AGE-SECRET-KEY-1QPZRY9X8") {
		t.Error("a secret in its comment is not seen")
	}
}

func FuzzWithhold(f *testing.F) {
	for _, s := range []string{"", "open AGE-SECRET-KEY-1X: no", "-----BEGIN PRIVATE KEY-----", "x://a:b@c"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		once := Withhold(s)
		if strings.Contains(strings.ToUpper(once), "AGE-SECRET-KEY-") || Withhold(once) != once {
			t.Errorf("%q became %q", s, once)
		}
	})
}
