package scan

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"sync"
	"testing"
	"unicode/utf16"
)

func TestPlace(t *testing.T) {
	f := newFaker(31)
	gh := f.github()
	src := "one\r\n\ttwo " + gh + " # gitsecrets:allow: a test\nthree\n" + f.github()
	r := New(Options{}).Scan("dir/a", []byte(src))
	if len(r.Findings) != 2 || r.Truncated || r.Skipped != "" {
		t.Fatalf("got %+v", r)
	}
	got := r.Findings[0]
	want := Finding{Rule: "github-pat", Description: got.Description, Line: 2, Column: 6, EndLine: 2, EndColumn: 45, Offset: 10, Length: 40,
		Fingerprint: got.Fingerprint, Allowed: "comment"}
	if got != want {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if got := r.Findings[1]; got.Line != 4 || got.Column != 1 || got.Allowed != "" {
		t.Errorf("got %+v", got)
	}
}

func TestAllowed(t *testing.T) {
	f := newFaker(32)
	gh := f.github()
	for text, want := range map[string]string{
		gh + " # gitsecrets:allow":           "comment",
		"/* gitsecrets:allow */ x = " + gh:   "comment",
		gh + " gitsecrets:allowed":           "",
		gh + " x-gitsecrets:allow":           "",
		gh + "\n# gitsecrets:allow":          "",
		"# gitsecrets:allow\n" + gh:          "",
		gh + " # gitleaks:allow":             "",
		gh + " # gitsecrets:allow: a reason": "comment",
		gh + " <!-- gitsecrets:allow-->":     "",
		gh + " <!-- gitsecrets:allow -->":    "comment",
		gh + " // reason, gitsecrets:allow.": "comment",
	} {
		r := New(Options{}).Scan("a", []byte(text))
		if len(r.Findings) != 1 || r.Findings[0].Allowed != want {
			t.Errorf("%s: got %+v, want %q", strings.Replace(text, gh, "TOKEN", 1), r.Findings, want)
		}
	}
}

// A fingerprint depends on rule, path and credential, and on nothing else.
func TestFingerprint(t *testing.T) {
	f := newFaker(33)
	gh, other := f.github(), f.github()
	s := New(Options{})
	one := func(name, text string) string {
		r := s.Scan(name, []byte(text))
		if len(r.Findings) != 1 {
			t.Fatalf("got %+v", r)
		}
		return r.Findings[0].Fingerprint
	}
	a := one("a", gh)
	if b := one("a", "\n\n x "+gh+"\n"); a != b {
		t.Error("another place, another fingerprint")
	}
	if b := one("a", base64.StdEncoding.EncodeToString([]byte(gh+" "))); a != b {
		t.Error("encoded, another fingerprint")
	}
	if one("b", gh) == a || one("a", other) == a {
		t.Error("another path or credential, the same fingerprint")
	}
	const want = "91627549d697b05fb080849958229d07"
	if got := fingerprint("rule", "path", []byte("secret")); got != want {
		t.Errorf("fingerprints changed: baselines that people keep no longer fit: got %s, want %s", got, want)
	}
}

// A credential in the name of a file is found, and the name itself.
func TestName(t *testing.T) {
	f := newFaker(36)
	gh := f.github()
	for name, want := range map[string]string{
		"notes/" + gh + ".txt":            "github-pat",
		"a/api_key=" + f.token(30) + "x7": "generic-api-key",
		"keys/server.p12":                 "pkcs12-file",
	} {
		r := New(Options{}).Scan(name, []byte("nothing\n"))
		if len(r.Findings) != 1 || r.Findings[0].Rule != want || r.Findings[0].Length != 0 || r.Findings[0].Line != 1 {
			t.Errorf("%s: got %+v", want, r.Findings)
		}
	}
}

func utf16Bytes(s string, little bool) string {
	var b strings.Builder
	for _, u := range utf16.Encode([]rune(s)) {
		if little {
			b.WriteString(string([]byte{byte(u), byte(u >> 8)}))
		} else {
			b.WriteString(string([]byte{byte(u >> 8), byte(u)}))
		}
	}
	return b.String()
}

func TestDecoded(t *testing.T) {
	f := newFaker(34)
	gh := f.github()
	std := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	wrap := func(s string, width int, end string) string {
		var b strings.Builder
		for len(s) > width {
			b.WriteString(s[:width] + end)
			s = s[width:]
		}
		return b.String() + s
	}
	long := strings.Repeat("some text here, ", 20) + gh + strings.Repeat(" and more", 20)
	for name, c := range map[string]struct{ text, decoded string }{
		"base64":           {std("token " + gh), "base64"},
		"base64 unpadded":  {base64.RawStdEncoding.EncodeToString([]byte("tokens " + gh)), "base64"},
		"base64 url":       {base64.RawURLEncoding.EncodeToString([]byte("??>> " + gh)), "base64"},
		"base64 in a path": {"config/" + std("the token "+gh) + "/x", "base64"},
		"base64 beyond":    {std("jeton réservé " + gh), "base64"},
		"base64 wrapped":   {wrap(std(long), 76, "\n"), "base64"},
		"base64 crlf":      {wrap(std(long), 64, "\r\n  "), "base64"},
		"base64 twice":     {std("x " + std("y "+gh)), "base64+base64"},
		"hex":              {hex.EncodeToString([]byte("token " + gh)), "hex"},
		"hex in base64":    {std("it is " + hex.EncodeToString([]byte(gh))), "base64+hex"},
		"percent":          {"?q=" + strings.ReplaceAll(gh, "_", "%5F") + "&x", "percent"},
		"percent, query":   {url.QueryEscape("token=\"" + gh + "\""), ""},
		"percent, base64":  {url.QueryEscape(std("tokens=" + gh)), "percent+base64"},
		"utf-16le":         {"\xff\xfe" + utf16Bytes("a\ntoken "+gh+"\n", true), "utf-16"},
		"utf-16be":         {"\xfe\xff" + utf16Bytes("a\ntoken "+gh+"\n", false), "utf-16"},
		"utf-16 in binary": {"\x7fELF\x01\x02" + utf16Bytes(gh+"\x00", true) + "\x00\x00\x07", "utf-16"},
		"powershell":       {"powershell -enc " + std(utf16Bytes("$t = '"+gh+"'", true)), "base64+utf-16"},
		"nul":              {"\x00\x01\x02 " + gh + "\x00", ""},
		"binary":           {string(f.bytes(500)) + "\x00" + gh + "\x00" + string(f.bytes(500)), ""},
	} {
		r := New(Options{}).Scan("a", []byte("first\n"+c.text+"\nlast"))
		if len(r.Findings) != 1 || r.Findings[0].Rule != "github-pat" || r.Findings[0].Decoded != c.decoded {
			t.Errorf("%s: got %+v, want one, %q", name, r.Findings, c.decoded)
			continue
		}
		if got := r.Findings[0]; name != "utf-16le" && name != "utf-16be" && name != "binary" && got.Line != 2 {
			t.Errorf("%s: got %+v", name, got)
		}
		if want := fingerprint("github-pat", "a", []byte(gh)); r.Findings[0].Fingerprint != want {
			t.Errorf("%s: another credential was found", name)
		}
	}
	le := utf16Bytes("a\n"+gh, true)
	got := New(Options{}).Scan("a", []byte(le)).Findings[0]
	if le[got.Offset:got.Offset+got.Length] != utf16Bytes(gh, true) || got.Line != 2 || got.Column != 1 || got.EndColumn != 80 {
		t.Errorf("the place in UTF-16: got %+v", got)
	}
	if r := New(Options{}).Scan("a", []byte(std("x "+std("y "+std("z "+gh))))); len(r.Findings) != 0 {
		t.Errorf("deeper than %d: got %+v", maxDepth, r.Findings)
	}
	two := std(gh + " and " + f.github() + " and " + gh)
	if r := New(Options{}).Scan("a", []byte(two)); len(r.Findings) != 2 {
		t.Errorf("two in one: got %+v", r.Findings)
	}
}

// Credentials everywhere in encoded text that is too long to be decoded at once.
func TestDecodedLong(t *testing.T) {
	f := newFaker(37)
	var plain strings.Builder
	const count = 250
	for range count {
		plain.WriteString(strings.Repeat("words and words, ", 500+f.IntN(40)) + f.github() + "\n")
	}
	enc := base64.StdEncoding.EncodeToString([]byte(plain.String()))
	var wrapped strings.Builder
	for i := 0; i < len(enc); i += 76 {
		wrapped.WriteString(enc[i:min(len(enc), i+76)] + "\n")
	}
	for name, text := range map[string]string{"one line": enc, "wrapped": wrapped.String(), "utf-16": utf16Bytes(plain.String(), true),
		"hex": hex.EncodeToString([]byte(plain.String())), "base64 in utf-16": utf16Bytes(enc, false), "cut": utf16Bytes("key: "+enc, false)} {
		r := New(Options{}).Scan("a", []byte(text))
		if len(r.Findings) != count || r.Truncated {
			t.Errorf("%s: %d findings of %d", name, len(r.Findings), count)
		}
		for i, x := range r.Findings {
			if x.Offset < 0 || x.Offset+x.Length > len(text) || i > 0 && x.Offset < r.Findings[i-1].Offset {
				t.Errorf("%s: %+v", name, x)
			}
		}
	}
}

// Goroutines may share a Scanner, and what one scans does not change what
// another finds.
func TestConcurrent(t *testing.T) {
	texts := hostile(1 << 12)
	want := map[string]Result{}
	for name, text := range texts {
		want[name] = New(Options{MaxFindings: 5}).Scan("a.yaml", []byte(text))
	}
	s := New(Options{MaxFindings: 5})
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for name, text := range texts {
				if got := s.Scan("a.yaml", []byte(text)); !reflect.DeepEqual(got, want[name]) {
					t.Errorf("%q: got %+v, want %+v", name, got, want[name])
				}
			}
		})
	}
	wg.Wait()
}

// No input makes a scan fail, report what is not there, or differ from the next.
func FuzzScan(f *testing.F) {
	for _, text := range hostile(200) {
		f.Add("a.yaml", []byte(text))
	}
	k := newFaker(35)
	for i, seed := range []string{"x: " + k.github(), "password: |\n  " + k.password(), "kind: Secret\ndata:\n  a: " + k.base64(9) + "\n", k.pem("RSA PRIVATE KEY", 3),
		"a://b:" + k.password() + "@c", k.sops(9), utf16Bytes("k = "+k.github(), true), hex.EncodeToString([]byte(k.github()))} {
		f.Add(fmt.Sprint(i, ".env"), []byte(seed))
	}
	s := New(Options{MaxFindings: 20})
	f.Fuzz(func(t *testing.T, name string, src []byte) {
		before := string(src)
		r := s.Scan(name, src)
		if string(src) != before {
			t.Fatal("the text was changed")
		}
		for _, x := range r.Findings {
			if x.Offset < 0 || x.Length < 0 || x.Offset+x.Length > len(src) || x.Line < 1 || x.Column < 1 || x.EndLine < x.Line || x.EndColumn < 1 || len(x.Fingerprint) != 32 {
				t.Errorf("out of range: %+v", x)
			}
			if n := strings.Count(before[:x.Offset], "\n") + 1; n != x.Line {
				t.Errorf("line %d, not %d: %+v", n, x.Line, x)
			}
		}
		if again := s.Scan(name, src); !reflect.DeepEqual(again, r) {
			t.Errorf("first %+v\nthen %+v", r, again)
		}
	})
}
