package oidc

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// compact makes a token of a payload.
func compact(payload string) string {
	enc := base64.RawURLEncoding
	return enc.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." + enc.EncodeToString([]byte(payload)) + "." + enc.EncodeToString([]byte("s"))
}

func TestParseToken(t *testing.T) {
	tok, err := ParseToken("\n" + compact(`{"iss":"i","sub":"s","aud":["a","b"],"iat":1700000000,"nbf":1700000000.9,"exp":1.7000003e9,"n":12345678901234567890,"SUB":"other","Aud":"c"}`) + "\r\n")
	if err != nil {
		t.Fatal(err)
	}
	c := tok.Claims
	if c.Issuer != "i" || c.Subject != "s" || !reflect.DeepEqual(c.Audience, []string{"a", "b"}) {
		t.Errorf("claims %+v", c)
	}
	if c.Issued.Unix() != 1700000000 || c.NotBefore.Unix() != 1700000000 || c.Expires.Unix() != 1700000300 {
		t.Errorf("times %v %v %v", c.Issued, c.NotBefore, c.Expires)
	}
	if c.All["n"] != json.Number("12345678901234567890") {
		t.Errorf("number %v", c.All["n"])
	}
	if strings.TrimSpace(tok.Raw()) != tok.Raw() {
		t.Error("white space is kept")
	}
	if tok, err := ParseToken(compact(`{"aud":"a"}`)); err != nil || !reflect.DeepEqual(tok.Claims.Audience, []string{"a"}) {
		t.Errorf("one audience: %v, %v", tok, err)
	}
}

func TestParseTokenRefuses(t *testing.T) {
	good := strings.Split(compact(`{"x":1}`), ".")
	for name, raw := range map[string]string{
		"empty": "", "blank": " \n", "one part": good[1], "two parts": good[0] + "." + good[1], "four parts": strings.Join(append(good, "YQ"), "."), "five parts of JWE": "a.b.c.d.e",
		"no signature": good[0] + "." + good[1] + ".", "no payload": good[0] + ".." + good[2],
		"padding": good[0] + "." + good[1] + "." + "YQ==", "other base64": good[0] + ".+/+/." + good[2], "white space within": good[0] + ". " + good[1] + "." + good[2],
		"bad header": "!." + good[1] + "." + good[2],
		"not JSON":   compact("x"), "null": compact("null"), "list": compact("[]"), "text": compact(`"x"`), "two values": compact(`{}{}`), "cut": compact(`{"a":`), "empty payload": compact(" "),
		"iss is a number": compact(`{"iss":1}`), "sub is null": compact(`{"sub":null}`), "aud is a number": compact(`{"aud":1}`), "aud holds a number": compact(`{"aud":["a",1]}`), "aud is an object": compact(`{"aud":{}}`),
		"exp is text": compact(`{"exp":"1700000000"}`), "exp is null": compact(`{"exp":null}`), "exp is negative": compact(`{"exp":-1}`), "exp is huge": compact(`{"exp":1e300}`), "exp is beyond numbers": compact(`{"exp":1e999}`),
		"iat is true": compact(`{"iat":true}`), "nbf is a list": compact(`{"nbf":[]}`), "deep": compact(strings.Repeat("[", 20000)),
		"too long": compact(`{"x":"` + strings.Repeat("x", MaxToken) + `"}`),
	} {
		tok, err := ParseToken(raw)
		if err == nil {
			t.Errorf("%s: parsed as %+v", name, tok.Claims)
			continue
		}
		citest.WantFailure(t, err, call.Refused)
	}
}

func TestTokenIsNeverPrinted(t *testing.T) {
	raw := citest.IDToken(t, "a", nil)
	tok, err := ParseToken(raw)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, v := range []any{tok, *tok, []*Token{tok}, map[string]Token{"x": *tok}, struct{ T *Token }{tok}, struct{ T Token }{*tok}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			list = append(list, fmt.Sprintf(verb, v))
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, string(b))
	}
	list = append(list, fmt.Sprint(tok), fmt.Sprintln(*tok), tok.String())
	for _, s := range list {
		if strings.Contains(s, raw) || strings.Contains(s, fmt.Sprintf("%x", raw)) || strings.Contains(s, "eyJ") {
			t.Errorf("printed as %s", s)
		}
	}
	if got := fmt.Sprint(tok); got != "[redacted]" {
		t.Errorf("printed as %s", got)
	}
}

func TestTokenCheck(t *testing.T) {
	at := func(d time.Duration) int64 { return citest.Noon().Add(d).Unix() }
	for name, tt := range map[string]struct {
		claims map[string]any
		aud    any
		text   string // empty: it passes
		again  call.Again
	}{
		"good":                       {nil, "a", "", call.ForGood},
		"one of several":             {nil, []string{"x", "a"}, "", call.ForGood},
		"of nobody":                  {nil, []string{}, "nobody", call.ForGood},
		"no audience":                {nil, nil, "", call.ForGood},
		"other audience":             {nil, []string{"x", "A"}, `"x", "A"`, call.ForGood},
		"expired":                    {map[string]any{"exp": at(-10 * time.Second)}, "a", "expired", call.StaleID},
		"expires now":                {map[string]any{"exp": at(0)}, "a", "expired", call.StaleID},
		"expires next":               {map[string]any{"exp": at(time.Second)}, "a", "", call.ForGood},
		"without end":                {map[string]any{"exp": 0}, "a", "expired", call.StaleID},
		"not yet, within the skew":   {map[string]any{"nbf": at(30 * time.Second)}, "a", "", call.ForGood},
		"not yet":                    {map[string]any{"nbf": at(61 * time.Second)}, "a", "not yet valid", call.ForGood},
		"valid before it was issued": {map[string]any{"nbf": at(-600 * time.Second), "iat": at(0)}, "a", "", call.ForGood},
	} {
		claims := tt.claims
		if tt.aud == nil {
			claims = map[string]any{"aud": "a"}
		}
		tok, err := ParseToken(citest.IDToken(t, tt.aud, claims))
		if err != nil {
			t.Fatal(err)
		}
		err = tok.Check("a", citest.Noon())
		if tt.text == "" {
			if err != nil {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if e := citest.WantFailure(t, err, call.Refused, tt.text); e.Again != tt.again {
			t.Errorf("%s: class %d, want %d", name, e.Again, tt.again)
		}
	}
	tok, err := ParseToken(compact(`{"aud":"a"}`))
	if err != nil {
		t.Fatal(err)
	}
	citest.WantFailure(t, tok.Check("", citest.Noon()), call.Refused, "when it expires")
}

// What parses has three parts, keeps its text, says the same when it is parsed again, and never prints itself; what
// does not parse is not quoted.
func FuzzParseToken(f *testing.F) {
	f.Add(compact(`{"iss":"i","sub":"s","aud":["a"],"exp":1700000000}`))
	f.Add("a.b.c")
	f.Add("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.")
	f.Fuzz(func(t *testing.T, raw string) {
		tok, err := ParseToken(raw)
		if err != nil {
			if trimmed := strings.TrimSpace(raw); len(trimmed) > 40 && strings.Contains(err.Error(), trimmed) {
				t.Errorf("quoted: %v", err)
			}
			citest.WantFailure(t, err, call.Refused)
			return
		}
		if tok.Raw() != strings.TrimSpace(raw) || strings.Count(tok.Raw(), ".") != 2 || strings.ContainsAny(tok.Raw(), " \r\n\t") {
			t.Errorf("raw %q", tok.Raw())
		}
		again, err := ParseToken(tok.Raw())
		if err != nil || !reflect.DeepEqual(again, tok) {
			t.Errorf("again: %v", err)
		}
		if got := fmt.Sprintf("%+v", tok); got != text.Withheld {
			t.Errorf("prints %s", got)
		}
	})
}

// Whatever a provider signs as claims, reading them ends.
func FuzzClaims(f *testing.F) {
	f.Add(`{"iss":"i","sub":"s","aud":["a"],"exp":1700000000}`)
	f.Add(`{"exp":1e-400,"nbf":0.1,"iat":1E+10,"aud":[]}`)
	f.Fuzz(func(t *testing.T, payload string) {
		tok, err := ParseToken(compact(payload))
		if err != nil {
			return
		}
		if sub, ok := tok.Claims.All["sub"]; ok && sub != tok.Claims.Subject {
			t.Errorf("sub %q is not %q", sub, tok.Claims.Subject)
		}
		if err := tok.Check("a", citest.Noon()); err != nil {
			citest.WantFailure(t, err, call.Refused)
		}
	})
}
