package cijob

import (
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/cli"
)

// defaultCITimeout bounds all that a ci verb does before its command starts.
const defaultCITimeout = 2 * time.Minute

// toolGrace is how long a program of the CI may outlive the end of its run.
const toolGrace = 2 * time.Second

// ciEnv is the variable of a ci flag: GITSECRETS_CI_ and the flag's name. What
// others call it as well may follow.
func ciEnv(name string, others ...string) []string {
	own := "GITSECRETS_CI_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
	return append([]string{own}, others...)
}

func ciString(name, usage string, others ...string) urfave.Flag {
	return &urfave.StringFlag{Name: name, Usage: usage, EnvVars: ciEnv(name, others...)}
}

func ciBool(name, usage string) urfave.Flag {
	return &urfave.BoolFlag{Name: name, Usage: usage, EnvVars: ciEnv(name)}
}

func ciList(name, usage string) urfave.Flag {
	return &urfave.StringSliceFlag{Name: name, Usage: usage, EnvVars: ciEnv(name)}
}

// ciIdentityFlags say who asks whom. What has a name in
// aws-actions/configure-aws-credentials or google-github-actions/auth has the
// same one here.
func ciIdentityFlags() []urfave.Flag {
	return []urfave.Flag{
		ciString("oidc-provider", "`CI` whose identity is used: github, gitlab, buildkite, circleci, bitbucket, azure-pipelines, kubernetes, gce, env or file; else found by the job's variables"),
		ciString("audience", "`audience` of the ID token; else what the cloud expects by default"),
		ciString("token-env", "`variable` that holds the ID token"),
		ciString("token-file", "`file` that holds the ID token"),
		ciString("service-connection-id", "`id` of the service connection, in Azure Pipelines"),

		ciString("role-to-assume", "`ARN` of the AWS role"),
		ciString("aws-region", "`region` of STS, and of secrets whose reference names none", "AWS_REGION", "AWS_DEFAULT_REGION"),
		ciString("role-session-name", "`name` of the role session; else made of run and repository", "AWS_ROLE_SESSION_NAME"),
		ciString("role-duration-seconds", "life of the session, in `seconds` or as 15m; 900 by default"),
		ciList("role-chain", "`ARN` of a role to assume with the one before (repeatable, in order)"),
		ciString("role-external-id", "external `id` for the last role of the chain"),
		ciString("inline-session-policy", "`policy` of the session: auto (derived from the keys of the files), none, or JSON", "AWS_INLINE_SESSION_POLICY"),
		ciString("allowed-account-ids", "comma separated `accounts` of which the role may be"),
		ciList("allow-role", "`ARN` of a role that a file may ask to be assumed (repeatable)"),
		ciBool("retry-access-denied", "try again when the role is refused: it may have been made just now"),
		ciBool("use-ambient", "use the AWS credentials of the environment instead of an ID token"),

		ciString("key", "`reference` to an age identity, as ref+vault://secret/ci/sops#/age-key; else the KMS keys of the files are used"),

		ciString("vault-addr", "`URL` of Vault or OpenBao", "VAULT_ADDR"),
		ciString("vault-namespace", "`namespace` of Vault", "VAULT_NAMESPACE"),
		ciString("vault-auth-mount", "`path` of the JWT method in Vault; jwt by default"),
		ciString("vault-role", "`role` of the JWT method; else the default role"),
		ciString("vault-ca-cert", "PEM `file` of the authority that signed Vault's certificate", "VAULT_CACERT"),
		ciString("vault-kv-version", "`version` of the KV engine, 1 or 2; else Vault is asked"),
		ciBool("vault-keep-token", "let Vault's token expire instead of revoking it"),

		ciString("workload-identity-provider", "Google's `name` of the provider: projects/NUMBER/locations/global/workloadIdentityPools/POOL/providers/NAME"),
		ciString("service-account", "`e-mail` of the Google service account to impersonate"),
		ciString("access-token-lifetime", "life of the service account's token, in `seconds` or as 5m; 300 by default"),

		ciString("tenant-id", "`id` of the Azure tenant", "AZURE_TENANT_ID"),
		ciString("client-id", "`id` of the Azure application", "AZURE_CLIENT_ID"),
		ciString("azure-authority", "`URL` of Azure's token endpoint; else that of the public cloud", "AZURE_AUTHORITY_HOST"),

		ciString("timeout", "`time` within which all files must be opened; 2m by default"),
		&urfave.IntFlag{Name: "retry-max-attempts", Usage: "`times` that an exchange is tried; else until the --timeout", EnvVars: ciEnv("retry-max-attempts")},
		ciBool("allow-untrusted-checkout", "go on even if the checked out commit is not the event's own"),
		cli.StringFlag("config", "policy `file` to use, instead of the nearest .sops.yaml", "SOPS_CONFIG"),
	}
}

// ciFileFlags are those of verbs that open files.
func ciFileFlags() []urfave.Flag {
	return []urfave.Flag{
		ciBool("trust-file-keys", "contact whatever keys the files name, not only those of flags, variables and trusted rules"),
		&urfave.StringFlag{Name: "kms", Aliases: []string{"k"}, Usage: "comma separated `ARNs` of AWS KMS keys that may be used", EnvVars: []string{"SOPS_KMS_ARN"}},
		cli.StringFlag("gcp-kms", "comma separated `names` of Cloud KMS keys that may be used", "SOPS_GCP_KMS_IDS"),
		cli.StringFlag("azure-kv", "comma separated `URLs` of Azure Key Vault keys that may be used", "SOPS_AZURE_KEYVAULT_URLS"),
		cli.StringFlag("hc-vault-transit", "comma separated `URIs` of Vault transit keys that may be used", "SOPS_VAULT_URIS"),
		ciString("if-no-identity", "what to do in a job without an identity: `fail` or skip"),
		ciString("mask", "values to have masked in the log: `encrypted`, all or none"),
		ciString("audit-log", "append a line of JSON to `file` for each opening"),
		cli.BoolFlag("json", "print what was done as JSON"),
		cli.InputTypeFlag(), cli.OrderFlag(),
	}
}

func ciFilesFlag() urfave.Flag {
	return &urfave.StringSliceFlag{Name: "file", Aliases: []string{"f"}, Usage: "encrypted `file` (repeatable)"}
}
