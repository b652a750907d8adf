package encrypt

import (
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

// A file that is sealed in another format than it was written in opens again,
// to the same values. A comment above a key of YAML belongs to the key before it in
// INI, as sops has it.
func TestSealInAnotherFormat(t *testing.T) {
	for _, c := range []struct {
		name  string
		in    Format
		plain string
		out   Format
		want  string
	}{
		{"YAML to JSON", YAML, "a: 1\nb:\n    - x\n    - true\nc: null\n", JSON, "{\n\t\"a\": 1,\n\t\"b\": [\n\t\t\"x\",\n\t\ttrue\n\t],\n\t\"c\": null\n}\n"},
		{"JSON to YAML", JSON, `{"a": 1, "b": ["x", true], "c": null}`, YAML, "a: 1\nb:\n    - x\n    - true\nc: null\n"},
		{"YAML to dotenv", YAML, "# note\nA: x y\nB: \"\"\n", Dotenv, "# note\nA=x y\nB=\n"},
		{"dotenv to YAML", Dotenv, "# note\nA=x y\nB=\n", YAML, "# note\nA: x y\nB: \"\"\n"},
		{"YAML to INI", YAML, "s:\n    k: v\n", INI, "[s]\nk = v\n"},
		{"YAML to INI, two sections", YAML, "s:\n    k: v\nt:\n    j: w\n", INI, "[s]\nk = v\n\n[t]\nj = w\n"},
		{"YAML to INI, default section", YAML, "DEFAULT:\n    k: v\n", INI, "k = v\n"},
		{"YAML to INI, a comment", YAML, "s:\n    k: v\n    # one\n    j: w\n", INI, "[s]\n; one\nk = v\nj = w\n"},
		{"YAML to INI, comments", YAML, "s:\n    k: v\n    # one\n    # two\n    j: w\n", INI, "[s]\n; one\n; two\nk = v\nj = w\n"},
		{"JSON to INI", JSON, `{"s": {"k": "v"}}`, INI, "[s]\nk = v\n"},
		{"INI to JSON", INI, "[s]\nk = v\n", JSON, "{\n\t\"DEFAULT\": {},\n\t\"s\": {\n\t\t\"k\": \"v\"\n\t}\n}\n"},
		{"INI to YAML", INI, "[s]\nk = v\n", YAML, "DEFAULT: {}\ns:\n    k: v\n"},
		{"binary to YAML", Binary, "\x01text", YAML, "data: \"\\x01text\"\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := File{Name: "f", Input: c.in, Output: c.out}
			out := sealed(t, file, c.plain, oracleRule(t, policy.NoSelector, "", false))
			if got := plaintext(t, File{Name: "f", Input: c.out, Output: c.out}, out); got != c.want {
				t.Errorf("got\n%s\nwant\n%s\nsealed\n%s", got, c.want, out)
			}
		})
	}
}
