package cli_test

import (
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// ciVault is a Vault whose roles trust the jobs of the script's issuer.
type ciVault struct {
	*cloudtest.Vault
	asked int // requests that "vault asked" has told of
}

// vaultCommand is about a Vault of the script:
//
//	vault up               from here on VAULT_ADDR is its address, $TRANSIT and $TRANSIT2 keys of it, of which
//	                       jobs may use the first, $STANDBY a node that sends everybody on, $TLS its address
//	                       with TLS, whose authority is in authority.pem
//	vault user             who runs the program is a person, with the root token; "vault nobody" ends it
//	vault put MOUNT VERSION NAME FIELD FILE
//	vault delete|destroy MOUNT NAME   a newer version that is gone
//	vault asked [PATH…]    demands the requests since the last time, in order
//	vault live NUMBER      demands how many lent tokens still serve
func vaultCommand(ts *testscript.TestScript, neg bool, args []string) {
	c := cloudOf(ts)
	if neg || len(args) == 0 || (args[0] == "up") == (c.vault != nil) {
		ts.Fatalf("usage: vault up, then vault verb args...")
	}
	if args[0] == "up" {
		c.vault = newCIVault(ts, c)
		return
	}
	v := c.vault
	need := func(n int) {
		if len(args) != n {
			ts.Fatalf("vault %s takes %d words", args[0], n-1)
		}
	}
	switch args[0] {
	case "user":
		ts.Setenv("VAULT_TOKEN", v.Token)
	case "nobody":
		ts.Setenv("VAULT_TOKEN", "")
	case "put":
		need(6)
		v.Put(args[1], map[string]int{"1": 1, "2": 2}[args[2]], args[3], cloudtest.VaultVersion{Fields: map[string]any{args[4]: c.toStore(ts, args[5])}})
	case "delete":
		need(3)
		v.Put(args[1], 2, args[2], cloudtest.VaultVersion{Deleted: "2026-11-01T10:00:00Z"})
	case "destroy":
		need(3)
		v.Put(args[1], 2, args[2], cloudtest.VaultVersion{Destroyed: true})
	case "asked":
		all := v.Requests()
		got := all[v.asked:]
		v.asked = len(all)
		for i := range got {
			_, got[i], _ = strings.Cut(got[i], " /v1/")
		}
		if !slices.Equal(got, args[1:]) {
			ts.Fatalf("Vault was asked for %q", got)
		}
	case "live":
		need(2)
		n := 0
		for serves := range maps.Values(v.Lent()) {
			if serves {
				n++
			}
		}
		if got := string(rune('0' + n)); got != args[1] {
			ts.Fatalf("%s tokens serve, want %s", got, args[1])
		}
	default:
		ts.Fatalf("no such verb: %s", args[0])
	}
}

func newCIVault(ts *testscript.TestScript, c *ciCloud) *ciVault {
	t := &setupT{env: c.env}
	v := &ciVault{Vault: cloudtest.NewVault(t, "sops/keys/ci", "sops/keys/other")}
	standby := v.Standby(t)
	overTLS, authority := v.OverTLS(t)
	ts.Check(os.WriteFile(ts.MkAbs("authority.pem"), authority, 0o600))
	role := cloudtest.VaultRole{Issuer: c.issuer, BoundAudiences: []string{v.URL, standby, overTLS}, BoundSubject: jobSubject, Policies: map[string][]string{
		"secret/data/ci/*": {"read"}, "old/ci/*": {"read"}, "team/a/secret/data/ci/*": {"read"}, "sops/decrypt/ci": {"update"}, "team/a/sops/decrypt/ci": {"update"},
	}}
	bound := func(change func(r *cloudtest.VaultRole)) cloudtest.VaultRole {
		r := role
		change(&r)
		return r
	}
	for name, r := range map[string]cloudtest.VaultRole{
		"auth/jwt/role/ci": role, "team/a/auth/gh/oidc/role/ci": role,
		"auth/jwt/role/policy":  bound(func(r *cloudtest.VaultRole) { r.Policies = nil }),
		"auth/jwt/role/unbound": bound(func(r *cloudtest.VaultRole) { r.BoundAudiences = nil }),
		"auth/jwt/role/user":    bound(func(r *cloudtest.VaultRole) { r.UserClaim = "email" }),
		"auth/jwt/role/globs": bound(func(r *cloudtest.VaultRole) {
			r.BoundClaims = map[string]string{"ref": "refs/heads/*", "repository": "octo-org/*"}
		}),
		"auth/jwt/role/batch":    bound(func(r *cloudtest.VaultRole) { r.Batch = true }),
		"auth/jwt/role/audience": bound(func(r *cloudtest.VaultRole) { r.BoundAudiences = []string{"other"} }),
		"auth/jwt/role/subject":  bound(func(r *cloudtest.VaultRole) { r.BoundSubject = "other" }),
		"auth/jwt/role/claim":    bound(func(r *cloudtest.VaultRole) { r.BoundClaims = map[string]string{"ref": "refs/tags/*"} }),
	} {
		v.AddRole(name, r)
	}
	for name, value := range map[string]string{
		"VAULT_ADDR": v.URL, "STANDBY": standby, "TLS": overTLS, "TRANSIT": v.URL + "/v1/sops/keys/ci", "TRANSIT2": v.URL + "/v1/sops/keys/other",
	} {
		ts.Setenv(name, value)
	}
	return v
}

// credentials are Vault's tokens.
func (v *ciVault) credentials() []string {
	if v == nil {
		return nil
	}
	return append(slices.Collect(maps.Keys(v.Lent())), v.Token)
}
