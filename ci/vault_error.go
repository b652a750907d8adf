package ci

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// vaultErrors reads the list that Vault answers with.
func vaultErrors(a *call.Answer) string {
	var out struct{ Errors []string }
	if json.Unmarshal(a.Body, &out) != nil || len(out.Errors) == 0 {
		return ""
	}
	return strings.Join(out.Errors, "; ")
}

// vaultFailure sorts an answer that means failure. Vault has a status for a
// node that lags behind (412), is sealed or a standby (503).
func vaultFailure(a *call.Answer) *call.Error {
	e := call.StatusError(vaultService, a, "", vaultErrors(a))
	if a.Status == http.StatusPreconditionFailed {
		e.Failure, e.Again = call.Transient, call.MayPass
	}
	return e
}

// loginError explains a refused login, by the exact texts of
// https://github.com/hashicorp/vault-plugin-auth-jwt, path_login.go, and of
// https://github.com/hashicorp/cap, jwt/jwt.go.
func (v *Vault) loginError(a *call.Answer, id *Token) error {
	e := vaultFailure(a)
	words := vaultErrors(a)
	has := func(s string) bool { return strings.Contains(words, s) }
	who := "the job presented " + id.Claims.Words()
	switch {
	case e.Again == call.MayPass:
	case has("expired") || has("exp claim"):
		e.Again = call.StaleID
	case has("(nbf)"), has("(iat)"), has("not yet valid"):
		e.Hint = "Vault's clock is behind that of the CI: set it right, or let the role allow for it with not_before_leeway and clock_skew_leeway"
	case has("missing role"), has("could not be found"):
		e.Hint = "name the role with --vault-role; the mount " + text.Quote(v.s.Mount) + " has no such role, or no default one"
	case has("oidc role_type"):
		e.Hint = "the role's role_type must be jwt"
	case has("no audiences bound"), has("aud"):
		e.Hint = "the role's bound_audiences must hold what --audience asks for; " + who
	case has("error validating claims"), has("not found in token"), has("sub"):
		e.Hint = "the role's bound claims do not fit; " + who
	case has("error validating token"):
		e.Hint = "the mount's keys or issuer are not those of this CI; " + who
	case a.Status == http.StatusForbidden:
		e.Hint = "Vault says so, too, where no JWT method is mounted at " + text.Quote(v.s.Mount) + " in this namespace (--vault-auth-mount, --vault-namespace)\n" +
			"the role may be bound to other addresses or claims; " + who
	case a.Status == http.StatusNotFound:
		e.Hint = "is the JWT method mounted at " + text.Quote(v.s.Mount) + " in this namespace (--vault-auth-mount, --vault-namespace)?"
	}
	return e
}

// kindOf returns the kind of an error of this package.
func kindOf(err error) call.Failure {
	var e *call.Error
	if errors.As(err, &e) {
		return e.Failure
	}
	return call.Transient
}
