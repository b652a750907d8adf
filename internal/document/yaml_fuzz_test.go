package document

import "testing"

func addCorpus(f *testing.F) {
	for _, src := range corpus(f) {
		f.Add([]byte(src))
	}
	for _, src := range nastyYAML {
		f.Add([]byte(src))
	}
}

// FuzzYAMLFastPath: what the fast reader accepts, the general one reads alike,
// down to positions and losses; what the fast writer writes, the general one
// writes alike.
func FuzzYAMLFastPath(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, src []byte) {
		checkFastYAML(t, src)
	})
}

func checkFastYAML(t *testing.T, src []byte) {
	text, err := yamlText(src)
	if err != nil || text == "" {
		return
	}
	fast := fastParseYAML(text)
	general, err := generalParseYAML(text, ParseOptions{})
	if fast != nil {
		if err != nil {
			t.Fatalf("the fast reader accepts what the general one refuses: %v\n%q", err, text)
		}
		if diff := diffDocuments(fast, general, true); diff != "" {
			t.Fatalf("fast and general tree: %s\n%q", diff, text)
		}
	}
	if err != nil {
		return
	}
	for _, indent := range []int{2, 3, 4, 7} {
		want, err := generalEncodeYAML(general.Roots, indent)
		if got, ok := fastEncodeYAML(general.Roots, indent); ok {
			if err != nil {
				t.Fatalf("the fast writer writes what the general one refuses: %v\n%q", err, text)
			}
			if string(got) != string(want) {
				t.Fatalf("indent %d: fast\n%s\ngeneral\n%s\nsource %q", indent, got, want, text)
			}
		}
	}
}

// nastyYAML is what readers of YAML trip over.
var nastyYAML = []string{
	"a: b#c\n", "a: b #c\n", "a:\n- - x\n", "? x\n", "key with spaces: v\n", "\"quoted key\": v\n", "x: 'it''s'\n",
	"a:\tb\n", "a: b\t\n", "a: b   \n", "a: --- b\n", "a: x\n---\nb: y\n", "%YAML 1.1\n---\na: b\n", "\ufeffa: b\n", "a: b\r\nc: d\r\n",
	"a: b\u0085c: d\n", "a: b\u2028c\n", "a: b\u2029c\n", "a:b\n", "a: -x\n", "a: : x\n", "a: @x\n", "a: `x`\n", "a: !x\n", "a: &x\n",
	"a: *x\n", "a: {}\n", "a: []\n", "a: null\n", "a: ~\n", "a: yes\n", "a: 0b1\n", "a: 0o7\n", "a: 1:30\n", "a: .inf\n",
	"a: 2024-01-02\n", "a: =\n", "a: <<\n", "<<: a\n", "a: 😀\n", "a: ü\n", "a: \"\\x01\"\n", "a: \"\\uD800\"\n", "a: \"\\q\"\n",
	"a: x\n b\n", "a:\n  b: c\n d: e\n", "a: |\n x\n y\nb: z", "a: |2\n   x\n", "a: |\n\n  x\n \n  y\n\nb: c\n", "a: |-\n\n\n", "a: |+\n  x\n\n\n",
	"a: 'x\n", "a: 'x' y\n", "a: \"x\" # y\n", "a: \"x\"# y\n", "a: x # y\n# z\nb: c\n", "a: [b]\n", "a: # b\n  c: d\n", "-a: b\n",
	"---a: b\n", "--- a: b\n", "...\n", "a: ...\n", "a: b: c\n", "a: - b\n", "- a\n", "a\n", "a:\n", "a:\n  b:\nc:\n", "a:\n-\n- b\n",
	"a:\n- b: c\n  d: e\n-   f: g\n", "a:\n- b\nc: d\n", "a:\n  - b\n  c: d\n", "a: b\na: c\n", "1: a\n", "true: a\n", "~: a\n", "on: a\n",
	"# x\n\n# y\na: b\n\n# z\n", "a:\n  b: c\n  # x\n# y\nd: e\n", "a:\n  b: c\n# y\n\nd: e\n", "a:\n  b: c\n\n# y\nd: e\n", "a:\n  b: c\n # y\nd: e\n",
	"a:\n  b: c\n  # x", "a:\n  b: c\n\n  # x\n", "a: |\n  x\n # y\nb: c\n", "a: |\n  x\n# y\n\nb: c\n", "a:\n- b\n# x\n\nc: d\n", "a:\n- b\n# x\n- c\n",
	"a:\n- b\n# x", "a:\n  - b\n  # x\nc: d\n", "a:\n  - b: c\n  # x\n\n  - d\n", "a: {}\n# x\n\nb: c\n", "a:\n  <<: b # x\n", "a:\n  <<:\n    b: c\n", "a:\n  <<:\n  - b: c\n  - d\n", "a:\n  <<: {}\n", "a:\n  \"<<\": b\n", "a:\n  b: {}\n  # x\nc: d\n", "a: b # x\n\n# y\n",
}
