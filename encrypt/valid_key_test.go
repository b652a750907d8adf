package encrypt

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"filippo.io/age"

	"github.com/gitsecrets/gitsecrets/policy"
)

// keyCanary stands in malformed names, and must not come back in errors.
const keyCanary = "CANARY"

func malformedKeys() []policy.Key {
	var keys []policy.Key
	add := func(t policy.KeyType, ids ...string) {
		for _, id := range ids {
			keys = append(keys, policy.Key{Type: t, ID: id})
		}
	}
	add(policy.Age, "", "age1", "age1CANARY", "AGE1CANARY", "age1qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq",
		"AGE-SECRET-KEY-1CANARY", "age-secret-key-1canary", "AGE-SECRET-KEY-PQ-1CANARY", "AGE-PLUGIN-X-1CANARY", "-----BEGIN OPENSSH PRIVATE KEY-----CANARY",
		"ssh-rsa CANARY", "ssh-ed25519", "ssh-dss AAAA", "CANARY", "age1pq1CANARY", "age1x1CANARY", "age1../x1qqqq", strings.Repeat("age1", 1<<13))
	add(policy.PGP, "", "CANARY", "--homedir=/CANARY", "user@example.com", "ABCD1234", strings.Repeat("A", 39), strings.Repeat("G", 40), strings.Repeat("A", 40)+"!!")
	add(policy.AWSKMS, "", "CANARY", "alias/CANARY", testARN+" ", " "+testARN, testARN+"\n", testARN+"?CANARY",
		"arn:aws:kms:evil.example.com/:111122223333:key/CANARY", "arn:aws:kms:evil.example.com#:1:key/a", "arn:aws:kms:eu-west-1@evil:1:key/a",
		"arn:aws:kms::111122223333:key/a", "arn:aws:kms:eu-west-1:x:key/a", "arn:aws:kms:eu-west-1:111122223333:key/", "arn:aws:kms:eu-west-1:111122223333:secret/a",
		"arn:aws:s3:eu-west-1:111122223333:key/a", "arn:evil:kms:eu-west-1:111122223333:key/a", "arn:aws:kms:EU-WEST-1:111122223333:key/a",
		testARN+"+"+testRole, "x"+testARN, strings.Repeat(testARN, 100))
	keys = append(keys,
		policy.Key{Type: policy.AWSKMS, ID: testARN, Role: "CANARY"},
		policy.Key{Type: policy.AWSKMS, ID: testARN, Role: "arn:aws:iam::111122223333:user/x"},
		policy.Key{Type: policy.AWSKMS, ID: testARN, Role: testRole + "\n"},
		policy.Key{Type: policy.AWSKMS, ID: testARN, Profile: "a\nb"})
	add(policy.GCPKMS, "", "CANARY", "projects/p/locations/l/keyRings/r/cryptoKeys/", "projects/../locations/l/keyRings/r/cryptoKeys/k",
		"projects/p/locations/l/keyRings/r/cryptoKeys/k?CANARY", "projects/p/locations/l/keyRings/r/cryptoKeys/k:destroy", "projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1",
		"/projects/p/locations/l/keyRings/r/cryptoKeys/k", "projects/p/locations/l/keyRings/r/cryptoKeys/k\n")
	add(policy.HuaweiKMS, "", "CANARY", "region:", ":uuid", "re/gion:uuid", "region:uu id", "region:uuid:x")
	add(policy.AzureVault, "", "CANARY", "http://x.vault.azure.net/keys/a/b", "https://vault.azure.net/keys/a/b", "https://x.vault.azure.net.evil.example/keys/a/b",
		"https://x@evil.example/keys/a/b", "https://evil.example#.vault.azure.net/keys/a/b", "https://evil.example/.vault.azure.net/keys/a/b", "https://x.vault.azure.net:1/keys/a/b",
		"https://x.vault.azure.net/keys/a/../b", "https://x.vault.azure.net/keys//b", "https://x.vault.azure.net/keys/a/b?c", "https://a.b.vault.azure.net/keys/a/b")
	add(policy.VaultKey, "", "CANARY", "ftp://v/v1/transit/keys/k", "https:///v1/transit/keys/k", "https://u:CANARY@v/v1/transit/keys/k", "https://v?x/v1/transit/keys/k", "https://v#/v1/transit/keys/k",
		"https://v/prefix/v1/transit/keys/k", "https://v/v1/../keys/k", "https://v/v1/transit/keys/", "https://v/v1/transit/keys/a/b/..", "https://v/v1/transit/keys/k?x", "https://v/v1//keys/k",
		"https://v:/v1/transit/keys/k", "https://v%2f/v1/transit/keys/k")
	add("nonsense", "CANARY")
	return keys
}

func TestValidateKeyRefuses(t *testing.T) {
	for _, key := range malformedKeys() {
		err := ValidateKey(key)
		if err == nil {
			t.Errorf("%s %.200q %q was accepted", key.Type, key.ID, key.Role)
			continue
		}
		if s := strings.ToUpper(err.Error()); strings.Contains(s, keyCanary) || len(s) > 200 {
			t.Errorf("%s: the error quotes: %v", key.Type, err)
		}
	}
}

func TestValidateKeyAccepts(t *testing.T) {
	pq, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []policy.Key{
		{Type: policy.Age, ID: "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p"},
		{Type: policy.Age, ID: pq.Recipient().String()},
		{Type: policy.Age, ID: "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t"},
		{Type: policy.Age, ID: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJBFzTK8O1lKVwVxLvNkYBAzVEFBGGG6Xq1+mM4hmK4a me@example.com"},
		{Type: policy.PGP, ID: "FBC7 B9E2 A4F9 289A C0C1  D484 3D16 CEE4 A27381B4"},
		{Type: policy.PGP, ID: "fbc7b9e2a4f9289ac0c1d4843d16cee4a27381b4!"},
		{Type: policy.PGP, ID: "3D16CEE4A27381B4"},
		kmsKey(testARN), kmsKey(testAlias),
		kmsKey("arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/mrk-0123456789abcdef0123456789abcdef"),
		kmsKey("arn:aws-cn:kms:cn-north-1:111122223333:alias/a_b-c/d"),
		{Type: policy.AWSKMS, ID: testARN, Role: testRole, Profile: "my profile"},
		{Type: policy.GCPKMS, ID: "projects/example.com:my-project/locations/global/keyRings/sops/cryptoKeys/sops-key_1"},
		{Type: policy.HuaweiKMS, ID: "tr-west-1:abc12345-6789-0123-4567-890123456789"},
		{Type: policy.AzureVault, ID: "https://my-vault.vault.azure.net/keys/sops-key/0123456789abcdef0123456789abcdef"},
		{Type: policy.AzureVault, ID: "https://my-vault.vault.azure.net//keys/sops-key/"},
		{Type: policy.AzureVault, ID: "https://my-vault.vault.azure.net/keys/sops-key"},
		{Type: policy.AzureVault, ID: "https://hsm.managedhsm.azure.net/keys/k/v"},
		{Type: policy.VaultKey, ID: "https://vault.example.com:8200/v1/transit/keys/my-key"},
		{Type: policy.VaultKey, ID: "http://127.0.0.1:8200/v1/a/b/c/keys/my.key_1"},
	} {
		if err := ValidateKey(key); err != nil {
			t.Errorf("%s %s: %v", key.Type, key.ID, err)
		}
	}
}

// What passes for a key's name passes in sops too, and cannot lead to another
// host than it seems to.
func FuzzValidateKey(f *testing.F) {
	for _, k := range malformedKeys() {
		f.Add(string(k.Type), k.ID)
	}
	f.Add("kms", testARN)
	f.Add("azure_kv", "https://my-vault.vault.azure.net/keys/k/v")
	f.Add("hc_vault", "https://vault.example.com:8200/v1/transit/keys/k")
	f.Add("gcp_kms", testGCPKey)
	arn := regexp.MustCompile(`^arn:aws[\w-]*:kms:(.+):[0-9]+:(key|alias)/.+$`)
	resource := regexp.MustCompile(`^projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+$`)
	f.Fuzz(func(t *testing.T, kind, id string) {
		key := policy.Key{Type: policy.KeyType(kind), ID: id}
		err := ValidateKey(key)
		if err != nil {
			if len(err.Error()) > 400 {
				t.Errorf("long error: %v", err)
			}
			return
		}
		switch key.Type {
		case policy.AWSKMS:
			if m := arn.FindStringSubmatch(id); m == nil || strings.ContainsAny(m[1], "./@:#?%\\ ") {
				t.Errorf("%q passed", id)
			}
		case policy.GCPKMS:
			if !resource.MatchString(id) || strings.ContainsAny(id, "?#%\\ ") {
				t.Errorf("%q passed", id)
			}
		case policy.AzureVault, policy.VaultKey:
			u, err := url.Parse(id)
			if err != nil || u.User != nil || u.RawQuery != "" || u.Fragment != "" || strings.Contains(u.Path, "..") && strings.Contains(u.Path, "/../") {
				t.Errorf("%q passed", id)
			}
			if key.Type == policy.AzureVault && (u.Scheme != "https" || strings.Count(u.Host, ".") < 3) {
				t.Errorf("%q passed", id)
			}
		}
	})
}
