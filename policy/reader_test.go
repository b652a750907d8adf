package policy

import "testing"

func TestSameReader(t *testing.T) {
	const (
		fp    = "FBC7B9E2A4F9289AC0C1D4843D16CEE4A27381B4"
		x     = "age1khljyr2d5ywtutkh5c9w7vd8m6qdkp8p6g7670nvtah6e8rrv9uqvyg7my"
		arn   = "arn:aws:kms:eu-west-1:111122223333:key/1"
		azure = "https://team.vault.azure.net/keys/k/"
		vault = "https://vault.example.com/v1/transit/keys/k"
		ssh   = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJtnfPGd1DlNNFfCmR8f2qbE2yCKLq0m8PrzMDVDfu5h"
	)
	key := func(t KeyType, id string) Key { return Key{Type: t, ID: id} }
	kms := func(id, role, profile string, context map[string]string) Key {
		return Key{Type: AWSKMS, ID: id, Role: role, Profile: profile, Context: context}
	}
	for _, c := range []struct {
		name string
		a, b Key
		want bool
	}{
		{"age in capitals", key(Age, x), key(Age, "AGE1KHLJYR2D5YWTUTKH5C9W7VD8M6QDKP8P6G7670NVTAH6E8RRV9UQVYG7MY"), true},
		{"age with blanks around it", key(Age, x), key(Age, " "+x+"\n"), true},
		{"another age recipient", key(Age, x), key(Age, x[:60]+"zz"), false},
		{"the comment of an SSH key", key(Age, ssh), key(Age, ssh+" ada@laptop"), true},
		{"an SSH key in other case is another", key(Age, ssh), key(Age, ssh[:40]+"b"+ssh[41:]), false},
		{"a fingerprint in small letters", key(PGP, fp), key(PGP, "fbc7b9e2a4f9289ac0c1d4843d16cee4a27381b4"), true},
		{"a fingerprint with 0x, blanks and !", key(PGP, fp), key(PGP, "0xFBC7 B9E2 A4F9 289A C0C1 D484 3D16 CEE4 A273 81B4!"), true},
		{"a long key ID", key(PGP, fp), key(PGP, "3d16cee4a27381b4"), true},
		{"a long key ID, the other way round", key(PGP, "3D16CEE4A27381B4"), key(PGP, fp), true},
		{"another long key ID", key(PGP, fp), key(PGP, "3D16CEE4A27381B5"), false},
		{"an ARN by another role", kms(arn, "arn:aws:iam::1:role/a", "", nil), kms(arn, "arn:aws:iam::1:role/b", "", nil), true},
		{"an ARN by another profile", kms(arn, "", "", nil), kms(arn, "", "prod", map[string]string{}), true},
		{"an ARN in another context", kms(arn, "", "", map[string]string{"team": "a"}), kms(arn, "", "", map[string]string{"team": "b"}), false},
		{"an ARN that loses its context", kms(arn, "", "", map[string]string{"team": "a"}), kms(arn, "", "", nil), false},
		{"another ARN", kms(arn, "", "", nil), kms(arn+"1", "", "", nil), false},
		{"a newer version of an Azure key", key(AzureVault, azure+"1"), key(AzureVault, azure+"2"), true},
		{"an Azure key without a version", key(AzureVault, azure), key(AzureVault, azure+"2"), true},
		{"an Azure vault in capitals", key(AzureVault, azure), key(AzureVault, "https://TEAM.vault.azure.net/keys/k/"), true},
		{"an Azure key by a URL with a slash at the end", key(AzureVault, azure), key(AzureVault, "https://team.vault.azure.net:443//keys/k/v1"), true},
		{"another Azure key by such a URL", key(AzureVault, "https://team.vault.azure.net//keys/k/"), key(AzureVault, "https://team.vault.azure.net//keys/kk/"), false},
		{"another Azure key", key(AzureVault, azure), key(AzureVault, "https://team.vault.azure.net/keys/kk/"), false},
		{"a slash at the end of a Vault path", key(VaultKey, vault), key(VaultKey, vault+"/"), true},
		{"two slashes in a Vault path", key(VaultKey, vault), key(VaultKey, "https://vault.example.com/v1/transit//keys/k"), true},
		{"the port of https", key(VaultKey, vault), key(VaultKey, "https://Vault.Example.com:443/v1/transit/keys/k"), true},
		{"a Vault key in other case is another", key(VaultKey, vault), key(VaultKey, "https://vault.example.com/v1/transit/keys/K"), false},
		{"another Vault", key(VaultKey, vault), key(VaultKey, "https://vault2.example.com/v1/transit/keys/k"), false},
		{"a Huawei key in capitals", key(HuaweiKMS, "eu-west-101:ab-c"), key(HuaweiKMS, "eu-west-101:AB-C"), true},
		{"a Google key", key(GCPKMS, "projects/p/locations/l/keyRings/r/cryptoKeys/k"), key(GCPKMS, "projects/p/locations/l/keyRings/r/cryptoKeys/k"), true},
		{"another Google key", key(GCPKMS, "projects/p/locations/l/keyRings/r/cryptoKeys/k"), key(GCPKMS, "projects/p/locations/l/keyRings/r/cryptoKeys/K"), false},
		{"another type", key(Age, "x"), key(PGP, "x"), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.a.SameReader(c.b); got != c.want {
				t.Errorf("%s and %s: same reader is %t, want %t", c.a.ID, c.b.ID, got, c.want)
			}
			if c.a.SameReader(c.b) != c.b.SameReader(c.a) {
				t.Error("it depends on the order")
			}
		})
	}
}
