package policy

import "regexp"

// KeyType is the kind of a master key, by the name that --decryption-order
// takes.
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

// Key names one master key: everything about it but its secret and the data
// key that it wraps.
type Key struct {
	Type KeyType
	// ID is the recipient (age), fingerprint (pgp), ARN (kms), resource name
	// (gcp_kms), region:uuid (hckms), https://VAULT/keys/NAME/VERSION
	// (azure_kv; VERSION may be empty, then the newest is meant), or
	// ADDRESS/v1/ENGINE/keys/NAME (hc_vault).
	ID      string
	Role    string            // kms: the role to assume first
	Profile string            // kms: the profile of the AWS configuration
	Context map[string]string // kms: encryption context; nil and empty are the same
}

// Group is a key group: any one of its keys opens its share of the data key.
type Group []Key

// Rule is a creation rule, or what command line flags put in its place.
type Rule struct {
	// Source is where the rule stands, as ".sops.yaml:4"; for a rule made of
	// flags "command line".
	Source    string
	PathRegex *regexp.Regexp // nil: the rule takes every path
	Groups    []Group
	Threshold int // Shamir threshold as written; 0: as many as there are groups
	Selector  Selector
	// MACOnlyEncrypted: the MAC covers encrypted values only.
	MACOnlyEncrypted bool
}

// SelectorKind is one of the six selectors of sops. The zero value is none,
// which sops reads as the suffix "_unencrypted".
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
