package policy

import (
	"net/url"
	"path"
	"strings"
)

// SameReader reports whether two keys let the same people read. It ignores differences in spelling: the case of a
// fingerprint and of an age recipient, the comment of an SSH key, a slash at the end of a Vault path. It also ignores
// how a key is reached: the role and the profile of an ARN, the version of an Azure key. It compares the encryption
// context, because policies of AWS can require one.
func (k Key) SameReader(other Key) bool {
	if k.Type != other.Type {
		return false
	}
	a, b := k.reader(), other.reader()
	if k.Type == PGP && min(len(a), len(b)) == 16 { // the long key ID ends the fingerprint
		return strings.HasSuffix(a, b) || strings.HasSuffix(b, a)
	}
	return a == b
}

// reader returns the canonical name of the people who can use the key.
func (k Key) reader() string {
	id := strings.TrimSpace(k.ID)
	switch k.Type {
	case Age:
		if fields := strings.Fields(id); strings.HasPrefix(id, "ssh-") && len(fields) > 1 {
			return fields[0] + " " + fields[1]
		}
		return strings.ToLower(id)
	case PGP:
		id = strings.ToUpper(strings.ReplaceAll(id, " ", ""))
		return strings.TrimSuffix(strings.TrimPrefix(id, "0X"), "!")
	case AWSKMS:
		return id + " " + contextName(k.Context)
	case HuaweiKMS:
		return strings.ToLower(id)
	case AzureVault:
		if k, err := ParseAzureKey(id); err == nil {
			id = "https://" + strings.TrimSuffix(k.Host(), ":443") + "/keys/" + k.Name
		}
		return strings.ToLower(id)
	case VaultKey:
		return vaultReader(id)
	}
	return id
}

// vaultReader returns the same text for all spellings of a URI that no server can tell apart.
func vaultReader(id string) string {
	u, err := url.Parse(id)
	if err != nil || u.Host == "" {
		return id
	}
	scheme, host := strings.ToLower(u.Scheme), strings.ToLower(u.Host)
	if port := map[string]string{"https": ":443", "http": ":80"}[scheme]; port != "" {
		host = strings.TrimSuffix(host, port)
	}
	return scheme + "://" + host + path.Clean("/"+u.Path)
}
