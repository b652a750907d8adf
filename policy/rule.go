package policy

import "regexp"

// KeyType is the type of a master key, by its name in the flag --decryption-order.
type KeyType string

// The key types of sops.
const (
	Age        KeyType = "age"
	PGP        KeyType = "pgp"
	AWSKMS     KeyType = "kms"
	GCPKMS     KeyType = "gcp_kms"
	HuaweiKMS  KeyType = "hckms"
	AzureVault KeyType = "azure_kv"
	VaultKey   KeyType = "hc_vault"
)

// Key names one master key. It has neither the secret part of the key nor a data key that it wraps.
type Key struct {
	Type KeyType
	// ID is the recipient (age), the fingerprint (pgp), the ARN (kms), the resource name (gcp_kms), REGION:UUID
	// (hckms), https://VAULT/keys/NAME/VERSION (azure_kv; an empty VERSION means the newest), or
	// ADDRESS/v1/ENGINE/keys/NAME (hc_vault).
	ID      string
	Role    string            // kms: the role to assume first
	Profile string            // kms: the profile of the AWS configuration
	Context map[string]string // kms: encryption context; nil and empty are the same
}

// Group is a key group: each of its keys opens the share of the data key that belongs to the group.
type Group []Key

// Rule is a creation rule of a policy, or a rule made of command line flags.
type Rule struct {
	// Source is the place of the rule, for example ".sops.yaml:4", or "command line" for a rule made of flags.
	Source    string
	PathRegex *regexp.Regexp // nil: the rule takes every path
	Groups    []Group
	Threshold int // Shamir threshold as written; 0: as many as there are groups
	Selector  Selector
	// MACOnlyEncrypted: the MAC covers only encrypted values.
	MACOnlyEncrypted bool
}

// SelectorKind is one of the six selectors of sops. The zero value means no selector; sops then uses the suffix
// "_unencrypted".
type SelectorKind uint8

// The six selectors.
const (
	NoSelector SelectorKind = iota
	UnencryptedSuffix
	EncryptedSuffix
	UnencryptedRegex
	EncryptedRegex
	UnencryptedCommentRegex
	EncryptedCommentRegex
)
