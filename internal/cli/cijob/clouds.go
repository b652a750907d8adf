package cijob

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	lendazure "github.com/gitsecrets/gitsecrets/internal/ci/lend/azure"
	lendgcp "github.com/gitsecrets/gitsecrets/internal/ci/lend/gcp"
	lendvault "github.com/gitsecrets/gitsecrets/internal/ci/lend/vault"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/keys/azurekv"
	"github.com/gitsecrets/gitsecrets/keys/gcpkms"
	"github.com/gitsecrets/gitsecrets/keys/vault"
	"github.com/gitsecrets/gitsecrets/policy"
)

// vaultClient returns the one login to Vault.
func (l *lenders) vaultClient() (*lendvault.Login, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.vault != nil {
		return l.vault, nil
	}
	if l.j.settings.Vault.Address == "" {
		return nil, errNoDestination("the address of Vault", "--vault-addr URL or VAULT_ADDR")
	}
	source, err := l.detect()
	if err != nil {
		return nil, err
	}
	v, err := lendvault.New(l.j.world, source, l.j.settings.Vault, l.j.settings.OIDC.Audience)
	if err == nil {
		l.vault = v
	}
	return v, err
}

// checkVault lets the token go to the one Vault that was named, whatever a file
// says.
func (l *lenders) checkVault(key policy.Key) error {
	address, _, _ := strings.Cut(key.ID, "/v1/")
	if named := l.j.settings.Vault.Address; named != "" && !cli.Same(address, named) {
		return &call.Error{Failure: call.Unsafe, Text: fmt.Sprintf("the file names the Vault at %q, but --vault-addr names another one: it is not contacted", text.Escape(address))}
	}
	return nil
}

func (l *lenders) vaultService(ctx context.Context, _ policy.Key) (encrypt.KeyService, error) {
	v, err := l.vaultClient()
	if err != nil {
		return nil, err
	}
	token, err := v.Token(ctx)
	if err != nil {
		return nil, err
	}
	return vault.New(vault.Options{Token: token, HTTPClient: v.HTTPClient(), Getenv: func(name string) string {
		if name == "VAULT_NAMESPACE" {
			return l.j.settings.Vault.Namespace
		}
		return ""
	}}), nil
}

func (l *lenders) gcpClient() (*lendgcp.Lender, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.gcp != nil {
		return l.gcp, nil
	}
	if l.j.settings.GCP.Provider == "" {
		return nil, errNoDestination("Google's workload identity provider", "--workload-identity-provider NAME")
	}
	source, err := l.detect()
	if err != nil {
		return nil, err
	}
	g, err := lendgcp.New(&l.j.world.Caller, source, l.j.settings.GCP, l.j.settings.OIDC.Audience)
	if err == nil {
		l.gcp = g
	}
	return g, err
}

func (l *lenders) gcpService(ctx context.Context, _ policy.Key) (encrypt.KeyService, error) {
	g, err := l.gcpClient()
	if err != nil {
		return nil, err
	}
	token := func(ctx context.Context) (string, error) {
		token, _, err := g.Token(ctx)
		return token, err
	}
	if _, err := token(ctx); err != nil { // so that its error is not taken for the key's
		return nil, err
	}
	return gcpkms.New(gcpkms.Options{
		Token:          token,
		Endpoint:       os.Getenv("SOPS_GCP_KMS_ENDPOINT"),
		UniverseDomain: l.j.settings.GCP.Universe,
	}), nil
}

func (l *lenders) azureClient() (*lendazure.Lender, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.azure != nil {
		return l.azure, nil
	}
	if s := l.j.settings.Azure; s.TenantID == "" || s.ClientID == "" {
		return nil, errNoDestination("the Azure application", "--tenant-id and --client-id")
	}
	source, err := l.detect()
	if err != nil {
		return nil, err
	}
	az, err := lendazure.New(&l.j.world.Caller, source, l.j.settings.Azure, l.j.settings.OIDC.Audience)
	if err == nil {
		l.azure = az
	}
	return az, err
}

func (l *lenders) azureService(ctx context.Context, key policy.Key) (encrypt.KeyService, error) {
	az, err := l.azureClient()
	if err != nil {
		return nil, err
	}
	// So that its error is not taken for the key's, and tried again by the SDK.
	if u, err := url.Parse(key.ID); err == nil {
		_, domain, _ := strings.Cut(u.Hostname(), ".")
		if _, _, err := az.Token(ctx, "https://"+domain+"/.default"); err != nil {
			return nil, err
		}
	}
	return azurekv.New(azurekv.Options{Token: func(ctx context.Context, scope string) (string, time.Time, error) {
		return az.Token(ctx, scope)
	}}), nil
}
