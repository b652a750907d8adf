package policy

import (
	"errors"
	"fmt"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

const (
	// maxKeyID bounds the names of keys other than age recipients.
	maxKeyID = 2048
	// maxProfile bounds the name of a profile of the AWS configuration.
	maxProfile = 256
)

var errSecretKey = errors.New("this is a secret key: name its recipient instead, and replace the secret key if the file was ever shared")

// Check reports whether the name of the key is valid: its form, and the checksum of an age recipient. It contacts
// nobody. It is the only grammar of key names: policies, flags, and every key service before it sends something use
// it. The error does not quote the name, which might be a secret in the wrong place.
//
// Keys from [ParseKeys] and [Parse] are valid. Keys of a sealed file may be invalid. The host of an Azure key must be
// in one of the domains of Azure; [ParseAzureKey] accepts others.
func (k Key) Check() error {
	if f := k.fault(); f != nil {
		return f
	}
	return nil
}

// keyFault says why a key is invalid.
type keyFault struct {
	what string // the thing that is invalid; empty: why says it all
	name string // what it is named, or how the key is reached
	why  error
}

func (f *keyFault) Error() string { return f.text(f.what) }

// quoting returns the error with the name in quotes.
func (f *keyFault) quoting() error { return errors.New(f.text(f.what + " " + showKey(f.name))) }

func (f *keyFault) text(what string) string {
	if f.what == "" {
		return f.why.Error()
	}
	return "invalid " + what + ": " + f.why.Error()
}

func (f *keyFault) Unwrap() error { return f.why }

// fault returns why the key is invalid, or nil if it is valid.
func (k Key) fault() *keyFault {
	f := &keyFault{name: k.ID}
	switch k.Type {
	case Age:
		f.what, f.why = "age recipient", checkRecipient(k.ID)
	case PGP:
		f.what = "PGP fingerprint"
		_, f.why = ParseFingerprint(k.ID)
	case AWSKMS:
		k.checkKMS(f)
	case GCPKMS:
		f.what, f.why = "Cloud KMS key", checkGCP(k.ID)
	case HuaweiKMS:
		f.what, f.why = "HuaweiCloud KMS key", checkHuawei(k.ID)
	case AzureVault:
		f.what, f.why = "Azure key", checkAzure(k.ID)
	case VaultKey:
		f.what = "Vault transit key"
		_, f.why = ParseTransitKey(k.ID)
	default:
		f.why = fmt.Errorf("there is no key type %s", quoteName(string(k.Type)))
	}
	if f.why == nil && k.Type != Age && len(k.ID) > maxKeyID {
		f.why = errors.New("it is too long")
	}
	switch {
	case f.why == nil && k.Type == Age:
		return nil
	case mayHoldSecret([]byte(k.ID)) || text.HoldsKey(k.ID):
		return &keyFault{why: errSecretKey}
	case f.why == nil:
		return nil
	}
	return f
}

// checkKMS checks the ARN, the role and the profile.
func (k Key) checkKMS(f *keyFault) {
	f.what = "ARN of a KMS key"
	if _, f.why = ParseKMSKey(k.ID); f.why != nil {
		return
	}
	if k.Role != "" {
		if _, err := ParseRole(k.Role); err != nil {
			*f = *badRole(k.Role, err)
			return
		}
	}
	if len(k.Profile) > maxProfile || strings.ContainsFunc(k.Profile, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		f.what, f.name = "AWS profile", k.Profile
		f.why = errors.New("it is too long, or has control characters")
	}
}

func badRole(role string, why error) *keyFault {
	return &keyFault{what: "ARN of a role", name: role, why: why}
}

// ParseFingerprint reads the fingerprint of a PGP key, or its long key ID, which is the last 16 digits. As in gpg, 0x
// may stand before it, and ! after it selects exactly this subkey. As in sops, spaces are removed. Errors do not
// quote the text.
func ParseFingerprint(s string) (string, error) {
	s = strings.ReplaceAll(s, " ", "")
	digits := strings.TrimSuffix(strings.TrimPrefix(s, "0x"), "!")
	if n := len(digits); n != 16 && n != 32 && n != 40 && n != 64 || !text.IsHex(digits) {
		return "", errors.New("it must have 40 hexadecimal digits")
	}
	return s, nil
}
