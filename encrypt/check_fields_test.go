package encrypt

import (
	"encoding/base64"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

// A wrapped data key has the form that its key gives it, as programs write it
// and as files carry it on, and no other text.
func TestIsWrapped(t *testing.T) {
	noise := []byte(strings.Repeat("\x84\x9b\xf2\x03\xa7", 60))
	b64 := base64.StdEncoding.EncodeToString(noise)
	pgp := func(head, tail string) string {
		return "-----BEGIN PGP MESSAGE-----\n" + head + b64[:64] + "\n" + b64[64:] + "\n" + tail + "-----END PGP MESSAGE-----\n"
	}
	for _, c := range []struct {
		t    policy.KeyType
		enc  string
		want bool
	}{
		{policy.PGP, pgp("\n", ""), true},
		{policy.PGP, pgp("", ""), true},
		{policy.PGP, pgp("\n", "=aB3/\n"), true},
		{policy.PGP, pgp("\n", "=aB3/\n\n"), true},
		{policy.PGP, pgp("Version: GnuPG v2.0.22 (MingW32)\nComment: https://gnupg.org\n\n", "=aB3/\n"), true},
		{policy.PGP, strings.ReplaceAll(pgp("Comment:\n\n", ""), "\n", "\r\n"), true},
		{policy.PGP, pgp("Password: hunter2\n\n", ""), false},
		{policy.PGP, pgp("Comment: "+strings.Repeat("x", 200)+"\n\n", ""), false},
		{policy.PGP, pgp("hunter2\n\n", ""), false},
		{policy.PGP, pgp("\n", "=aB3/hunter2\n"), false},
		{policy.PGP, pgp("\n", "") + "hunter2", false},
		{policy.PGP, "-----BEGIN PGP MESSAGE-----\n\n" + base64.StdEncoding.EncodeToString([]byte("\xcbh"+strings.Repeat("hunter2 ", 20))) + "\n-----END PGP MESSAGE-----\n", false},
		{policy.AWSKMS, b64, true},
		{policy.AWSKMS, base64.StdEncoding.EncodeToString([]byte("a text that is long enough to be a data key, and is none")), false},
		{policy.AWSKMS, "hunter2", false},
		{policy.GCPKMS, b64[:32], false},
		{policy.AzureVault, base64.RawURLEncoding.EncodeToString(noise), true},
		{policy.AzureVault, base64.URLEncoding.EncodeToString(noise[:298]), true},
		{policy.AzureVault, "hunter2 " + b64, false},
		{policy.VaultKey, "vault:v12:" + b64, true},
		{policy.VaultKey, "vault:hunter2:" + b64, false},
		{policy.VaultKey, b64, false},
		{policy.HuaweiKMS, b64, true},
		{policy.HuaweiKMS, "hunter 2", false},
		{policy.Age, wrappedKey, true},
		{policy.Age, strings.ReplaceAll(wrappedKey, "\n", "\r\n"), true},
		{policy.Age, wrappedKey + "hunter2", false},
		{policy.Age, strings.Replace(wrappedKey, "FILE-----\n", "FILE-----\nComment: hunter2\n", 1), false},
	} {
		if got := isWrapped(c.t, c.enc); got != c.want {
			t.Errorf("%s: got %t for\n%s", c.t, got, c.enc)
		}
	}
}

// Free text finds no place in a field of the metadata, as sops takes it from any.
func TestFieldsOfTheMetadata(t *testing.T) {
	rule := oracleRule(t, policy.NoSelector, "", false)
	good := string(sealed(t, yamlFile, "a: b\n", rule))
	line := func(name string) string {
		_, rest, _ := strings.Cut(good, "\n    "+name+": ")
		value, _, _ := strings.Cut(rest, "\n")
		return "    " + name + ": " + value + "\n"
	}
	for old, news := range map[string][]string{
		line("lastmodified"): {
			"    lastmodified: 2024-01-02T03:04:05.123456789Z\n", "    lastmodified: \"2024-01-02T03:04:05.123456Z\"\n", "    lastmodified: 2024-01-02T03:04:05.0000000001234Z\n",
		},
		line("version"): {
			"    version: 3.10000000000000000000012345\n", "    version: 3.13.3-hunter2-hunter2\n", "    version: \"3.13.3 hunter2\"\n", "    version: !!str 3.13.3\n",
			line("version") + "    shamir_threshold: 123456789\n", line("version") + "    shamir_threshold: \"0b000000000000000001\"\n", line("version") + "    shamir_threshold: 0o00012\n",
			line("version") + "    mac_only_encrypted: 0x00000\n", line("version") + "    key_groups:\n        - age:\n            - enc: x\n              recipient: hunter2\n",
		},
		oracleRecipient + "\n": {oracleRecipient + " hunter2\n", oracleRecipient + "\n          created_at: hunter2\n"},
	} {
		for _, new := range news {
			bad := strings.Replace(good, old, new, 1)
			if bad == good {
				t.Fatalf("%q changes nothing", new)
			}
			f, err := Parse(yamlFile, []byte(bad))
			if err == nil {
				err = f.Check(nil)
			}
			if err == nil {
				t.Errorf("%q passes", new)
			} else if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the error quotes: %v", err)
			}
		}
	}
}
