package policy

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// newKey reads the name of one key and checks its form. It takes spaces out
// where sops does. Whether a recipient's checksum holds is for package encrypt
// to say.
func newKey(t KeyType, text string) (Key, error) {
	k := Key{Type: t, ID: strings.TrimSpace(text)}
	if mayHoldSecret([]byte(text)) {
		return k, errors.New("this is a secret key: name its recipient instead, and replace the secret key if the file was ever shared")
	}
	if k.ID == "" {
		return k, errEmptyKey
	}
	bad := func(want string) (Key, error) { return k, fmt.Errorf("%s is no %s", showKey(k.ID), want) }
	switch t {
	case Age:
		if !strings.HasPrefix(k.ID, "age1") && !strings.HasPrefix(k.ID, "ssh-") {
			return bad("age recipient: they begin with age1, or with ssh- for SSH keys")
		}
	case PGP:
		k.ID = strings.ReplaceAll(text, " ", "")
		if !isFingerprint(k.ID) {
			return bad("PGP fingerprint: they have 40 hexadecimal digits")
		}
	case AWSKMS:
		k.ID = strings.ReplaceAll(text, " ", "")
		if i := strings.Index(k.ID, "+arn:"); i > 0 {
			k.ID, k.Role = k.ID[:i], k.ID[i+1:]
			if !isRole(k.Role) {
				return k, badRole(k.Role)
			}
		}
		if !isKMS(k.ID) {
			return bad("ARN of a KMS key: arn:aws:kms:REGION:ACCOUNT:key/ID")
		}
	case GCPKMS:
		k.ID = strings.ReplaceAll(text, " ", "")
		if !isGCP(k.ID) {
			return bad("Cloud KMS key: projects/P/locations/L/keyRings/R/cryptoKeys/K")
		}
	case HuaweiKMS:
		region, id, _ := strings.Cut(k.ID, ":")
		if !made(region, "-_") || !made(id, "-") {
			return bad("HuaweiCloud KMS key: REGION:UUID")
		}
	case AzureVault:
		id, ok := azureID(k.ID)
		if !ok {
			return bad("Key Vault key: https://VAULT/keys/NAME/VERSION")
		}
		k.ID = id
	case VaultKey:
		id, ok := vaultID(k.ID)
		if !ok {
			return bad("Vault transit key: https://HOST/v1/ENGINE/keys/NAME")
		}
		k.ID = id
	}
	return k, nil
}

func badRole(role string) error {
	return fmt.Errorf("%s is no ARN of a role: arn:aws:iam::ACCOUNT:role/NAME", showKey(role))
}

// showKey quotes what stands where a key belongs, without what might be a
// password: the credentials and the query of a URL, and tokens of Vault.
func showKey(text string) string {
	if scheme, rest, ok := strings.Cut(text, "://"); ok {
		if i := strings.LastIndex(rest, "@"); i >= 0 {
			rest = "…" + rest[i:]
		}
		if i := strings.IndexAny(rest, "?#"); i >= 0 {
			rest = rest[:i] + "…"
		}
		text = scheme + "://" + rest
	}
	if strings.HasPrefix(text, "hvs.") || strings.HasPrefix(text, "hvb.") || strings.HasPrefix(text, "hvr.") {
		text = text[:4] + "…"
	}
	return quoteName(text)
}

// made reports whether s is not empty and consists of letters, digits and the
// given others.
func made(s, others string) bool {
	for _, r := range s {
		if !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(others, r)) {
			return false
		}
	}
	return s != ""
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// isFingerprint accepts what gpg takes for a fingerprint or a long key ID; a !
// at the end means that very subkey.
func isFingerprint(s string) bool {
	digits := strings.TrimSuffix(strings.TrimPrefix(s, "0x"), "!")
	switch len(digits) {
	case 16, 32, 40, 64:
		return strings.Trim(digits, "0123456789abcdefABCDEF") == ""
	}
	return false
}

// isKMS accepts a part of what sops does (kms/keysource.go, arnRegex): the
// region becomes part of a host name.
func isKMS(arn string) bool {
	p := strings.Split(arn, ":") // arn:aws:kms:REGION:ACCOUNT:key/ID
	if len(p) != 6 || p[0] != "arn" || !isPartition(p[1]) || p[2] != "kms" || !isDigits(p[4]) {
		return false
	}
	if !made(p[3], "-") || strings.ToLower(p[3]) != p[3] {
		return false
	}
	kind, name, _ := strings.Cut(p[5], "/")
	return (kind == "key" || kind == "alias") && made(name, "/_-")
}

func isRole(arn string) bool {
	p := strings.Split(arn, ":") // arn:aws:iam::ACCOUNT:role/NAME
	if len(p) != 6 || p[0] != "arn" || !isPartition(p[1]) || p[2] != "iam" || p[3] != "" || !isDigits(p[4]) {
		return false
	}
	kind, name, _ := strings.Cut(p[5], "/")
	return kind == "role" && made(name, "/_+=,.@-")
}

func isPartition(s string) bool { return strings.HasPrefix(s, "aws") && made(s, "_-") }

func isGCP(id string) bool {
	p := strings.Split(id, "/")
	return len(p) == 8 && p[0] == "projects" && p[2] == "locations" && p[4] == "keyRings" && p[6] == "cryptoKeys" &&
		made(p[1], "_-.:") && made(p[3], "_-") && made(p[5], "_-") && made(p[7], "_-")
}

// azureID takes https://VAULT/keys/NAME, with /VERSION or without, and returns
// it with the last slash in any case.
func azureID(id string) (string, bool) {
	p := strings.Split(id, "/") // https: "" VAULT keys NAME VERSION
	if len(p) == 5 {
		p = append(p, "")
	}
	if len(p) != 6 || p[0] != "https:" || p[1] != "" || p[3] != "keys" {
		return "", false
	}
	if !made(p[2], ".-:") || !made(p[4], "-") || p[5] != "" && !made(p[5], "-") {
		return "", false
	}
	return strings.Join(p, "/"), true
}

// vaultID takes the URI of a Vault key apart as sops does and puts it together
// again as ADDRESS/v1/ENGINE/keys/NAME. Like sops it takes no address with a path.
func vaultID(uri string) (string, bool) {
	u, err := url.Parse(uri)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.User != nil || strings.ContainsAny(uri, "?#%") {
		return "", false
	}
	dirs := strings.Split(strings.TrimRight(strings.TrimPrefix(u.Path, "/"), "/"), "/")
	if len(dirs) < 4 || !isVersion(dirs[0]) {
		return "", false
	}
	for i, dir := range dirs[1:] {
		if !made(dir, "._-") || dir == "." || dir == ".." {
			return "", false
		}
		if isVersion(dir) && len(dirs)-i-2 >= 3 {
			return "", false
		}
	}
	address := url.URL{Scheme: u.Scheme, Host: u.Host}
	engine := strings.Join(dirs[1:len(dirs)-2], "/")
	return address.String() + "/v1/" + engine + "/keys/" + dirs[len(dirs)-1], true
}

func isVersion(dir string) bool {
	digits, ok := strings.CutPrefix(dir, "v")
	return ok && isDigits(digits)
}
