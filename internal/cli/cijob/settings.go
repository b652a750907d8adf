package cijob

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	lendaws "github.com/gitsecrets/gitsecrets/internal/ci/lend/aws"
	lendazure "github.com/gitsecrets/gitsecrets/internal/ci/lend/azure"
	lendgcp "github.com/gitsecrets/gitsecrets/internal/ci/lend/gcp"
	lendvault "github.com/gitsecrets/gitsecrets/internal/ci/lend/vault"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/ci/ref"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/policy"
)

// ciAsked says who is asked for what. It comes from flags and the environment, and where
// the checkout can be trusted from the repository; the zero value of each field means
// its default.
type ciAsked struct {
	// Key names an age identity to fetch; nil means that the KMS keys of the
	// files are used.
	Key   *policy.Reference
	OIDC  oidc.Settings
	AWS   lendaws.Settings
	Vault lendvault.Settings
	GCP   lendgcp.Settings
	Azure lendazure.Settings
}

// ciSettings joins flags and variables, which go first, with the section of
// the repository; nil if it is not trusted or not there.
func (a *verbs) ciSettings(c *urfave.Context, repo *policy.CI) (ciAsked, error) {
	if repo == nil {
		repo = &policy.CI{}
	}
	var s ciAsked
	r := settingsReader{c: c}
	s.OIDC = oidc.Settings{
		Provider:          job.Provider(r.text("oidc-provider", repo.OIDC.Provider)),
		Audience:          r.text("audience", repo.OIDC.Audience),
		TokenEnv:          r.text("token-env", repo.OIDC.TokenEnv),
		TokenFile:         r.text("token-file", repo.OIDC.TokenFile),
		ServiceConnection: r.text("service-connection-id", repo.OIDC.ServiceConnection),
	}
	if s.OIDC.Provider == "auto" {
		s.OIDC.Provider = ""
	}
	s.AWS = lendaws.Settings{
		RoleARN:           r.text("role-to-assume", ""),
		Region:            r.text("aws-region", repo.AWS.Region),
		SessionName:       r.text("role-session-name", repo.AWS.SessionName),
		Duration:          r.duration("role-duration-seconds", repo.AWS.Duration),
		SessionPolicy:     r.text("inline-session-policy", repo.AWS.SessionPolicy),
		AllowedAccountIDs: splitList(r.text("allowed-account-ids", strings.Join(repo.AWS.AllowedAccountIDs, ","))),
		RetryAccessDenied: c.Bool("retry-access-denied"),
		Ambient:           c.Bool("use-ambient"),
	}
	if s.AWS.RoleARN == "" {
		s.AWS.RoleARN = a.environmentRole(strings.TrimSpace(repo.AWS.RoleARN))
	}
	chain := c.StringSlice("role-chain")
	if len(chain) == 0 {
		chain = repo.AWS.Chain
	}
	for _, arn := range chain {
		s.AWS.Chain = append(s.AWS.Chain, lendaws.ChainedRole{ARN: strings.TrimSpace(arn)})
	}
	if id := r.text("role-external-id", repo.AWS.ExternalID); id != "" {
		if len(s.AWS.Chain) == 0 {
			return s, cli.Usagef("--role-external-id is for the last role of --role-chain: an ID token assumes a role without one")
		}
		s.AWS.Chain[len(s.AWS.Chain)-1].ExternalID = id
	}
	s.Vault = lendvault.Settings{
		Address:   r.text("vault-addr", repo.Vault.Address),
		Namespace: r.text("vault-namespace", repo.Vault.Namespace),
		Mount:     r.text("vault-auth-mount", repo.Vault.AuthMount),
		Role:      r.text("vault-role", repo.Vault.Role),
		CACert:    r.text("vault-ca-cert", repo.Vault.CACert),
		KVVersion: r.version("vault-kv-version", repo.Vault.KVVersion),
		KeepToken: c.Bool("vault-keep-token") || repo.Vault.Revoke != nil && !*repo.Vault.Revoke,
	}
	s.GCP = lendgcp.Settings{
		Provider:       r.text("workload-identity-provider", repo.GCP.Provider),
		ServiceAccount: r.text("service-account", repo.GCP.ServiceAccount),
		Lifetime:       r.duration("access-token-lifetime", repo.GCP.Lifetime),
		Universe:       os.Getenv("SOPS_GCP_KMS_UNIVERSE_DOMAIN"),
	}
	s.Azure = lendazure.Settings{
		TenantID:  r.text("tenant-id", repo.Azure.TenantID),
		ClientID:  r.text("client-id", repo.Azure.ClientID),
		Authority: r.text("azure-authority", repo.Azure.AuthorityHost),
	}
	if text := r.text("key", repo.Key); text != "" {
		key, err := ref.Parse(text)
		if err != nil {
			return s, err
		}
		s.Key = &key
	}
	return s, r.err
}

// environmentRole is the role of AWS_ROLE_ARN, else the repository's. Where a pod's
// token file stands beside the variable it may be the pod's own role: the
// repository's goes first there.
func (a *verbs) environmentRole(repository string) string {
	role := strings.TrimSpace(os.Getenv("AWS_ROLE_ARN"))
	if role == "" {
		return repository
	}
	if repository != "" && repository != role && os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") != "" && os.Getenv("ACTIONS_ID_TOKEN_REQUEST_URL") != "" {
		a.WarnOnce("AWS_ROLE_ARN is not used, because it may be the role of the pod that this runner runs in: AWS_WEB_IDENTITY_TOKEN_FILE is set too; the role of the repository's settings is used, and --role-to-assume names another")
		return repository
	}
	return role
}

// settingsReader reads flags whose fallback is a setting of the repository, and
// keeps the first error.
type settingsReader struct {
	c   *urfave.Context
	err error
}

func (r *settingsReader) text(flag, otherwise string) string {
	if s := strings.TrimSpace(r.c.String(flag)); s != "" {
		return s
	}
	return otherwise
}

// duration reads seconds, or a time with its unit; 0 if nothing is set.
func (r *settingsReader) duration(flag, otherwise string) time.Duration {
	text := r.text(flag, otherwise)
	if text == "" {
		return 0
	}
	d, err := parseDuration(text)
	if err != nil && r.err == nil {
		r.err = cli.Usagef("--%s: %s", flag, err)
	}
	return d
}

func (r *settingsReader) version(flag, otherwise string) int {
	text := r.text(flag, otherwise)
	switch text {
	case "", "auto":
		return 0
	case "1":
		return 1
	case "2":
		return 2
	}
	if r.err == nil {
		r.err = cli.Usagef("--%s must be 1 or 2", flag)
	}
	return 0
}

func parseDuration(text string) (time.Duration, error) {
	if n, err := strconv.Atoi(text); err == nil {
		if n <= 0 || n > 1<<30 {
			return 0, fmt.Errorf("%s seconds is not a time to wait", text)
		}
		return time.Duration(n) * time.Second, nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d <= 0 || d > 1<<30*time.Second {
		return 0, fmt.Errorf("it is not a time, such as 900 (seconds) or 15m")
	}
	return d, nil
}

func splitList(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' || r == '\n' || r == '\t' })
}
