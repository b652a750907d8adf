package encrypt

import (
	"strings"
	"testing"
	"unicode/utf16"

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
		{"unknown name without a value", "f.yaml", "a: b\n", "    version:", "    hunter2:\n    version:"},
		{"unknown name of a key without a value", "f.yaml", "a: b\n", "          recipient:", "          hunter2: []\n          recipient:"},
		{"tag on the document", "f.yaml", "a: b\n", "a: ENC", "--- !hunter2\na: ENC"},
		{"anchor on the document", "f.yaml", "a: b\n", "a: ENC", "--- &hunter2\na: ENC"},
		{"tag on the metadata", "f.yaml", "a: b\n", "sops:", "sops: !hunter2"},
		{"tag on a name of the metadata", "f.yaml", "a: b\n", "    version:", "    !hunter2 version:"},
		{"directive behind a byte order mark", "f.yaml", "a: b\n", "a: ENC", "\ufeff%TAG !h! hunter2\n---\na: ENC"},
		{"directive behind CR", "f.yaml", "a: b\n", "a: ENC", "\r%TAG !h! hunter2\r---\ra: ENC"},
		{"directive behind NEL", "f.yaml", "a: b\n", "a: ENC", "\u0085%TAG !h! hunter2\u0085---\na: ENC"},
		{"directive behind LS", "f.yaml", "a: b\n", "a: ENC", "\u2028%TAG !h! hunter2\u2028---\na: ENC"},
		{"directive at the end", "f.yaml", "a: b\n", "", "...\n%YAML 1.1 # hunter2\n---\n"},
		{"comment on a directive", "f.yaml", "a: b\n", "a: ENC", "%YAML 1.1 # hunter2\n---\na: ENC"},
		{"comment in an empty map", "f.yaml", "a: b\nm: {}\n", "m: {}", "m: { # hunter2\n  }"},
		{"comment in an empty list", "f.yaml", "a: b\nl: []\n", "l: []", "l: [ # hunter2\n  ]"},
		{"comment in an empty list of keys", "f.yaml", "a: b\n", "    version:", "    pgp: [ # hunter2\n    ]\n    version:"},
		{"unknown member", "f.json", `{"a": "b"}`, `"version":`, `"note": "hunter2", "version":`},
		{"bytes behind the object", "f.json", `{"a": "b"}`, "", "\nhunter2"},
		{"member twice", "f.json", `{"a": "b"}`, `"a":`, `"a": "hunter2", "a":`},
		{"member twice, once empty", "f.json", `{"a": {"b": "c"}}`, `"b":`, `"b": null, "b":`},
		{"unknown member without a value", "f.json", `{"a": "b"}`, `"version":`, `"hunter2": null, "version":`},
		{"metadata twice", "f.json", `{"a": "b"}`, `"sops":`, `"sops": {"x": "hunter2"}, "sops":`},
		{"variable of the metadata", "f.env", "A=b\n", "", "sops_note=hunter2\n"},
		{"variable of the metadata without a value", "f.env", "A=b\n", "", "sops_hunter2=\n"},
		{"variable twice", "f.env", "A=b\n", "A=", "A=\nA="},
		{"comment", "f.env", "A=b\n", "", "# hunter2\n"},
		{"line in the metadata", "f.ini", "[s]\na = b\n", "[sops]\n", "[sops]\nnote = hunter2\n"},
		{"line in the metadata without a value", "f.ini", "[s]\na = b\n", "[sops]\n", "[sops]\nhunter2 =\n"},
		{"key twice in two parts of a section", "f.ini", "[s]\na = b\n", "[sops]\n", "[s]\na =\n[sops]\n"},
		{"comment in the metadata", "f.ini", "[s]\na = b\n", "[sops]\n", "[sops]\n; hunter2\n"},
		{"comment at the end", "f.ini", "[s]\na = b\n", "", "; hunter2\n"},
		{"member beside the data", "f.bin", "x", `"data":`, `"x": "hunter2", "data":`},
		{"member beside the data without a value", "f.bin", "x", `"data":`, `"hunter2": null, "data":`},
	} {
		t.Run(c.file+" "+c.name, func(t *testing.T) {
			file := FileAt(c.file)
			good := string(sealed(t, file, c.plain, rule))
			if err := checkBytes(rule, file, []byte(good)); err != nil {
				t.Fatalf("a good file: %v", err)
			}
			bad := good + c.new
			if c.old != "" {
				bad = strings.Replace(good, c.old, c.new, 1)
			}
			if bad == good {
				t.Fatalf("the vector changes nothing in\n%s", good)
			}
			err := checkBytes(rule, file, []byte(bad))
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

// A file in UTF-16 is read as any other: to the last character.
func TestCheckFindsWhatHidesInUTF16(t *testing.T) {
	rule, file := oracleRule(t, policy.NoSelector, "", false), FileAt("f.yaml")
	good := string(sealed(t, file, "a: b\n", rule))
	for text, want := range map[string]bool{
		good: true, "# x\n" + good: false, "%TAG !h! x\n---\n" + good: false, "%YAML 1.1\n---\n" + good: true,
	} {
		if err := checkBytes(rule, file, inUTF16(text)); (err == nil) != want {
			t.Errorf("%.12q: %v", text, err)
		}
	}
}

func inUTF16(text string) []byte {
	wide := []byte{0xff, 0xfe}
	for _, c := range utf16.Encode([]rune(text)) {
		wide = append(wide, byte(c), byte(c>>8))
	}
	return wide
}

// A name of a key that could be a credential has the whole file looked at.
func TestAllSealed(t *testing.T) {
	rule := oracleRule(t, policy.NoSelector, "", false)
	for plain, want := range map[string]bool{
		"password: x\n": true, "database_password_of_the_production_cluster: x\n": true, "key_2: x\n": true,
		"a:\n    - throw-away-0123456789abcdef: x\n": false, "b_unencrypted: x\n": false,
	} {
		f, err := Parse(FileAt("f.yaml"), sealed(t, FileAt("f.yaml"), plain, rule))
		if err != nil {
			t.Fatal(err)
		}
		if got := f.AllSealed(); got != want {
			t.Errorf("%q: got %t", plain, got)
		}
	}
}
