package encrypt

import (
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

// Nothing hides in a sealed file where no reader looks.
func TestCheckFindsWhatHides(t *testing.T) {
	rule := oracleRule(t, policy.NoSelector, "", false)
	const secret = "hunter2"
	for _, c := range []struct {
		name, file, plain string
		old, new          string // "" as old: new is put at the end
	}{
		{"unknown name in the metadata", "f.yaml", "a: b\n", "    version:", "    note: hunter2\n    version:"},
		{"unknown name of a key", "f.yaml", "a: b\n", "          recipient:", "          note: hunter2\n          recipient:"},
		{"unknown map in the metadata", "f.yaml", "a: b\n", "    version:", "    note:\n        x: hunter2\n    version:"},
		{"comment in the metadata", "f.yaml", "a: b\n", "    version:", "    # hunter2\n    version:"},
		{"comment behind the metadata", "f.yaml", "a: b\n", "", "# hunter2\n"},
		{"version", "f.yaml", "a: b\n", "version: 3.13.3", "version: hunter 2"},
		{"wrapped key", "f.yaml", "a: b\n", wrappedBase64, "aHVudGVyMg=="},
		{"metadata of the second document", "f.yaml", "a: b\n---\nc: d\n", "", "    x: hunter2\n"},
		{"document in the clear behind", "f.yaml", "a: b\n", "", "---\nc: hunter2\n"},
		{"empty document with metadata", "f.yaml", "a: b\n", "", "---\nsops:\n    x: hunter2\n"},
		{"ciphertext that is no base64", "f.yaml", "a: b\n", "data:", "data:hunter2 "},
		{"text behind the bracket", "f.yaml", "a: b\n", ",type:str]\nsops", ",type:str] hunter2\nsops"},
		{"tag", "f.yaml", "a: b\n", "a: ENC", "a: !hunter2 ENC"},
		{"directive", "f.yaml", "a: b\n", "a: ENC", "%HUNTER2 x\n---\na: ENC"},
		{"known directive", "f.yaml", "a: b\n", "a: ENC", "%TAG ! tag:hunter2,\n---\na: ENC"},
		{"anchor", "f.yaml", "a: b\n", "a: ENC", "a: &hunter2 ENC"},
		{"anchor on a key", "f.yaml", "a: b\n", "a: ENC", "&hunter2 a: ENC"},
		{"anchor in the metadata", "f.yaml", "a: b\n", "    version:", "    version: &hunter2"},
		{"word as version", "f.yaml", "a: b\n", "version: 3.13.3", "version: hunter2"},
		{"word behind the version", "f.yaml", "a: b\n", "version: 3.13.3", "version: 3.13.3-hunter2-and-so-on"},
		{"unknown member", "f.json", `{"a": "b"}`, `"version":`, `"note": "hunter2", "version":`},
		{"bytes behind the object", "f.json", `{"a": "b"}`, "", "\nhunter2"},
		{"member twice", "f.json", `{"a": "b"}`, `"a":`, `"a": "hunter2", "a":`},
		{"metadata twice", "f.json", `{"a": "b"}`, `"sops":`, `"sops": {"x": "hunter2"}, "sops":`},
		{"variable of the metadata", "f.env", "A=b\n", "", "sops_note=hunter2\n"},
		{"comment", "f.env", "A=b\n", "", "# hunter2\n"},
		{"line in the metadata", "f.ini", "[s]\na = b\n", "[sops]\n", "[sops]\nnote = hunter2\n"},
		{"comment in the metadata", "f.ini", "[s]\na = b\n", "[sops]\n", "[sops]\n; hunter2\n"},
		{"comment at the end", "f.ini", "[s]\na = b\n", "", "; hunter2\n"},
		{"member beside the data", "f.bin", "x", `"data":`, `"x": "hunter2", "data":`},
	} {
		t.Run(c.file+" "+c.name, func(t *testing.T) {
			file := FileAt(c.file)
			good := string(sealed(t, file, c.plain, rule))
			if err := Check(rule, file, []byte(good)); err != nil {
				t.Fatalf("a good file: %v", err)
			}
			bad := good + c.new
			if c.old != "" {
				bad = strings.Replace(good, c.old, c.new, 1)
			}
			if bad == good {
				t.Fatalf("the vector changes nothing in\n%s", good)
			}
			err := Check(rule, file, []byte(bad))
			if err == nil {
				t.Fatalf("passed:\n%s", bad)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("error quotes the plaintext: %v", err)
			}
			t.Log(err)
		})
	}
}

// A name of a key that could be a credential has the whole file looked at.
func TestAllSealed(t *testing.T) {
	rule := oracleRule(t, policy.NoSelector, "", false)
	for plain, want := range map[string]bool{
		"password: x\n": true, "database_password_of_the_production_cluster: x\n": true, "key_2: x\n": true,
		"a:\n    - throw-away-0123456789abcdef: x\n": false, "b_unencrypted: x\n": false,
	} {
		f, err := ReadSealed(FileAt("f.yaml"), sealed(t, FileAt("f.yaml"), plain, rule))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.AllSealed(); got != want {
			t.Errorf("%q: got %t", plain, got)
		}
	}
}
