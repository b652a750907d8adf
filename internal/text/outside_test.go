package text

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// Throw-away secrets, made up for these tests.
func secretsInText() map[string]string {
	return map[string]string{
		"JSON Web Token":         "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl",
		"start of one":           "eyJhbGciOiJSUzI1NiJ9.eyJzdWIi",
		"token of Vault":         "hvs.CAESIJ2vY0sQ1d2f3g4h5j6k7l8m9n0p",
		"batch token of Vault":   "hvb.AAAAAQJ2vY0sQ1d2f3g4h5j6k7l8m9n0p",
		"older token of Vault":   "s.9kT4mQ2xR7vB1nC5zL8wY3pD",
		"identity of age":        "AGE-SECRET-KEY-1QQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQQ",
		"identity in lower case": "age-secret-key-1qqqqqqqqqqqqqqqqqqqq",
		"identity of a plugin":   "AGE-PLUGIN-YUBIKEY-1QQQQQQQQQ",
		"access key":             "ASIAQQQQQQQQQQQQQQQQ",
		"token of Google":        "ya29.a0AfB_byC-1234567890",
		"token of GitHub":        "ghs_1234567890abcdefghijklmnopqrstuvwxyz",
		"older token of GitLab":  "glpat-1234567890abcdefghij",
		"newer token of GitHub":  "github_pat_11ABCDEFG0abcdefghijkl_mnopq",
		"session token":          strings.Repeat("FwoGZXIvYXdzEBYaD", 10) + "==",
		"data key":               "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=",
		"base64":                 strings.Repeat("a+b/", 20),
	}
}

func TestOutsideHidesSecrets(t *testing.T) {
	for name, secret := range secretsInText() {
		for _, frame := range []string{"%", "error: % is not valid", `{"token":"%"}`, "Bearer %,", "\n%\n", "x=%&y", strings.Repeat("word ", 405) + "%", strings.Repeat(secret+" ", 39) + "%"} {
			text := strings.ReplaceAll(frame, "%", secret)
			got := Outside(text)
			for i := 0; i+16 <= len(secret); i++ {
				if strings.Contains(strings.ToLower(got), strings.ToLower(secret[i:i+16])) {
					t.Errorf("%s in %.40q: %q", name, frame, got)
					break
				}
			}
			if !strings.Contains(got, Withheld) && len(text) < MaxOutside {
				t.Errorf("%s in %.40q: %q", name, frame, got)
			}
		}
	}
}

// A secret that is cut where reading ends is not shown in part.
func TestOutsideHidesTheStartOfASecret(t *testing.T) {
	jwt := secretsInText()["JSON Web Token"]
	long := jwt[:20] + strings.Repeat("A", 4*MaxOutside-20-1-10) // shrinks to [redacted]
	for _, name := range []string{"token of Vault", "access key", "identity of age"} {
		secret := secretsInText()[name]
		if got := Outside(long + " " + secret); strings.Contains(got, secret[:6]) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestOutside(t *testing.T) {
	for in, want := range map[string]string{
		"":           "",
		" a\r\n\tb ": "a b",
		"\x1b[31mred\x1b[0m \u202eevil\u2066 a\u00a0b": "[31mred [0m evil a b",
		"bad \xff utf":                    "bad \uFFFD utf",
		"::add-mask::x":                   ": :add-mask: :x",
		":::: x":                          ": : : : x",
		"\n::error::x":                    ": :error: :x",
		"##[group]a ##vso[x] ##teamcity[": "## [group]a ##vso [x] ##teamcity [",
		"##VSO[task.setvariable]":         "##VSO [task.setvariable]",
		"###[x]":                          "### [x]",
		"User: arn:aws:sts::111122223333:assumed-role/a/b is not authorized": "User: arn:aws:sts::111122223333:assumed-role/a/b is not authorized",
		"arn:aws:s3:::bucket ::x":          "arn:aws:s3: : :bucket : :x",
		"commit 1111111111111111111111111": "commit 1111111111111111111111111",
	} {
		if got := Outside(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := Outside(strings.Repeat("é ", 1000)); len(got) > MaxOutside+len("…") || !utf8.ValidString(got) || !strings.HasSuffix(got, "…") {
		t.Errorf("%d bytes: %q", len(got), got)
	}
}

// Whatever a server says: one short line of what can be seen, and no command.
func FuzzOutside(f *testing.F) {
	for _, s := range secretsInText() {
		f.Add("words " + s)
	}
	for _, s := range []string{"::add-mask::x", ":::", "##[", "###vso[", "arn:aws:iam: :::111122223333:", "\u2028\x85\x9b31m", "a\xff\xfe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := Outside(s)
		if len(got) > 3*MaxOutside || !utf8.ValidString(got) {
			t.Errorf("%d bytes: %q", len(got), got)
		}
		for _, r := range got {
			if r != ' ' && (unicode.IsSpace(r) || !unicode.IsPrint(r)) {
				t.Errorf("%q holds %U", got, r)
			}
		}
		if EscapeCommands(got) != got || strings.HasPrefix(got, "::") || strings.Contains(got, " ::") || strings.Contains(got, "##[") {
			t.Errorf("command in %q", got)
		}
		if HoldsKey(got) {
			t.Errorf("secret in %q", got)
		}
		if q := Quote(s); strings.ContainsAny(q, "\n\r\x1b") {
			t.Errorf("%s", q)
		}
		if len(s) < MaxOutside && OutsideName(OutsideName(s)) != OutsideName(s) {
			t.Errorf("claim %q becomes %q", OutsideName(s), OutsideName(OutsideName(s)))
		}
	})
}
