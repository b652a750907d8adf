package document

import (
	"strings"
	"testing"
)

// covers returns what the general reader leaves to nobody, for a source that
// it reads.
func covers(src []byte) (strays []Stray, read bool) {
	text, err := yamlText(src)
	if err != nil || text == "" {
		return nil, false
	}
	d, err := generalParseYAML(text, ParseOptions{Cover: true})
	if err != nil {
		return nil, false
	}
	return d.Strays, true
}

// checkCover: the cover finds its way through every source that can be read,
// and in what the fast reader accepts there is nothing that belongs to nobody.
func checkCover(t *testing.T, src []byte) {
	strays, read := covers(src)
	if !read {
		return
	}
	if len(strays) > 0 && strays[0].What == strayText {
		t.Fatalf("%s: %s\n%q", strays[0].Pos, strays[0].What, src)
	}
	if text, err := yamlText(src); err == nil && len(strays) > 0 && fastParseYAML(text) != nil {
		t.Fatalf("the fast reader accepts %s: %s\n%q", strays[0].Pos, strays[0].What, src)
	}
}

func TestYAMLCoverFindsItsWay(t *testing.T) {
	for _, src := range nastyYAML {
		checkCover(t, []byte(src))
	}
	for _, src := range corpus(t) {
		checkCover(t, []byte(src))
		checkCover(t, []byte(strings.ReplaceAll(src, "\n", "\r\n")))
		checkCover(t, []byte("\ufeff%YAML 1.1\n---\n"+src))
	}
	for seed := range uint64(2500) {
		checkCover(t, []byte(newYAMLMaker(seed, 2+int(seed%5)*4).document()))
	}
}

func FuzzYAMLCover(f *testing.F) {
	addCorpus(f)
	for src := range coverCases {
		f.Add([]byte(src))
	}
	f.Fuzz(func(t *testing.T, src []byte) { checkCover(t, src) })
}

// coverCases are sources with the line of the one stray in each; 0 for none.
var coverCases = map[string]uint32{
	"a: b\n":                                            0,
	"# x\na: b # y\n# z\n":                              0,
	"%YAML 1.1\n---\na: b\n":                            0,
	"%YAML   1.1  \n--- # x\na: b\n...\n":               0,
	"\ufeffa: b\n":                                      0,
	"a: b\r\n# x\r\nc: 'it''s'\r\n":                     0,
	"a: b\rc: d\r":                                      0,
	"a: b\u0085# x\u2028c: d\u2029e: f\n":               0,
	"? a\n: b\n? - \n":                                  1000,
	"a: |-  # x\n  # no comment\n  two\nb: c":           0,
	"a: >2+\n    one\n   two\n\nb: c\n":                 0,
	"a: \"\\\n  b \\u0041\n  c\"\n":                     0,
	"a: 'b\n\n  c'\nd: e\n f\n":                         0,
	"a: [b, 'c', {d: e}, ]\nf: {\"g\":h}\n":             0,
	"a: !!str 1\nb: ! c\n!!str d: e\n":                  0,
	"a: {}\nb: []\nc:\n  - - d\n":                       0,
	"a: !x b\n":                                         1,
	"a: b\nc: !<x> d\n":                                 2,
	"!x\na: b\n":                                        1,
	"--- !x\na: b\n":                                    1,
	"--- &x\na: b\n":                                    1,
	"&x a: b\n":                                         1,
	"a: &x {}\n":                                        1,
	"a: b\n---\n!x {c: d}\n":                            3,
	"%TAG !x! tag:x,2000:\n---\na: b\n":                 1,
	"\ufeff%TAG !x! tag:x,2000:\n---\na: b\n":           1,
	"a: b\n...\n%TAG ! x\n---\nc: d\n":                  3,
	"# x\r%TAG ! x\r---\ra: b\r":                        1,
	"# x\u0085%TAG ! x\u0085---\na: b\n":                1,
	"# x\u2028%TAG ! x\u2028---\na: b\n":                1,
	"%YAML 1.1 # x\n---\na: b\n":                        1,
	"a: [ # x\n  b, c]\n":                               0,
	"a: b\n" + strings.Repeat(" ", 600) + "# x\nc: d\n": 0,
}

func TestYAMLCover(t *testing.T) {
	for src, want := range coverCases {
		strays, read := covers([]byte(src))
		switch {
		case !read:
			if want != 1000 {
				t.Errorf("%q is not read", src)
			}
		case len(strays) == 0 && want != 0:
			t.Errorf("%q: nothing found", src)
		case len(strays) > 0 && strays[0].Pos.Line != want:
			t.Errorf("%q: found %v, want line %d", src, strays, want)
		}
	}
}
