package cloudtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
)

const vaultDenied = "1 error occurred:\n\t* permission denied\n\n"

// failure answers with an error of the service.
type failure = func(status int, code, message string)

// VaultRole is a role of a JWT method.
type VaultRole struct {
	Issuer         *Issuer
	BoundAudiences []string
	BoundSubject   string
	BoundClaims    map[string]string // globs, whose * matches anything
	UserClaim      string            // sub if empty
	Batch          bool              // its tokens are batch tokens
	TTL            time.Duration     // 5 minutes if 0
	// Policies are the capabilities by path, of which a * at the end stands
	// for any rest and a + for one part.
	Policies map[string][]string
}

// vaultLent is a token that a login lent. nil is the root token.
type vaultLent struct {
	role    VaultRole
	expires time.Time
	revoked bool
}

// AddRole makes a role: at is MOUNT/role/NAME, with the namespace and auth/ before
// it.
func (v *Vault) AddRole(at string, role VaultRole) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.roles[at] = role
}

// Lent returns the tokens that logins lent, and whether each still serves.
func (v *Vault) Lent() map[string]bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	all := make(map[string]bool)
	for token, l := range v.lent {
		all[token] = !l.revoked && time.Now().Before(l.expires)
	}
	return all
}

func (v *Vault) tokenOf(token string) (*vaultLent, bool) {
	if Same(token, v.Token) {
		return nil, true
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	l := v.lent[token]
	return l, l != nil && !l.revoked && time.Now().Before(l.expires)
}

// may reports whether a token has a capability at a path.
func (l *vaultLent) may(at, capability string) bool {
	if l == nil {
		return true
	}
	for pattern, has := range l.role.Policies {
		path := strings.ReplaceAll(regexp.QuoteMeta(pattern), `\+`, `[^/]+`)
		if rest, ok := strings.CutSuffix(path, `\*`); ok {
			path = rest + ".*"
		}
		if slices.Contains(has, capability) && regexp.MustCompile("(?s)^"+path+"$").MatchString(at) {
			return true
		}
	}
	return false
}

func (v *Vault) login(w http.ResponseWriter, r *http.Request, at string, fail failure) {
	var in struct{ JWT, Role string }
	body, ok := ReadBody(r)
	if !ok || json.Unmarshal(body, &in) != nil || in.JWT == "" {
		fail(400, "", "missing token")
		return
	}
	if in.Role == "" {
		fail(400, "", "missing role")
		return
	}
	method := strings.TrimSuffix(at, "login") + "role/"
	mounted := false
	v.mu.Lock()
	role, ok := v.roles[method+in.Role]
	for path := range v.roles {
		mounted = mounted || strings.HasPrefix(path, method)
	}
	v.mu.Unlock()
	if !mounted { // as Vault itself, which does not say what is there
		fail(403, "", "permission denied")
		return
	}
	if !ok {
		fail(400, "", fmt.Sprintf("role %q could not be found", in.Role))
		return
	}
	if why := role.refuses(in.JWT); why != "" {
		fail(400, "", why)
		return
	}
	ttl, kind, token := role.TTL, "service", "hvs."+RandomName(24)
	if ttl == 0 {
		ttl = 5 * time.Minute
	}
	if role.Batch {
		kind, token = "batch", "hvb."+RandomName(64)
	}
	v.mu.Lock()
	v.lent[token] = &vaultLent{role: role, expires: time.Now().Add(ttl)}
	v.mu.Unlock()
	writeJSON(w, 200, map[string]any{"auth": map[string]any{"client_token": token, "token_type": kind, "lease_duration": int(ttl.Seconds()), "renewable": !role.Batch}})
}

// refuses says in Vault's words why a token does not fit the role; empty if it
// does.
func (role VaultRole) refuses(token string) string {
	const validating = "error validating token: "
	claims, err := role.Issuer.Verify(token)
	if err != nil {
		reason := "error verifying token signature: no known key successfully validated the token signature"
		var refused *TokenError
		errors.As(err, &refused)
		switch refused.Reason {
		case "expired":
			reason = "invalid expiration time (exp) claim: token is expired"
		case "issuer":
			reason = "invalid issuer (iss) claim"
		case "early":
			reason = "invalid not before (nbf) claim: token not yet valid"
		}
		return validating + reason
	}
	if role.BoundSubject != "" && claims["sub"] != role.BoundSubject {
		return validating + "invalid subject (sub) claim"
	}
	audiences := claimTexts(claims, "aud")
	switch {
	case len(role.BoundAudiences) == 0 && len(audiences) > 0:
		return "audience claim found in JWT but no audiences bound to the role"
	case len(role.BoundAudiences) > 0 && !slices.ContainsFunc(audiences, func(a string) bool { return slices.Contains(role.BoundAudiences, a) }):
		return validating + "invalid audience (aud) claim: audience claim does not match any bound audience"
	}
	for _, name := range slices.Sorted(maps.Keys(role.BoundClaims)) {
		texts := claimTexts(claims, name)
		if len(texts) == 0 {
			return fmt.Sprintf("error validating claims: claim %q is missing", name)
		}
		if !slices.ContainsFunc(texts, glob(role.BoundClaims[name]).MatchString) {
			return fmt.Sprintf("error validating claims: claim %q does not match any associated bound claim values", name)
		}
	}
	user := role.UserClaim
	if user == "" {
		user = "sub"
	}
	if len(claimTexts(claims, user)) == 0 {
		return fmt.Sprintf("claim %q not found in token", user)
	}
	return ""
}

func (v *Vault) self(w http.ResponseWriter, operation, token string, lent *vaultLent, fail failure) {
	switch {
	case operation == "lookup-self":
		kind := "service"
		if lent != nil && lent.role.Batch {
			kind = "batch"
		}
		writeJSON(w, 200, map[string]any{"data": map[string]any{"id": token, "type": kind}})
	case lent != nil && lent.role.Batch:
		fail(400, "", "batch tokens cannot be revoked")
	default:
		v.mu.Lock()
		if lent != nil {
			lent.revoked = true
		}
		v.mu.Unlock()
		w.WriteHeader(http.StatusNoContent)
	}
}

func glob(pattern string) *regexp.Regexp {
	return regexp.MustCompile(`(?s)^` + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\*`, `.*`) + `$`)
}
