package policy

import (
	"strings"
)

// newKey reads the name of one key from a policy or a flag, and checks it. It removes spaces where sops does.
func newKey(t KeyType, text string) (Key, error) {
	k := Key{Type: t, ID: strings.TrimSpace(text)}
	if mayHoldSecret([]byte(text)) {
		return k, errSecretKey
	}
	if k.ID == "" {
		return k, errEmptyKey
	}
	switch t {
	case PGP, GCPKMS:
		k.ID = strings.ReplaceAll(text, " ", "")
	case AWSKMS:
		k.ID = strings.ReplaceAll(text, " ", "")
		if i := strings.Index(k.ID, "+arn:"); i > 0 {
			k.ID, k.Role = k.ID[:i], k.ID[i+1:]
		}
	case AzureVault:
		if strings.Count(k.ID, "/") == 4 { // https://VAULT/keys/NAME: the last slash is there in any case
			k.ID += "/"
		}
	case VaultKey:
		transit, err := readTransitURI(k.ID)
		if err != nil {
			break // Check says what is wrong
		}
		k.ID = transit.String()
	}
	if f := k.fault(); f != nil {
		return k, f.quoting()
	}
	return k, nil
}

// showKey quotes the name of a key without the parts that might be a password: the credentials and the query of a
// URL, and a token of Vault.
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
