package policy

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
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

func TestResolver(t *testing.T) {
	rule := func(path string) string { return "creation_rules:\n  - path_regex: " + path + "\n" + oneKey }
	tree := fstest.MapFS{
		".sops.yaml":           {Data: []byte(rule(`^(secrets|sub)/|^top`))},
		"sub/.sops.yaml":       {Data: []byte(rule(`^secrets/`))},
		"broken/.sops.yaml":    {Data: []byte("creation_rules:\n  - path_regx: x\n")},
		"folder/.sops.yaml/x":  {Data: []byte("")},
		"yml/.sops.yml":        {Data: []byte("")},
		"sub/secrets/deep/a.y": {Data: []byte("")},
	}
	r := NewResolver(tree)
	for path, want := range map[string]bool{
		"secrets/a.yaml":         true,
		"top.yaml":               true,
		"other.yaml":             false,
		"sub/a.yaml":             false, // the nearer policy says nothing of it
		"sub/secrets/deep/a.yml": true,
		"sub/.sops.yaml":         false,
		".sops.yaml":             false,
		"yml/x":                  false,
	} {
		got, err := r.Rule(path)
		if err != nil || (got != nil) != want {
			t.Errorf("%s: governed %t, %v; want %t", path, got != nil, err, want)
		}
	}
	for _, path := range []string{"broken/a", "broken/deep/a", "folder/a", "../a", "/a"} {
		if rule, err := r.Rule(path); err == nil || rule != nil {
			t.Errorf("%s: %v, %v; want an error", path, rule, err)
		}
	}
	if w := r.Warnings(); len(w) != 1 || !strings.Contains(w[0], "yml/.sops.yml") {
		t.Errorf("warnings %q", w)
	}
}

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
	arn := "arn:aws:kms:eu-west-1:111122223333:key/k"
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

func TestHostile(t *testing.T) {
	bomb := "a: &a [x,x,x,x,x,x,x,x,x]\n"
	for i := range 12 {
		name, last := string(rune('b'+i)), string(rune('a'+i))
		bomb += name + ": &" + name + " [*" + last + ",*" + last + ",*" + last + ",*" + last + ",*" + last + ",*" + last + ",*" + last + ",*" + last + "]\n"
	}
	many := "creation_rules:\n"
	for range 8000 {
		many += "  - age: age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun\n"
	}
	for name, src := range map[string]string{
		"bomb":        bomb + "creation_rules: *m\n",
		"deep":        strings.Repeat("[", 20000),
		"deep merge":  "creation_rules:\n  - key_groups:\n      - " + strings.Repeat("merge: [{", 100) + strings.Repeat("}]", 100) + "\n",
		"self":        "creation_rules: &a\n  - <<: *a\n",
		"self merge":  "a: &a\n  <<: *a\ncreation_rules:\n  - *a\n",
		"large":       strings.Repeat("#", MaxSize+1),
		"many":        many,
		"binary":      "\x00\x01\x02",
		"tab":         "creation_rules:\n\t- age: x\n",
		"two docs":    "creation_rules: []\n---\na: 1\n",
		"scalar":      "hello\n",
		"list":        "- a\n",
		"rule string": "creation_rules: [a]\n",
	} {
		p, err := Parse(FileName, []byte(src))
		if name == "many" {
			if err != nil || len(p.Rules) != 8000 {
				t.Errorf("many: %v", err)
			}
			continue
		}
		if err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("creation_rules:\n  - path_regex: x\n" + oneKey))
	f.Add([]byte("creation_rules:\n  - key_groups:\n      - merge: [{age: [a]}]\n    shamir_threshold: 2\nstores: {yaml: {indent: 2}}\n"))
	f.Add([]byte("a: &a\n  age: x\ncreation_rules:\n  - <<: *a\n"))
	f.Fuzz(func(t *testing.T, src []byte) {
		p, err := Parse(FileName, src)
		if err == nil {
			for _, path := range []string{"a", "secrets/x.yaml"} {
				if r := p.Rule(path); r != nil && len(r.Groups) == 0 {
					t.Error("a rule without groups")
				}
			}
		}
	})
}

func BenchmarkParse(b *testing.B) {
	src := []byte("creation_rules:\n" + strings.Repeat("  - path_regex: ^secrets/.*\\.yaml$\n"+oneKey+"    encrypted_regex: ^(data|stringData)$\n", 5))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(FileName, src); err != nil {
			b.Fatal(err)
		}
	}
}
