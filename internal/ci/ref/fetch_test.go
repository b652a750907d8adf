package ref

import (
	"context"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
	"github.com/gitsecrets/gitsecrets/policy"
)

func TestFetchTakesTheField(t *testing.T) {
	for _, c := range []struct{ field, secret, want, problem string }{
		{"", citest.ThrowAwayKey, citest.ThrowAwayKey, ""},
		{"key", `{"key":"` + citest.ThrowAwayKey + `"}`, citest.ThrowAwayKey, ""},
		{"a/b", `{"a":{"b":"v"}}`, "v", ""},
		{"n", `{"n":12345678901234567890}`, "12345678901234567890", ""},
		{"key", `{"Key":"` + citest.ThrowAwayKey + `","other":1}`, "", `the fields "Key", "other"`},
		{"key", citest.ThrowAwayKey, "", "not JSON"},
		{"a/b", `{"a":"` + citest.ThrowAwayKey + `"}`, "", "not an object"},
		{"a", `{"a":{"b":"` + citest.ThrowAwayKey + `"}}`, "", "not a text or a number"},
		{"a", `{"a":"x"} trailing ` + citest.ThrowAwayKey, "", "not JSON"},
		{"a", ``, "", "an empty secret"},
	} {
		ref := policy.Reference{Text: "ref+awssecrets://ci/key", Store: policy.StoreAWSSecrets, Path: "ci/key", Field: c.field}
		got, err := Fetch(context.Background(), ref, func(context.Context, policy.Reference) ([]byte, error) { return []byte(c.secret), nil })
		if c.problem == "" {
			if err != nil || string(got) != c.want {
				t.Errorf("%+v: got %q, %v", c, got, err)
			}
			continue
		}
		e := citest.WantFailure(t, err, call.BadKey, c.problem, ref.Text)
		if e != nil && strings.Contains(e.Error()+e.Hint, citest.ThrowAwayKey) {
			t.Errorf("%+v: the error quotes the secret", c)
		}
	}
}

func TestDescribeSecret(t *testing.T) {
	for secret, want := range map[string]string{
		"":                                     "an empty secret",
		" \n":                                  "an empty secret",
		"age1qqqq":                             "public key",
		"AGE-SECRET-KEY-1X":                    "cut off or mistyped",
		"AGE-PLUGIN-X-1":                       "plugin",
		"ssh-ed25519 AAAA":                     "SSH public key",
		"-----BEGIN RSA PRIVATE KEY-----\nMII": "PEM",
		"-----BEGIN AGE ENCRYPTED FILE-----":   "age file",
		`{"a":1}`:                              "JSON object",
		"# created\nx":                         "comment",
		"\x00\x01":                             "binary",
		"hunter2":                              "another kind (7 bytes)",
		strings.Repeat("x", 1<<20):             "another kind (1048576 bytes)",
	} {
		if got := DescribeSecret([]byte(secret)); !strings.Contains(got, want) || secret != "" && len(secret) > 4 && strings.Contains(got, strings.TrimSpace(secret)) {
			t.Errorf("%.20q: got %q", secret, got)
		}
	}
}
