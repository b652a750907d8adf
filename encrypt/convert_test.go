package encrypt

import (
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// A file that is sealed in another format than it was written in opens again,
// to the same values. A comment above a key of YAML belongs to the key before it in
// INI, as sops has it.
func TestSealInAnotherFormat(t *testing.T) {
	for _, c := range []struct {
		name  string
		in    document.Format
		plain string
		out   document.Format
		want  string
	}{
		{"YAML to JSON", document.YAML, "a: 1\nb:\n    - x\n    - true\nc: null\n", document.JSON, "{\n\t\"a\": 1,\n\t\"b\": [\n\t\t\"x\",\n\t\ttrue\n\t],\n\t\"c\": null\n}\n"},
		{"JSON to YAML", document.JSON, `{"a": 1, "b": ["x", true], "c": null}`, document.YAML, "a: 1\nb:\n    - x\n    - true\nc: null\n"},
		{"YAML to dotenv", document.YAML, "# note\nA: x y\nB: \"\"\n", document.Dotenv, "# note\nA=x y\nB=\n"},
		{"dotenv to YAML", document.Dotenv, "# note\nA=x y\nB=\n", document.YAML, "# note\nA: x y\nB: \"\"\n"},
		{"YAML to INI", document.YAML, "s:\n    k: v\n", document.INI, "[s]\nk = v\n"},
		{"YAML to INI, two sections", document.YAML, "s:\n    k: v\nt:\n    j: w\n", document.INI, "[s]\nk = v\n\n[t]\nj = w\n"},
		{"YAML to INI, default section", document.YAML, "DEFAULT:\n    k: v\n", document.INI, "k = v\n"},
		{"YAML to INI, a comment", document.YAML, "s:\n    k: v\n    # one\n    j: w\n", document.INI, "[s]\n; one\nk = v\nj = w\n"},
		{"YAML to INI, comments", document.YAML, "s:\n    k: v\n    # one\n    # two\n    j: w\n", document.INI, "[s]\n; one\n; two\nk = v\nj = w\n"},
		{"JSON to INI", document.JSON, `{"s": {"k": "v"}}`, document.INI, "[s]\nk = v\n"},
		{"INI to JSON", document.INI, "[s]\nk = v\n", document.JSON, "{\n\t\"DEFAULT\": {},\n\t\"s\": {\n\t\t\"k\": \"v\"\n\t}\n}\n"},
		{"INI to YAML", document.INI, "[s]\nk = v\n", document.YAML, "DEFAULT: {}\ns:\n    k: v\n"},
		{"binary to YAML", document.Binary, "\x01text", document.YAML, "data: \"\\x01text\"\n"},
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
