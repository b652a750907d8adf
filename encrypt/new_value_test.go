package encrypt

import (
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

func newText(s string) NewValue {
	return NewValue{&document.Node{Kind: document.String, Text: s}}
}

func TestParseValueRefuses(t *testing.T) {
	for _, bad := range []string{"", "canary", "'canary'", `"canary`, `"canary", "b": 1`, `{"a": canary}`, "1e999", `["canary", 1e999]`, "\"canary\x00\"", `{"value": "canary"}}, {"c": {`, "NaN", "01"} {
		_, err := ParseValue([]byte(bad))
		if err == nil {
			t.Errorf("%q is taken", bad)
		} else if strings.Contains(err.Error(), "canary") {
			t.Errorf("%q is quoted: %v", bad, err)
		}
	}
}

// A value can be set in two places, and in two files: what becomes of it in one does
// not change it for the other.
func TestNewValueIsSetTwice(t *testing.T) {
	rule := oracleRule(t, policy.NoSelector, "", false)
	value, err := ParseValue([]byte(`{"k": 2, "l": ["x"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		d := opened(t, yamlFile, sealed(t, yamlFile, "a: b\n", rule))
		for _, path := range []Path{{"one"}, {"two", "below"}} {
			if changed, err := d.Set(path, value); err != nil || !changed {
				t.Errorf("%s: changed %t, %v", path, changed, err)
			}
		}
		small, err := ParseValue([]byte("3"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Set(Path{"one", "k"}, small); err != nil {
			t.Error(err)
		}
		const want = "a: b\none:\n    k: 3\n    l:\n        - x\ntwo:\n    below:\n        k: 2\n        l:\n            - x\n"
		if got, err := d.Plaintext(); err != nil || string(got) != want {
			t.Errorf("got\n%s, %v", got, err)
		}
	}
	d := opened(t, yamlFile, sealed(t, yamlFile, "a: b\n", rule))
	if changed, err := d.Set(Path{"a"}, NewValue{}); err == nil || changed {
		t.Error("no value is set")
	}
}
