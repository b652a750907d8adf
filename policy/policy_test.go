package policy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Each file of testdata begins with lines "# expect: " that name the problems,
// in order, as Parse is to report them, or lines "# warn: " for the warnings
// about a policy that is accepted.
func TestProblems(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("no vectors", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want []string
			for _, line := range strings.Split(string(src), "\n") {
				if text, ok := strings.CutPrefix(line, "# expect: "); ok {
					want = append(want, text)
				}
				if text, ok := strings.CutPrefix(line, "# warn: "); ok {
					want = append(want, "warning: "+text)
				}
			}
			p, err := Parse(FileName, src)
			got := ""
			if err == nil {
				var lines []string
				for _, w := range p.Warnings {
					lines = append(lines, "warning: "+w.String())
				}
				got = strings.Join(lines, "\n")
			}
			if err != nil {
				var e *Error
				if !errors.As(err, &e) {
					t.Fatalf("error of type %T", err)
				}
				got = err.Error()
			}
			if got != strings.Join(want, "\n") {
				t.Errorf("got\n%s\nwant\n%s", got, strings.Join(want, "\n"))
			}
		})
	}
}

const oneKey = "    age: age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun\n"

func TestPathsOfWindows(t *testing.T) {
	p, err := Parse(FileName, []byte("creation_rules:\n  - path_regex: '^dir\\\\sub\\\\'\n"+oneKey))
	if err != nil {
		t.Fatal(err)
	}
	if p.Rule("dir/sub/a.yaml") == nil {
		t.Error("a rule written with backslashes does not hold for slashes")
	}
}

func TestAllows(t *testing.T) {
	arn := "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001"
	rule := &Rule{Groups: []Group{{
		{Type: AWSKMS, ID: arn, Role: "r", Profile: "p", Context: map[string]string{"a": "b"}},
		{Type: AzureVault, ID: "https://v.vault.azure.net/keys/k/"},
		{Type: PGP, ID: "ABCDEF0123456789"},
	}}}
	cases := []struct {
		name string
		key  Key
		want bool
	}{
		{"same", Key{AWSKMS, arn, "r", "p", map[string]string{"a": "b"}}, true},
		{"other role", Key{AWSKMS, arn, "", "p", map[string]string{"a": "b"}}, false},
		{"other profile", Key{AWSKMS, arn, "r", "", map[string]string{"a": "b"}}, false},
		{"other context", Key{AWSKMS, arn, "r", "p", map[string]string{"a": "c"}}, false},
		{"more context", Key{AWSKMS, arn, "r", "p", map[string]string{"a": "b", "c": "d"}}, false},
		{"no context", Key{AWSKMS, arn, "r", "p", nil}, false},
		{"other type", Key{Type: GCPKMS, ID: arn}, false},
		{"any version", Key{Type: AzureVault, ID: "https://v.vault.azure.net/keys/k/123"}, true},
		{"other vault", Key{Type: AzureVault, ID: "https://v.vault.azure.net.evil/keys/k/123"}, false},
		{"other name", Key{Type: AzureVault, ID: "https://v.vault.azure.net/keys/k2/123"}, false},
		{"case of a fingerprint", Key{Type: PGP, ID: "abcdef0123456789"}, true},
	}
	for _, c := range cases {
		if got := rule.Allows(c.key); got != c.want {
			t.Errorf("%s: %t", c.name, got)
		}
	}
}

func TestSecretKeyIsNotQuoted(t *testing.T) {
	const canary = "AGE-SECRET-KEY-1CANARYCANARYCANARY"
	for _, src := range []string{
		"creation_rules:\n  - age: " + canary + "\n",
		"creation_rules:\n  - key_groups:\n      - age: [" + canary + "]\n",
		"creation_rules:\n  - pgp: " + canary + "\n",
		"creation_rules:\n  - path_regex: '(" + canary + "'\n    age: " + canary + "\n",
		"creation_rules: [" + canary + ": " + canary + "\n",
		"a: &a [*a]\ncreation_rules: " + canary + "\n",
	} {
		_, err := Parse(FileName, []byte(src))
		if err == nil {
			t.Errorf("accepted: %s", src)
		} else if strings.Contains(err.Error(), "CANARYCANARY") && !strings.Contains(src, "path_regex") {
			t.Errorf("quoted: %v", err)
		}
	}
}
