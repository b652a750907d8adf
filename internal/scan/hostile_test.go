package scan

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// hostile are texts that make scanners slow: what a rule looks for, over and
// over, on one line or on many. A scan that is not linear does not end in time.
func hostile(size int) map[string]string {
	f := newFaker(21)
	nested := f.github()
	for range 40 {
		nested = base64.StdEncoding.EncodeToString([]byte(nested))
		if len(nested) > size/4 {
			break
		}
	}
	texts := map[string]string{"nested base64": nested}
	for _, unit := range []string{"key=", "key_key_", "key = ", "password=abcdefgh12\n", "-----BEGIN PRIVATE" + " KEY-----", "-----BEGIN PRIVATE" + " KEY-----\n", "-----", "KEY-----",
		"-----BEGIN PGP MESSAGE-----\n", "kind: Secret\n", "kind: Secret\ndata:\n", "kind: Secret\ndata:\n a: b\n", "kind: secret data: ", "- kind: Secret\n", "password: |\n", "password: |\n  ", "<password>",
		"<password>a</", "://", "a://b:c@", "http://a:bcdefgh@", "eyJ", "eyJhbGciOi.eyJ", "ey", "%41", "%", "a%41 ", "A\x00", "\x00A", "\x00", "encryptedData", "encryptedData:\n  a: ", "ENC[AES256_GCM,data:",
		"ENC[AES256_GCM,data:,iv:,tag:,type:str]", "curl ", "curl -u ", "curl -u a:b", "curl \n", "curl -H \"", `"data":{"a":"b"`, `"data":{`, "machine ", "machine a login b ", "age-plugin-", "age-plugin-1", "AGE-PLUGIN-A-" + "1QQQQQQ",
		"sourcegraph ", "facebook 123456789012345|", "123456789012345", "aGVsbG8gd29ybGQh/", "aGVsbG8gd29ybGQh-", "aGVsbG8gd29ybGQh\n", "QUFB", "4141", "aGVsbG8gd29ybGQh ", "\n", "a", " ", "=", "\"auth\": \"", "_authToken=",
		"import { a } from 'b' key=", "private-key: >\n\n", "gitsecrets:allow ", "A3T", "s.", "hvs.", "secret-", "data: ", "x: |\n "} {
		texts[unit] = strings.Repeat(unit, size/len(unit)+1)[:size]
	}
	var many strings.Builder
	for many.Len() < size {
		fmt.Fprintf(&many, "token = %q;", f.token(40))
	}
	texts["many findings, one line"] = many.String()
	texts["many findings"] = strings.ReplaceAll(many.String(), ";", "\n")
	texts["steps"] = steps(size)
	return texts
}

// steps is a Kubernetes Secret on each line, each deeper than the last.
func steps(size int) string {
	var b strings.Builder
	for n := 0; b.Len() < size; n++ {
		b.WriteString(strings.Repeat(" ", n%250) + "kind: Secret\n")
	}
	return b.String()
}

func TestHostile(t *testing.T) {
	s := New(Options{MaxFindings: 100})
	for name, text := range hostile(1 << 17) {
		r := s.Scan("a.yaml", []byte(text))
		if len(r.Findings) > 100 {
			t.Errorf("%q: %d findings", name, len(r.Findings))
		}
		if strings.HasPrefix(name, "many") && !r.Truncated {
			t.Errorf("%s: nobody is told that there are more", name)
		}
	}
}

// Every word of every rule, repeated with what may follow it.
func TestHostileWords(t *testing.T) {
	s := New(Options{MaxFindings: 10})
	c := theCatalog()
	for i := range c.rules {
		e := &c.rules[i]
		for _, w := range e.words {
			fill := ""
			for b := byte('0'); b < 0x7f && e.least > 0; b++ {
				if e.follow.has(b) {
					fill = strings.Repeat(string(b), e.least)
					break
				}
			}
			unit := w + " = " + fill
			if e.kind != anchored {
				unit = w + fill
			}
			needs := strings.Join(e.keywords, " ")
			r := s.Scan("main.tf", []byte(needs+strings.Repeat(unit, 1<<16/len(unit))))
			if len(r.Findings) > 10 {
				t.Errorf("%s: %d findings", e.id, len(r.Findings))
			}
		}
	}
}

// The cap is told, and what is within it is the same as without.
func TestMaxFindings(t *testing.T) {
	f := newFaker(22)
	var b strings.Builder
	for range 50 {
		b.WriteString(f.github() + "\n")
	}
	all := New(Options{}).Scan("a", []byte(b.String()))
	few := New(Options{MaxFindings: 20}).Scan("a", []byte(b.String()))
	if len(all.Findings) != 50 || all.Truncated || len(few.Findings) != 20 || !few.Truncated || !slices.Equal(all.Findings[:20], few.Findings) {
		t.Errorf("got %d (%v) and %d (%v)", len(all.Findings), all.Truncated, len(few.Findings), few.Truncated)
	}
	if exact := New(Options{MaxFindings: 50}).Scan("a", []byte(b.String())); exact.Truncated {
		t.Error("told of more where there are no more")
	}
}

func BenchmarkHostile(b *testing.B) {
	s := New(Options{})
	for name, text := range hostile(5 << 20) {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				s.Scan("a.yaml", []byte(text))
			}
		})
	}
}
