package ci

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// maxToken bounds an ID token; real ones have 1 to 3 kB.
	maxToken = 64 << 10
	// clockSkew is how far the job's clock and the issuer's may differ.
	clockSkew = 60 * time.Second
)

// Token is an ID token. With every verb of fmt, and as JSON, it prints as
// [redacted].
type Token struct {
	raw    string
	Claims Claims
}

// Claims are what a token says. The signature is not checked: that is for those
// who are shown the token.
type Claims struct {
	Issuer, Subject string
	Audience        []string
	Issued          time.Time // zero where the token does not say
	NotBefore       time.Time
	Expires         time.Time
	// All has every claim, as encoding/json reads it, with numbers as json.Number.
	All map[string]any
}

const redacted = "[redacted]"

// Raw returns the token itself, for the one who is to be shown it.
func (t *Token) Raw() string { return t.raw }

// String implements fmt.Stringer.
func (t *Token) String() string { return redacted }

// Format implements fmt.Formatter.
func (t *Token) Format(f fmt.State, _ rune) { f.Write([]byte(redacted)) }

// MarshalJSON implements json.Marshaler.
func (t *Token) MarshalJSON() ([]byte, error) { return json.Marshal(redacted) }

// ParseToken reads the claims of a token in the compact form of a JWS (RFC
// 7515). White space around it is dropped.
func ParseToken(raw string) (*Token, error) {
	raw = strings.TrimSpace(raw)
	bad := func(why string) (*Token, error) {
		return nil, &Error{Problem: Refused, Text: "the ID token is not a JSON Web Token: " + why}
	}
	if len(raw) > maxToken {
		return bad("it is too long")
	}
	parts := strings.Split(raw, ".")
	if len(parts) != 3 || slices.Contains(parts, "") {
		return bad("it does not have three parts")
	}
	for _, p := range []string{parts[0], parts[2]} {
		if _, err := base64.RawURLEncoding.DecodeString(p); err != nil {
			return bad("a part is not base64")
		}
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return bad("a part is not base64")
	}
	var c struct {
		Iss, Sub      string
		Aud           audience
		Iat, Nbf, Exp *json.Number
	}
	t := &Token{raw: raw}
	d := json.NewDecoder(strings.NewReader(string(payload)))
	d.UseNumber()
	if json.Unmarshal(payload, &c) != nil || d.Decode(&t.Claims.All) != nil || t.Claims.All == nil {
		return bad("its claims cannot be read")
	}
	t.Claims.Issuer, t.Claims.Subject, t.Claims.Audience = c.Iss, c.Sub, c.Aud
	for number, to := range map[*json.Number]*time.Time{c.Iat: &t.Claims.Issued, c.Nbf: &t.Claims.NotBefore, c.Exp: &t.Claims.Expires} {
		if number == nil {
			continue
		}
		seconds, err := number.Float64()
		if err != nil || seconds < 0 || seconds > 1<<40 {
			return bad("one of its times is none")
		}
		*to = time.Unix(int64(seconds), 0)
	}
	return t, nil
}

// audience is a string or a list of strings (RFC 7519, 4.1.3).
type audience []string

// UnmarshalJSON implements json.Unmarshaler.
func (a *audience) UnmarshalJSON(b []byte) error {
	var one string
	if json.Unmarshal(b, &one) == nil {
		*a = audience{one}
		return nil
	}
	return json.Unmarshal(b, (*[]string)(a))
}

// Check reports what would make a relying party refuse the token: its time,
// and, unless wanted is empty, its audience. An expired token may be replaced by a
// fresh one.
func (t *Token) Check(wanted string, now time.Time) error {
	c := t.Claims
	switch {
	case c.Expires.IsZero():
		return &Error{Problem: Refused, Text: "the ID token does not say when it expires"}
	case now.After(c.Expires.Add(clockSkew)):
		return &Error{Problem: Refused, Text: "the ID token has expired", class: staleID,
			Hint: "a token that the CI makes when the job starts may be too old for a late step: give it a longer life or open the files earlier"}
	case now.Add(clockSkew).Before(c.NotBefore):
		return &Error{Problem: Refused, Text: "the ID token is not yet valid: the clock of this machine may be wrong"}
	case wanted != "" && !slices.Contains(c.Audience, wanted):
		return &Error{Problem: Refused,
			Text: fmt.Sprintf("the ID token is meant for the audience %s, not %s", quoteList(c.Audience), quote(wanted)),
			Hint: "ask for the audience that the relying party expects, with --audience or in the CI's own settings"}
	}
	return nil
}

func quoteList(list []string) string {
	quoted := make([]string, len(list))
	for i, s := range list {
		quoted[i] = quote(s)
	}
	if len(quoted) == 0 {
		return "nobody"
	}
	return strings.Join(quoted, ", ")
}
