package ci

import "time"

// Settings say who is asked for what. They come from flags and the
// environment, and where the checkout can be trusted from the repository; the
// zero value of each field means its default.
type Settings struct {
	// Key names an age identity to fetch; nil means that the KMS keys of the
	// files are used.
	Key   *Ref
	OIDC  OIDCSettings
	AWS   AWSSettings
	Vault VaultSettings
	GCP   GCPSettings
	Azure AzureSettings
}

// OIDCSettings say where the ID token comes from.
type OIDCSettings struct {
	Provider  Provider // empty: found by the job's variables
	Audience  string   // empty: what each relying party expects by default
	TokenEnv  string   // a variable that holds the token
	TokenFile string   // a file that holds it, read for each attempt
	// ServiceConnection is the id of the service connection, in Azure Pipelines.
	ServiceConnection string
}

// AWSSettings say which role is assumed and how.
type AWSSettings struct {
	RoleARN     string
	Region      string        // of STS, and of references that name none
	SessionName string        // empty: made of the run and the repository
	Duration    time.Duration // of the session; 0 means 15 minutes
	// SessionPolicy is "auto" or empty (derived from what is asked for), "none",
	// or a policy as JSON.
	SessionPolicy string
	// AllowedAccountIDs are the accounts of which a role may be; empty means any.
	AllowedAccountIDs []string
	// Chain are roles to assume in turn after RoleARN.
	Chain []ChainedRole
	// RetryAccessDenied tries again where the role or its trust policy may have
	// been made only just now.
	RetryAccessDenied bool
	// Ambient uses the credentials that the SDK finds in the environment in place
	// of an ID token.
	Ambient bool
}

// ChainedRole is a role that is assumed with the credentials of another one.
type ChainedRole struct {
	ARN        string
	ExternalID string
}

// VaultSettings say where and as whom to log in to Vault or OpenBao.
type VaultSettings struct {
	Address   string
	Namespace string
	Mount     string // of the jwt method; empty means jwt
	Role      string // empty: the mount's default role
	CACert    string // PEM file; empty means the system's authorities
	KVVersion int    // 1 or 2; 0 asks Vault
	KeepToken bool   // leaves the token to expire by itself
}

// GCPSettings name a workload identity provider.
type GCPSettings struct {
	// Provider is projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/NAME.
	Provider string
	// ServiceAccount is impersonated; empty means that the federated token is used
	// as it is.
	ServiceAccount string
	Lifetime       time.Duration // of the service account's token; 0 means 5 minutes
	Universe       string        // empty means googleapis.com
}

// AzureSettings name an application with a federated credential.
type AzureSettings struct {
	TenantID, ClientID string
	Authority          string // empty means https://login.microsoftonline.com
}
