//go:build interop

package interop

import (
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

const vaultRole, vaultKey = "ci", "sops/keys/ci"

// vault is a Vault whose role lets the job's subject use one key of the transit
// engine, until its token is revoked.
type vault struct {
	*cloudtest.Vault
	root string // a person's token
}

func newVault(w *ciWorld) *vault {
	w.Helper()
	v := cloudtest.NewVault(w.T, vaultKey)
	v.AddRole("auth/jwt/role/"+vaultRole, cloudtest.VaultRole{
		Issuer: w.issuer, BoundAudiences: []string{v.URL}, BoundSubject: ciSubject, Policies: map[string][]string{"sops/decrypt/ci": {"update"}},
	})
	w.held = append(w.held, v.Token)
	w.vault = v
	return &vault{v, v.Token}
}

// mustBeRevoked demands that there were logins and that none serves any more.
func (v *vault) mustBeRevoked(w *ciWorld) {
	w.Helper()
	lent := v.Lent()
	if len(lent) == 0 {
		w.Error("nobody logged in to Vault")
	}
	for _, serves := range lent {
		if serves {
			w.Error("a token of Vault was not given back")
		}
	}
}
