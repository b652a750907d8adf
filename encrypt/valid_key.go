package encrypt

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gitsecrets/gitsecrets/policy"
)

// maxKeyID bounds the names of keys other than age recipients.
const maxKeyID = 2048

// ValidateKey reports whether a key's name is well-formed, as deeply as can be
// seen without contacting anybody. Each KeyService does the same before it
// sends anything. The error does not quote the name, which might be a secret
// that was put in its place.
func ValidateKey(k policy.Key) error {
	if k.Type != policy.Age {
		if len(k.ID) > maxKeyID {
			return errors.New("the key's name is far too long")
		}
		if isKey(k.ID) {
			return errors.New("this is a secret key where the name of one belongs: whoever reads the file can use it, so replace it")
		}
	}
	var err error
	switch k.Type {
	case policy.Age:
		_, err = parseAgeRecipient(k.ID, nil)
	case policy.PGP:
		_, err = parseFingerprint(k.ID)
	case policy.AWSKMS:
		_, err = parseKMSARN(k)
	case policy.GCPKMS:
		err = validGCPResource(k.ID)
	case policy.HuaweiKMS:
		err = validHuaweiID(k.ID)
	case policy.AzureVault:
		_, err = parseAzureID(k.ID, nil)
	case policy.VaultKey:
		_, err = parseVaultID(k.ID)
	default:
		err = fmt.Errorf("there is no key type %q", outsideText(string(k.Type)))
	}
	return err
}

// made reports whether s consists of 1 to limit letters, digits and the given
// others, and is not one of the names that mean a folder.
func made(s string, limit int, others string) bool {
	if s == "" || len(s) > limit || s == "." || s == ".." {
		return false
	}
	for _, r := range s {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(others, r)) {
			return false
		}
	}
	return true
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

type kmsARN struct{ region string }

// parseKMSARN accepts a part of what sops does (kms/keysource.go, arnRegex):
// the region becomes part of a host name, so it may hold nothing that ends
// one.
func parseKMSARN(key policy.Key) (kmsARN, error) {
	parts := strings.SplitN(key.ID, ":", 6) // arn:aws:kms:REGION:ACCOUNT:key/ID
	if len(parts) != 6 || len(key.ID) > maxKeyID || parts[0] != "arn" || !isPartition(parts[1]) || parts[2] != "kms" {
		return kmsARN{}, errors.New("no ARN of a KMS key: one looks like arn:aws:kms:REGION:ACCOUNT:key/ID")
	}
	region := parts[3]
	if !made(region, 32, "-") || strings.HasPrefix(region, "-") || strings.HasSuffix(region, "-") || strings.ToLower(region) != region {
		return kmsARN{}, errors.New("the ARN's region is malformed")
	}
	if !allDigits(parts[4]) {
		return kmsARN{}, errors.New("the ARN's account is no number")
	}
	kind, name, _ := strings.Cut(parts[5], "/")
	if kind != "key" && kind != "alias" || !made(name, 256, "/_-") {
		return kmsARN{}, errors.New("the ARN names neither key/ID nor alias/NAME")
	}
	if key.Role != "" {
		role := strings.SplitN(key.Role, ":", 6) // arn:aws:iam::ACCOUNT:role/NAME
		if len(role) != 6 || len(key.Role) > maxKeyID || role[0] != "arn" || !isPartition(role[1]) || role[2] != "iam" || role[3] != "" ||
			!allDigits(role[4]) || !strings.HasPrefix(role[5], "role/") || !made(role[5], 1024, "/_+=,.@-") {
			return kmsARN{}, errors.New("the role is no ARN of a role: one looks like arn:aws:iam::ACCOUNT:role/NAME")
		}
	}
	if len(key.Profile) > 256 || strings.ContainsFunc(key.Profile, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return kmsARN{}, errors.New("the AWS profile's name is malformed")
	}
	return kmsARN{region}, nil
}

func isPartition(s string) bool { return strings.HasPrefix(s, "aws") && made(s, 32, "_-") }

// parseFingerprint takes spaces out, as sops does, and accepts what gpg takes for a
// fingerprint or long key ID; a ! at the end means that very subkey.
func parseFingerprint(id string) (string, error) {
	fp := strings.ReplaceAll(id, " ", "")
	digits := strings.TrimSuffix(strings.TrimPrefix(fp, "0x"), "!")
	switch len(digits) {
	case 16, 32, 40, 64:
		if strings.Trim(digits, "0123456789abcdefABCDEF") == "" {
			return fp, nil
		}
	}
	return "", errors.New("no PGP fingerprint: one has 40 hexadecimal digits")
}
