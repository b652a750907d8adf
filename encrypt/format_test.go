package encrypt

import (
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/document"
)

// The formats are those of package document, number by number.
func TestFormats(t *testing.T) {
	for name, pair := range map[string]struct {
		ours   Format
		theirs document.Format
	}{
		"f": {Binary, document.Binary}, "f.env": {Dotenv, document.Dotenv}, "f.ini": {INI, document.INI},
		"f.json": {JSON, document.JSON}, "f.yaml": {YAML, document.YAML}, "f.yml": {YAML, document.YAML},
	} {
		if got := FileAt(name); got.Input != pair.ours || got.Output != pair.ours || document.Format(pair.ours) != pair.theirs {
			t.Errorf("%s is %s to %s, want %s", name, got.Input, got.Output, pair.theirs)
		}
		if f, ok := ParseFormat(pair.theirs.String()); !ok || f != pair.ours || f.String() != pair.theirs.String() {
			t.Errorf("%s is read as %s", pair.theirs, f)
		}
	}
	if _, ok := ParseFormat("toml"); ok {
		t.Error("toml is no format")
	}
}

// A layout reaches the writer.
func TestStyle(t *testing.T) {
	tree, err := parseTree(YAML, []byte("a:\n  b: c\n"), document.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for want, file := range map[string]File{
		"a:\n  b: c\n":                              {Output: YAML, Style: Style{YAMLIndent: 2}},
		"a:\n    b: c\n":                            {Output: YAML},
		"{\n \"a\": {\n  \"b\": \"c\"\n }\n}\n":     {Output: JSON, Style: Style{JSONIndent: 1, JSONIndentSet: true}},
		"{\n\t\"a\": {\n\t\t\"b\": \"c\"\n\t}\n}\n": {Output: JSON, Style: Style{JSONIndent: 1}},
	} {
		if got, err := file.encodeTree(tree); err != nil || string(got) != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}
