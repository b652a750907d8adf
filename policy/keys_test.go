package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/getsops/sops/v3/age"
	"github.com/getsops/sops/v3/azkv"
	"github.com/getsops/sops/v3/gcpkms"
	"github.com/getsops/sops/v3/hckms"
	"github.com/getsops/sops/v3/hcvault"
	"github.com/getsops/sops/v3/kms"
	"github.com/getsops/sops/v3/pgp"
)

func names[K interface{ ToString() string }](keys []K, err error) string {
	var out []string
	for _, k := range keys {
		out = append(out, k.ToString())
	}
	return fmt.Sprint(out, err)
}

// Flags name the keys that sops's own readers of flags find in them.
func TestFlagsAgreeWithSops(t *testing.T) {
	context, ok := ParseContext("app:web,env:prod")
	if !ok {
		t.Fatal("context refused")
	}
	sopsContext := kms.ParseKMSContext("app:web,env:prod")
	for _, c := range []struct {
		t    KeyType
		list string
		want func(list string) string
	}{
		{Age, testRecipients[0] + ", " + testRecipients[2] + " me@example.org", func(s string) string { return names(age.MasterKeysFromRecipients(s)) }},
		{PGP, "85D7 7543 B3D6 24B6 3CEA 9E6D BC17 301B 491B 3F21,BC17301B491B3F21", func(s string) string { return names(pgp.MasterKeysFromFingerprintString(s), nil) }},
		{AWSKMS, kmsARN + "+arn:aws:iam::111122223333:role/a/b, " + strings.Replace(kmsARN, "aws:kms:eu-west-1", "aws-cn:kms:cn-north-1", 1), func(s string) string { return names(kms.MasterKeysFromArnString(s, sopsContext, "p"), nil) }},
		{GCPKMS, "projects/example.com:p/locations/l/keyRings/r/cryptoKeys/k ,projects/p/locations/l/keyRings/r/cryptoKeys/k", func(s string) string { return names(gcpkms.MasterKeysFromResourceIDString(s), nil) }},
		{HuaweiKMS, huaweiKey + ", " + strings.ToLower(huaweiKey) + ",", func(s string) string { return names(hckms.NewMasterKeyFromKeyIDString(s)) }},
		{AzureVault, "https://v.vault.azure.net/keys/k/v, https://w.vault.azure.net:443/keys/k/v", func(s string) string { return names(azkv.MasterKeysFromURLs(s)) }},
		{VaultKey, "https://h:8200/v1/transit/keys/k,http://h/v1/a/b/keys/k/", func(s string) string { return names(hcvault.NewMasterKeysFromURIs(s)) }},
	} {
		keys, err := ParseKeys(c.t, c.list, "p", context)
		var got []string
		for _, k := range keys {
			got = append(got, sopsName(k))
		}
		if s := fmt.Sprint(got, err); s != c.want(c.list) {
			t.Errorf("%s: %s\nsops: %s", c.t, s, c.want(c.list))
		}
	}
}

func TestContextFlag(t *testing.T) {
	for text, want := range map[string]bool{"": true, "a:b": true, "a:b,c:": true, "a": false, "a:b:c": false, "a:b,": false} {
		if _, ok := ParseContext(text); ok != want {
			t.Errorf("%q: %t", text, ok)
		}
	}
}

func TestKeysThatAreNone(t *testing.T) {
	for _, c := range []struct {
		t    KeyType
		list []string
	}{
		{Age, []string{"age", "AGE1X", "bob", "ecdsa-sha2-nistp256 x"}},
		{PGP, []string{"85D77543", "0xZZ", "-----", "85D77543B3D624B63CEA9E6DBC17301B491B3F2G", "!", "0x"}},
		{AWSKMS, []string{"arn:aws:kms:evil.example.org/:1:key/k", "arn:aws:kms:r:1:key/", "arn:aws:kms:r:1:grant/k", "arn:aws:kms:r:x:key/k", "arn:aws:s3:r:1:key/k", "arn:aws:kms:r:1:key/k+arn:x", "arn:aws:kms:r#:1:key/k", "arn:aws:kms::1:key/k"}},
		{GCPKMS, []string{"projects/p", "projects/p/locations/l/keyRings/r/cryptoKeys/k?x", "projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1", "projects/../locations/l/keyRings/r/cryptoKeys/"}},
		{HuaweiKMS, []string{"a", ":a", "a:", "a:b/c", "a.b:c"}},
		{AzureVault, []string{"http://v/keys/k/v", "https://v/keys/", "https://u@v/keys/k/v", "https://v/keys/k/v/w", "https://v/keys/k/v?x", "https://v/secrets/k/v"}},
		{VaultKey, []string{"h/v1/t/keys/k", "ftp://h/v1/t/keys/k", "https://u:p@h/v1/t/keys/k", "https://h/prefix/v1/t/keys/k", "https://h/v1/t/keys/k?x=1", "https://h/v1/../keys/k", "https://h/v1/keys/k", "https:///v1/t/keys/k", "https://h/v1/t/keys/%2e", "https://h/v1/t//keys/k", "https://h/v1/t/v2/a/keys/k"}},
	} {
		for _, text := range c.list {
			if keys, err := ParseKeys(c.t, text, "", nil); err == nil {
				t.Errorf("%s %q: %v, no error", c.t, text, keys)
			}
		}
	}
	_, err := ParseKeys(VaultKey, "https://user:canary@h/v1/x?token=canary,hvs.canary", "", nil)
	if err == nil || strings.Contains(err.Error(), "canary") {
		t.Errorf("a password is quoted: %v", err)
	}
}

func TestDestinationsStoresSettings(t *testing.T) {
	src := `
stores: {yaml: {indent: 2}, json: {indent: 3}, json_binary: {indent: 0}}
destination_rules:
  - path_regex: ^s3/
    s3_bucket: b
    s3_prefix: p/
    omit_extensions: true
    recreation_rule:
      pgp: 85D77543B3D624B63CEA9E6DBC17301B491B3F21
      encrypted_regex: ^x$
  - vault_path: a
    vault_address: https://vault.example.org
    vault_kv_mount_name: m
    vault_kv_version: 1
  - gcs_bucket: g
    gcs_prefix: q
gitsecrets:
  allow:
    - {fingerprint: 00ff, reason: a test}
    - {path: ^x/, rule: r, reason: a test}
  ci: {aws: {role: r}}
`
	p, err := Parse(FileName, []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	if want := (Stores{YAMLIndent: 2, JSONIndent: 3, JSONBinaryIndent: 0}); p.Stores != want {
		t.Errorf("stores %+v", p.Stores)
	}
	if len(p.Rules) != 0 {
		t.Errorf("%d rules", len(p.Rules))
	}
	if len(p.Settings.Allow) != 2 || !p.HasCI() {
		t.Errorf("settings %+v", p.Settings)
	}
}

func TestExplain(t *testing.T) {
	p, err := Parse(FileName, []byte("creation_rules:\n  - path_regex: ^a/\n"+oneKey+"  - path_regex: x$\n"+oneKey+"  -"+oneKey[3:]))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, r := range p.Explain("b/x") {
		got = append(got, fmt.Sprint(r.Rule.Source, " ", r.Governs, " ", r.Text))
	}
	want := []string{
		".sops.yaml:2 false its path_regex ^a/ does not match",
		".sops.yaml:4 true its path_regex x$ matches",
		".sops.yaml:6 false not reached: the first rule that matches governs",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s", strings.Join(got, "\n"))
	}
}
