package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/identity"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/keys"
	"github.com/gitsecrets/gitsecrets/keys/remote"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Services returns the key services of this run: those of this process, unless
// switched off, then the ones that --keyservice names. The same ones serve every file, so that
// each identity is read once and each account has one client.
func (a *App) Services(c *urfave.Context) ([]encrypt.KeyService, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.keyServices != nil {
		return a.keyServices, nil
	}
	services := []encrypt.KeyService{}
	if c.Bool("enable-local-keyservice") {
		host, err := os.Hostname()
		if err != nil {
			host = "localhost"
		}
		ui := a.Term.PluginUI(c.Context, a.Asides())
		services = keys.Default(keys.Options{Getenv: os.Getenv, Identities: a.Identities(c.Context), UI: ui, Hostname: host})
	}
	for _, uri := range c.StringSlice("keyservice") {
		for _, one := range strings.Split(uri, ",") {
			service, err := remote.New(strings.TrimSpace(one))
			if err != nil {
				return nil, Usagef("--keyservice: %s", err)
			}
			services = append(services, service)
		}
	}
	if len(services) == 0 {
		a.Warnf("no master key can be reached: the local key service is switched off, and --keyservice does not name another")
	}
	a.keyServices = services
	return services, nil
}

// Identities returns the age identities of this person or machine.
func (a *App) Identities(ctx context.Context) *identity.Finder {
	return identity.New(ctx, identity.World{
		Environ: os.Environ(), Getenv: os.Getenv, Terminal: a.Term, Stderr: os.Stderr, UI: a.Term.PluginUI(ctx, a.Asides()), Warn: a.Warnf,
	})
}

// OpenOptions are those that all verbs share.
func (a *App) OpenOptions(c *urfave.Context) (encrypt.OpenOptions, error) {
	order, err := DecryptionOrder(c.String("decryption-order"))
	return encrypt.OpenOptions{
		IgnoreMAC:   c.Bool("ignore-mac"),
		KeepDataKey: c.Bool("keep-data-key"),
		Order:       order,
		AllowVault:  allowVault,
		AllowAWS: func(role, profile string) bool {
			return role == "" && (profile == c.String("aws-profile") || profile == os.Getenv("AWS_PROFILE"))
		},
	}, err
}

// allowVault says whether the environment names a Vault address, as
// VAULT_ADDR or in SOPS_HC_VAULT_ALLOWLIST ("all", or addresses with commas).
func allowVault(address string) bool {
	if Same(address, os.Getenv("VAULT_ADDR")) {
		return true
	}
	for _, allowed := range strings.Split(os.Getenv("SOPS_HC_VAULT_ALLOWLIST"), ",") {
		if allowed = strings.TrimSpace(allowed); allowed == "all" || Same(address, allowed) {
			return true
		}
	}
	return false
}

func Same(address, other string) bool {
	return other != "" && strings.TrimRight(address, "/") == strings.TrimRight(other, "/")
}

// DecryptionOrder reads --decryption-order.
func DecryptionOrder(list string) ([]policy.KeyType, error) {
	if list == "" {
		return nil, nil
	}
	known := []string{string(policy.Age), string(policy.PGP), string(policy.AWSKMS), string(policy.GCPKMS), string(policy.HuaweiKMS), string(policy.AzureVault), string(policy.VaultKey)}
	var order []policy.KeyType
	seen := map[string]bool{}
	for _, name := range strings.Split(list, ",") {
		if seen[name] {
			return nil, Coded(exitOrder, fmt.Errorf("duplicate decryption key type: %s", name))
		}
		seen[name] = true
		order = append(order, policy.KeyType(name))
		if !slices.Contains(known, name) {
			e := Usagef("%q is not a type of key: %s", name, strings.Join(known, ", "))
			if near := text.Nearest(name, known); near != "" {
				e.Hint = "did you mean " + near + "?"
			}
			return nil, e
		}
	}
	return order, nil
}
