package cli

import urfave "github.com/urfave/cli/v2"

// The flags that several verbs share. Where sops has an environment variable
// for a flag, so do we.

func StringFlag(name, usage string, env ...string) urfave.Flag {
	return &urfave.StringFlag{Name: name, Usage: usage, EnvVars: env}
}

func BoolFlag(name, usage string, aliases ...string) urfave.Flag {
	return &urfave.BoolFlag{Name: name, Usage: usage, Aliases: aliases}
}

func MasterKeyFlags() []urfave.Flag {
	return []urfave.Flag{
		&urfave.StringFlag{Name: "kms", Aliases: []string{"k"}, Usage: "comma separated `ARNs` of AWS KMS keys", EnvVars: []string{"SOPS_KMS_ARN"}},
		StringFlag("aws-profile", "`profile` of the AWS configuration for the keys of --kms"),
		StringFlag("gcp-kms", "comma separated resource `names` of Cloud KMS keys", "SOPS_GCP_KMS_IDS"),
		StringFlag("hckms", "comma separated `keys` of HuaweiCloud KMS, region:uuid", "SOPS_HUAWEICLOUD_KMS_IDS"),
		StringFlag("azure-kv", "comma separated `URLs` of Azure Key Vault keys", "SOPS_AZURE_KEYVAULT_URLS"),
		StringFlag("hc-vault-transit", "comma separated `URIs` of Vault transit keys", "SOPS_VAULT_URIS"),
		&urfave.StringFlag{Name: "pgp", Aliases: []string{"p"}, Usage: "comma separated PGP `fingerprints`", EnvVars: []string{"SOPS_PGP_FP"}},
		&urfave.StringFlag{Name: "age", Aliases: []string{"a"}, Usage: "comma separated age `recipients`", EnvVars: []string{"SOPS_AGE_RECIPIENTS"}},
		StringFlag("encryption-context", "comma separated `name:value` pairs of the KMS encryption context"),
		ShamirFlag(),
	}
}

// KeyNames are the types of keys as the flags of rotate name them.
func KeyNames() []string {
	return []string{"gcp-kms", "hckms", "azure-kv", "kms", "hc-vault-transit", "age", "pgp"}
}

func ShamirFlag() urfave.Flag {
	return &urfave.IntFlag{Name: "shamir-secret-sharing-threshold", Usage: "how many `key groups` are needed to open the file"}
}

func SelectorFlags() []urfave.Flag {
	return []urfave.Flag{
		StringFlag("unencrypted-suffix", "leave values in the clear whose key ends in `suffix`"),
		StringFlag("encrypted-suffix", "encrypt only values whose key ends in `suffix`"),
		StringFlag("unencrypted-regex", "leave values in the clear whose key matches `expression`"),
		StringFlag("encrypted-regex", "encrypt only values whose key matches `expression`"),
		StringFlag("unencrypted-comment-regex", "leave values in the clear whose comment matches `expression`"),
		StringFlag("encrypted-comment-regex", "encrypt only values whose comment matches `expression`"),
		BoolFlag("mac-only-encrypted", "compute the MAC over encrypted values only"),
	}
}

func TypeFlags() []urfave.Flag {
	return []urfave.Flag{
		InputTypeFlag(),
		StringFlag("output-type", "`format` to write: yaml, json, dotenv, ini or binary; else by the file's name"),
	}
}

func InputTypeFlag() urfave.Flag {
	return StringFlag("input-type", "`format` to read: yaml, json, dotenv, ini or binary; else by the file's name")
}

// CommonFlags are understood by every verb that handles files.
func CommonFlags() []urfave.Flag {
	return []urfave.Flag{
		StringFlag("config", "policy `file` to use, instead of the nearest .sops.yaml", "SOPS_CONFIG"),
		&urfave.IntFlag{Name: "indent", Usage: "`blanks` a level in YAML and JSON"},
		BoolFlag("verbose", "accepted for sops's sake"),
		BoolFlag("disable-version-check", "accepted for sops's sake: no version check is made"),
		&urfave.BoolFlag{Name: "enable-local-keyservice", Usage: "reach master keys from this process", Value: true, EnvVars: []string{"SOPS_ENABLE_LOCAL_KEYSERVICE"}},
		&urfave.StringSliceFlag{Name: "keyservice", Usage: "`address` of a sops key service to ask as well, tcp://host:port or unix:///path", EnvVars: []string{"SOPS_KEYSERVICE"}},
	}
}

func InPlaceFlag() urfave.Flag { return BoolFlag("in-place", "write the file itself, not stdout", "i") }
func OutputFlag() urfave.Flag  { return StringFlag("output", "write to `file`, not stdout") }

func OverrideFlag() urfave.Flag {
	return StringFlag("filename-override", "use `name` as the file's name to find the rule and the format")
}

func OrderFlag() urfave.Flag {
	return StringFlag("decryption-order", "comma separated key `types` in the order in which they are tried", "SOPS_DECRYPTION_ORDER")
}

func IgnoreMACFlag() urfave.Flag {
	return BoolFlag("ignore-mac", "open the file even if its MAC does not match")
}

func LossFlags() []urfave.Flag {
	return []urfave.Flag{
		BoolFlag("allow-lossy", "encrypt even if a value would not be read back unchanged"),
		BoolFlag("allow-nothing-encrypted", "encrypt even if the rule's selector selects nothing"),
	}
}

// Flags joins groups of flags.
func Flags(groups ...[]urfave.Flag) []urfave.Flag {
	var all []urfave.Flag
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

// globalValues and globalSwitches are what sops takes before a verb, with and
// without a value. We take them there as well, and mean them.
var (
	globalValues = []string{
		"kms", "k", "aws-profile", "gcp-kms", "hckms", "azure-kv", "hc-vault-transit", "pgp", "p", "age", "a",
		"extract", "input-type", "output-type", "output", "filename-override", "decryption-order", "keyservice",
		"unencrypted-suffix", "encrypted-suffix", "unencrypted-regex", "encrypted-regex",
		"unencrypted-comment-regex", "encrypted-comment-regex",
		"config", "encryption-context", "set", "shamir-secret-sharing-threshold", "indent",
		"add-gcp-kms", "rm-gcp-kms", "add-hckms", "rm-hckms", "add-azure-kv", "rm-azure-kv", "add-kms", "rm-kms",
		"add-hc-vault-transit", "rm-hc-vault-transit", "add-age", "rm-age", "add-pgp", "rm-pgp",
	}
	globalSwitches = []string{
		"decrypt", "d", "encrypt", "e", "rotate", "r", "in-place", "i", "show-master-keys", "s", "ignore-mac",
		"mac-only-encrypted", "verbose", "disable-version-check", "check-for-updates", "enable-local-keyservice",
		"help", "h", "version", "v", "allow-lossy", "allow-nothing-encrypted", "keep-data-key",
	}
)
