package cloudtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

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
	other func() (jose.JSONWebKey, error) // a key that is not in the JWKS

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
	i.other = sync.OnceValues(func() (jose.JSONWebKey, error) { return newRSAKey(i.rsa.KeyID) })
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	i.ecdsa = jose.JSONWebKey{Key: private, KeyID: "ec-1", Algorithm: string(jose.ES256), Use: "sig"}
	if i.Server, err = Serve("", http.HandlerFunc(i.handle)); err != nil {
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
	fault, done := i.Faults.Begin(operation)
	defer done()
	if fault.Strike(w, r, fail) {
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

func (i *Issuer) sign(alg jose.SignatureAlgorithm, key jose.JSONWebKey, claims map[string]any) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: alg, Key: key}, (&jose.SignerOptions{}).WithType("JWT"))
	if err != nil {
		panic(err) // the keys are ours
	}
	token, err := jwt.Signed(signer).Claims(i.complete(claims)).Serialize()
	if err != nil {
		panic(err) // what is not JSON is a mistake of the test
	}
	return i.keep(token)
}

// complete gives claims their defaults. GitHub's nbf is 10 minutes before iat,
// too.
func (i *Issuer) complete(claims map[string]any) map[string]any {
	now := time.Now()
	all := map[string]any{"iss": i.Name, "iat": now.Unix(), "nbf": now.Add(-10 * time.Minute).Unix(), "exp": now.Add(5 * time.Minute).Unix(), "jti": RandomName(24)}
	maps.Copy(all, claims)
	maps.DeleteFunc(all, func(_ string, v any) bool { return v == nil })
	return all
}

func (i *Issuer) keep(token string) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.tokens = append(i.tokens, token)
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
	parsed, ok := parseToken(token)
	if !ok {
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
	case standard.IssuedAt != nil && now.Add(skew).Before(standard.IssuedAt.Time()):
		return nil, &TokenError{"early"}
	case standard.Expiry == nil || now.After(standard.Expiry.Time().Add(skew)):
		return nil, &TokenError{"expired"}
	case standard.NotBefore != nil && now.Add(skew).Before(standard.NotBefore.Time()):
		return nil, &TokenError{"early"}
	case len(audiences) > 0 && !slices.ContainsFunc(audiences, func(a string) bool { return standard.Audience.Contains(a) }):
		return nil, &TokenError{"audience"}
	}
	return claims, nil
}

// parseToken reads a token in the compact form, without the white space that
// go-jose would overlook.
func parseToken(token string) (*jwt.JSONWebToken, bool) {
	if strings.ContainsFunc(token, unicode.IsSpace) {
		return nil, false
	}
	parsed, err := jwt.ParseSigned(token, []jose.SignatureAlgorithm{jose.RS256, jose.ES256})
	return parsed, err == nil && len(parsed.Headers) == 1
}

// UnverifiedClaims reads a token's claims without looking at its signature.
func UnverifiedClaims(token string) (map[string]any, bool) {
	parsed, ok := parseToken(token)
	claims := map[string]any{}
	if !ok || parsed.UnsafeClaimsWithoutVerification(&claims) != nil {
		return nil, false
	}
	return claims, true
}

// claimTexts are the values of a claim as AWS compares them: numbers and truth
// values in their JSON form; none if it is not there.
func claimTexts(claims map[string]any, name string) []string {
	list, ok := claims[name].([]any)
	if !ok {
		list = []any{claims[name]}
	}
	var texts []string
	for _, item := range list {
		switch v := item.(type) {
		case nil:
		case string:
			texts = append(texts, v)
		default:
			b, err := json.Marshal(v)
			if err != nil {
				panic(err) // it was JSON
			}
			texts = append(texts, string(b))
		}
	}
	return texts
}

// ClaimText is claimTexts with commas between.
func ClaimText(claims map[string]any, name string) string {
	return strings.Join(claimTexts(claims, name), ",")
}
