package cloudtest

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"maps"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// IssueExpired makes a token that expired 10 minutes ago.
func (i *Issuer) IssueExpired(claims map[string]any) string {
	then := time.Now().Add(-15 * time.Minute)
	return i.Issue(with(claims, map[string]any{"iat": then.Unix(), "nbf": then.Unix(), "exp": then.Add(5 * time.Minute).Unix()}))
}

// IssueEarly makes a token that will be valid in 10 minutes.
func (i *Issuer) IssueEarly(claims map[string]any) string {
	then := time.Now().Add(10 * time.Minute)
	return i.Issue(with(claims, map[string]any{"iat": then.Unix(), "nbf": then.Unix(), "exp": then.Add(5 * time.Minute).Unix()}))
}

// IssueElsewhere makes a token that names another issuer, signed with this one's
// key.
func (i *Issuer) IssueElsewhere(issuer string, claims map[string]any) string {
	return i.Issue(with(claims, map[string]any{"iss": issuer}))
}

// IssueForged signs with a key that calls itself the issuer's and is not.
func (i *Issuer) IssueForged(claims map[string]any) string {
	key, err := i.other()
	if err != nil {
		panic(err) // no randomness
	}
	return i.sign(jose.RS256, key, claims)
}

// IssueUnsigned makes a token whose algorithm is none (RFC 7519, section 6).
func (i *Issuer) IssueUnsigned(claims map[string]any) string {
	body, err := json.Marshal(i.complete(claims))
	if err != nil {
		panic(err) // what is not JSON is a mistake of the test
	}
	encode := base64.RawURLEncoding.EncodeToString
	return i.keep(encode([]byte(`{"alg":"none","typ":"JWT"}`)) + "." + encode(body) + ".")
}

// IssueConfused makes a token that is authenticated with the issuer's public key
// as if it were a shared secret (RFC 8725, section 2.1).
func (i *Issuer) IssueConfused(claims map[string]any) string {
	der, err := x509.MarshalPKIXPublicKey(i.rsa.Public().Key)
	if err != nil {
		panic(err) // the key is ours
	}
	secret := pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	return i.sign(jose.HS256, jose.JSONWebKey{Key: secret, KeyID: i.rsa.KeyID}, claims)
}

// with returns claims with others over them.
func with(claims, over map[string]any) map[string]any {
	all := maps.Clone(claims)
	if all == nil {
		all = map[string]any{}
	}
	maps.Copy(all, over)
	return all
}
