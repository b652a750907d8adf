package cloudtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
)

// Issuer is an OIDC issuer: it signs ID tokens, with RS256 unless told
// otherwise, and serves its discovery document and JWKS at its URL.
//
// Verify enforces: one of its own keys and their algorithms; the issuer; exp, nbf
// and iat with 60 seconds of skew; the audience. It does not know
// revocation or key rotation. Faults count "discovery" and "jwks".
type Issuer struct {
	*Server
	Faults *Faults
	// Name is the iss of tokens: the URL of the server, unless it was given.
	Name string

	rsa   jose.JSONWebKey
	ecdsa jose.JSONWebKey
	other jose.JSONWebKey // a key that is not in the JWKS

	mu     sync.Mutex
	tokens []string
}

// NewIssuer starts an issuer for the time of a test. name is the iss of its
// tokens; empty means its own URL.
func NewIssuer(t T, name string) *Issuer {
	t.Helper()
	i, err := StartIssuer(name)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(i.Close)
	return i
}

// StartIssuer starts an issuer; Close ends it.
func StartIssuer(name string) (*Issuer, error) {
	i := &Issuer{Faults: &Faults{}, Name: name}
	var err error
	if i.rsa, err = newRSAKey("rsa-1"); err != nil {
		return nil, err
	}
	if i.other, err = newRSAKey("rsa-1"); err != nil {
		return nil, err
	}
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	i.ecdsa = jose.JSONWebKey{Key: private, KeyID: "ec-1", Algorithm: string(jose.ES256), Use: "sig"}
	if i.Server, err = serve("", http.HandlerFunc(i.handle)); err != nil {
		return nil, err
	}
	if i.Name == "" {
		i.Name = i.URL
	}
	return i, nil
}

func newRSAKey(id string) (jose.JSONWebKey, error) {
	private, err := rsa.GenerateKey(rand.Reader, 2048)
	return jose.JSONWebKey{Key: private, KeyID: id, Algorithm: string(jose.RS256), Use: "sig"}, err
}

func (i *Issuer) handle(w http.ResponseWriter, r *http.Request) {
	operation := map[string]string{"/.well-known/openid-configuration": "discovery", "/.well-known/jwks": "jwks"}[r.URL.Path]
	fail := func(status int, _, message string) { http.Error(w, message, status) }
	fault, done := i.Faults.begin(operation)
	defer done()
	if fault.strike(w, r, fail) {
		return
	}
	switch operation {
	case "discovery":
		writeJSON(w, 200, map[string]any{
			"issuer": i.Name, "jwks_uri": i.URL + "/.well-known/jwks", "response_types_supported": []string{"id_token"},
			"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"RS256", "ES256"},
		})
	case "jwks":
		writeJSON(w, 200, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{i.rsa.Public(), i.ecdsa.Public()}})
	default:
		fail(404, "", "not found")
	}
}

// Issue signs a token. iss, iat, nbf, exp (in 5 minutes) and jti have defaults;
// a claim of nil is left out.
func (i *Issuer) Issue(claims map[string]any) string {
	return i.sign(jose.RS256, i.rsa, claims)
}

// IssueES256 is Issue with the issuer's elliptic key.
func (i *Issuer) IssueES256(claims map[string]any) string {
	return i.sign(jose.ES256, i.ecdsa, claims)
}

// IssueForged signs with a key that calls itself the issuer's and is not.
func (i *Issuer) IssueForged(claims map[string]any) string {
	return i.sign(jose.RS256, i.other, claims)
}

func (i *Issuer) sign(alg jose.SignatureAlgorithm, key jose.JSONWebKey, claims map[string]any) string {
	now := time.Now()
	all := map[string]any{"iss": i.Name, "iat": now.Unix(), "nbf": now.Add(-10 * time.Minute).Unix(), "exp": now.Add(5 * time.Minute).Unix(), "jti": randomName(24)}
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		panic(err) // the keys are ours
	}
	token, err := jwt.Signed(signer).Claims(all).Serialize()
	if err != nil {
		panic(err)
	}
	i.mu.Lock()
	i.tokens = append(i.tokens, token)
	i.mu.Unlock()
	return token
}

// Tokens returns every token that was signed, so that tests can look for them
// where they must not be.
func (i *Issuer) Tokens() []string {
	i.mu.Lock()
	defer i.mu.Unlock()
	return slices.Clone(i.tokens)
}

// TokenError is why a token was not accepted.
type TokenError struct {
	Reason string // malformed, signature, issuer, expired, early or audience
}

func (e *TokenError) Error() string { return "the token is refused: " + e.Reason }

// Verify checks a token as a relying party that trusts this issuer, and returns its
// claims. audiences are those accepted; none means any. The error is a
// *TokenError.
func (i *Issuer) Verify(token string, audiences ...string) (map[string]any, error) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	if err != nil || len(parsed.Headers) != 1 {
		return nil, &TokenError{"malformed"}
	}
	key := i.rsa.Public()
	if parsed.Headers[0].Algorithm == string(jose.ES256) {
		key = i.ecdsa.Public()
	}
	var standard jwt.Claims
	claims := map[string]any{}
	if parsed.Headers[0].KeyID != key.KeyID || parsed.Claims(key, &standard, &claims) != nil {
		return nil, &TokenError{"signature"}
	}
	now, skew := time.Now(), time.Minute
	switch {
	case standard.Issuer != i.Name:
		return nil, &TokenError{"issuer"}
	case standard.Expiry == nil || now.After(standard.Expiry.Time().Add(skew)):
		return nil, &TokenError{"expired"}
	case standard.NotBefore != nil && now.Add(skew).Before(standard.NotBefore.Time()):
		return nil, &TokenError{"early"}
	case len(audiences) > 0 && !slices.ContainsFunc(audiences, func(a string) bool { return standard.Audience.Contains(a) }):
		return nil, &TokenError{"audience"}
	}
	return claims, nil
}

// unverifiedClaims reads a token's claims without looking at its signature.
func unverifiedClaims(token string) (map[string]any, bool) {
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	claims := map[string]any{}
	if err != nil || parsed.UnsafeClaimsWithoutVerification(&claims) != nil {
		return nil, false
	}
	return claims, true
}

// claimText is a claim as AWS compares it: numbers and truth values in their
// JSON form; empty if it is not there.
func claimText(claims map[string]any, name string) string {
	switch v := claims[name].(type) {
	case nil:
		return ""
	case string:
		return v
	case []any:
		var list []string
		for _, item := range v {
			list = append(list, fmt.Sprint(item))
		}
		return strings.Join(list, ",")
	default:
		b, err := json.Marshal(v)
		if err != nil {
			return ""
		}
		return string(b)
	}
}
