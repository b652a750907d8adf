package ci

// Ref names a secret in a store, in the syntax of vals
// (https://github.com/helmfile/vals): ref+vault://secret/ci/sops#/age-key.
type Ref struct {
	Text  string // as it was written
	Store Store
	// Path is what stands between "//" and "?" or "#": Vault's mount and path,
	// the name or ARN of an AWS secret, a parameter's name with its leading
	// slash, PROJECT/SECRET of Google, VAULT/SECRET[/VERSION] of Azure.
	Path string
	// Params are those that the store knows, such as region or version; all others
	// are errors.
	Params map[string]string
	// Field is a field of a secret that is a JSON object, or of Vault's; empty
	// means the whole secret.
	Field string
}

// Store is where a secret lies.
type Store string

// The stores, by their names in references.
const (
	StoreVault      Store = "vault" // and openbao
	StoreAWSSecrets Store = "awssecrets"
	StoreAWSSSM     Store = "awsssm"
	StoreGCPSecrets Store = "gcpsecrets"
	StoreAzureVault Store = "azurekeyvault"
)
