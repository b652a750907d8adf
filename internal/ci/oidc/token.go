package oidc

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

const (
	// MaxToken bounds an ID token; real ones have 1 to 3 kB.
	MaxToken = 64 << 10
	// clockSkew is how far the job's clock may be behind the issuer's.
	clockSkew = 60 * time.Second
)

// Token is an ID token. With every verb of fmt, and as JSON, it prints as [redacted], by value too.
type Token struct {
	raw    string
	Claims Claims
}

// Claims are what a token says. The signature is not checked: the relying party does that.
type Claims struct {
	Issuer, Subject string
	Audience        []string
	Issued          time.Time // zero where the token does not say
	NotBefore       time.Time
	Expires         time.Time
	// All has every claim, as encoding/json reads it, with numbers as json.Number.
	All map[string]any
}

// Raw returns the token itself, for the relying party.
func (t *Token) Raw() string { return t.raw }

// String implements fmt.Stringer.
func (t Token) String() string { return text.Withheld }

// Format implements fmt.Formatter.
func (t Token) Format(f fmt.State, _ rune) { f.Write([]byte(text.Withheld)) }

// MarshalJSON implements json.Marshaler.
func (t Token) MarshalJSON() ([]byte, error) { return json.Marshal(text.Withheld) }

// ParseToken reads the claims of a token in the compact form of a JWS (RFC 7515). White space around it is dropped.
func ParseToken(raw string) (*Token, error) {
	raw = strings.TrimSpace(raw)
	bad := func(why string) (*Token, error) {
		return nil, &call.Error{Failure: call.Refused, Text: "the ID token is not a JSON Web Token: " + why}
	}
	if len(raw) > MaxToken {
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
	t := &Token{raw: raw}
	d := json.NewDecoder(bytes.NewReader(payload))
	d.UseNumber()
	if !json.Valid(payload) || d.Decode(&t.Claims.All) != nil || t.Claims.All == nil {
		return bad("its claims cannot be read")
	}
	if err := t.Claims.read(); err != nil {
		return bad(err.Error())
	}
	return t, nil
}

// read fills the fields from All, by the exact names of RFC 7519: a decoder into a struct would take SUB for sub.
func (c *Claims) read() error {
	for name, to := range map[string]*string{"iss": &c.Issuer, "sub": &c.Subject} {
		if v, ok := c.All[name]; ok {
			if *to, ok = v.(string); !ok {
				return errors.New("its " + name + " is not text")
			}
		}
	}
	for name, to := range map[string]*time.Time{"iat": &c.Issued, "nbf": &c.NotBefore, "exp": &c.Expires} {
		v, ok := c.All[name]
		if !ok {
			continue
		}
		number, isNumber := v.(json.Number)
		seconds, err := number.Float64()
		if !isNumber || err != nil || seconds < 0 || seconds > 1<<40 {
			return errors.New("its " + name + " is not a time")
		}
		*to = time.Unix(int64(seconds), 0)
	}
	var list []any // a string or a list of strings (RFC 7519, 4.1.3)
	switch aud := c.All["aud"].(type) {
	case nil:
	case string:
		list = []any{aud}
	case []any:
		list = aud
	default:
		return errors.New("its aud is not text")
	}
	for _, v := range list {
		one, ok := v.(string)
		if !ok {
			return errors.New("its aud is not text")
		}
		c.Audience = append(c.Audience, one)
	}
	return nil
}

// Check reports what would make a relying party refuse the token: its time, and, unless wanted is empty, its audience.
// An expired token may be replaced by a fresh one.
func (t *Token) Check(wanted string, now time.Time) error {
	c := t.Claims
	switch {
	case c.Expires.IsZero():
		return &call.Error{Failure: call.Refused, Text: "the ID token does not say when it expires"}
	case !now.Before(c.Expires): // without clockSkew: who is shown it would refuse it
		return &call.Error{Failure: call.Refused, Text: "the ID token has expired", Again: call.StaleID,
			Hint: "a token that the CI makes when the job starts may be too old for a late step: give it a longer life or open the files earlier; or the clock of this machine is wrong"}
	case now.Add(clockSkew).Before(c.NotBefore):
		return &call.Error{Failure: call.Refused, Text: "the ID token is not yet valid: the clock of this machine may be wrong"}
	case wanted != "" && !slices.Contains(c.Audience, wanted):
		return &call.Error{Failure: call.Refused,
			Text: fmt.Sprintf("the ID token is meant for the audience %s, not %s", c.audiences(), text.Quote(wanted)),
			Hint: "ask for the audience that the relying party expects, with --audience or in the CI's own settings"}
	}
	return nil
}

// Words are what a relying party looks at, for the error where one refuses the token.
func (c Claims) Words() string {
	return "iss " + text.Quote(c.Issuer) + ", sub " + text.Quote(c.Subject) + ", aud " + c.audiences()
}

func (c Claims) audiences() string {
	if len(c.Audience) == 0 {
		return "nobody"
	}
	return text.QuoteList(c.Audience)
}
