package vault

import (
	"errors"
	"net/http"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// loginError explains a refused login, by the exact texts of https://github.com/hashicorp/vault-plugin-auth-jwt,
// path_login.go, and of https://github.com/hashicorp/cap, jwt/jwt.go.
func (v *Login) loginError(err error, id *oidc.Token) error {
	var e *call.Error
	if !errors.As(err, &e) || e.Status < 400 {
		return err
	}
	has := func(s string) bool { return strings.Contains(e.Text, s) }
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
	case e.Status == http.StatusForbidden:
		e.Hint = "Vault says the same if no JWT method is mounted at " + text.Quote(v.s.Mount) + " in this namespace (--vault-auth-mount, --vault-namespace)\n" +
			"the role may be bound to other addresses or claims; " + who
	case e.Status == http.StatusNotFound:
		e.Hint = "is the JWT method mounted at " + text.Quote(v.s.Mount) + " in this namespace (--vault-auth-mount, --vault-namespace)?"
	}
	return e
}

// failureOf returns the kind of an error of a call.
func failureOf(err error) call.Failure {
	var e *call.Error
	if errors.As(err, &e) {
		return e.Failure
	}
	return call.Transient
}
