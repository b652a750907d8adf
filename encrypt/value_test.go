package encrypt

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

func TestSelection(t *testing.T) {
	const text = "kind: hunter2\ndata:\n    # a note\n    token: hunter2\n    empty: \"\"\n    list:\n        - hunter2\n        - null\n"
	selector, err := policy.NewSelector(policy.EncryptedRegex, "^data$")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name     string
		selector policy.Selector
		want     string
	}{
		{"a.yaml", selector, `["kind"]:1 ["data"]["token"]:4* ["data"]["empty"]:5 ["data"]["list"][0]:7* ["data"]["list"][1]:8`},
		{"a.yaml", policy.Selector{}, `["kind"]:1* ["data"]["token"]:4* ["data"]["empty"]:5 ["data"]["list"][0]:7* ["data"]["list"][1]:8`},
		{"a", selector, `["data"]:1*`},
	} {
		plain, err := ParsePlain(FileAt(c.name), []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		got, err := plain.Values(&policy.Rule{Selector: c.selector})
		if err != nil {
			t.Fatal(err)
		}
		var words []string
		for _, v := range got {
			word := fmt.Sprintf("%s:%d", v.Path, v.Pos.Line)
			if v.Encrypted {
				word += "*"
			}
			words = append(words, word)
		}
		if s := strings.Join(words, " "); s != c.want {
			t.Errorf("%s: got %s, want %s", c.name, s, c.want)
		}
		for _, form := range []string{"%v", "%+v", "%#v", "%s"} {
			if strings.Contains(fmt.Sprintf(form, got), "hunter2") {
				t.Errorf("a value is printed by %s", form)
			}
		}
	}
}

// What a sealed file shows of its values without a key is what they are.
func TestValuesSealedAndOpened(t *testing.T) {
	const text = "s: hunter2\nn: 12\nf: 2.0\nb: true\nnothing: null\nempty: \"\"\nnone: {}\nl:\n    - x\n    - []\nplain_unencrypted: x\n# note\n---\ns: other\n"
	src := sealed(t, yamlFile, text, oracleRule(t, policy.NoSelector, "", false))
	s, err := Parse(yamlFile, src)
	if err != nil {
		t.Fatal(err)
	}
	shut, err := s.Values()
	if err != nil {
		t.Fatal(err)
	}
	d := opened(t, yamlFile, src)
	open, err := d.Values()
	if err != nil {
		t.Fatal(err)
	}
	if n := d.Roots(); n != 2 {
		t.Errorf("%d documents", n)
	}
	var got []string
	for _, v := range open {
		got = append(got, fmt.Sprintf("%d%s %s %d %q %t", v.Root, v.Path, v.Type, v.Length, v.Text, v.Encrypted))
	}
	want := []string{
		`0["s"] str 7 "hunter2" true`, `0["n"] int 2 "12" true`, `0["f"] float 1 "2.0" true`, `0["b"] bool 4 "true" true`,
		`0["nothing"] null 0 "" false`, `0["empty"] str 0 "" false`, `0["none"] map 0 "" false`,
		`0["l"][0] str 1 "x" true`, `0["l"][1] list 0 "" false`, `0["plain_unencrypted"] str 1 "x" false`, `1["s"] str 5 "other" true`,
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for i := range open {
		if open[i].Encrypted {
			open[i].Text = ""
		}
		if a, b := shut[i], open[i]; a.Root != b.Root || a.String() != b.String() || a.Type != b.Type || a.Length != b.Length || a.Encrypted != b.Encrypted || a.Text != b.Text {
			t.Errorf("sealed, %s is %s of length %d, encrypted: %t; opened %s of length %d", a, a.Type, a.Length, a.Encrypted, b.Type, b.Length)
		}
	}
}

func TestCommentsOfAnOpenedFile(t *testing.T) {
	src := sealed(t, yamlFile, "# one\na: b\nl:\n    # two\n    - x\n", oracleRule(t, policy.NoSelector, "", false))
	all, err := opened(t, yamlFile, src).Comments()
	if err != nil || len(all) != 2 || all[0].Text != " one" || all[1].Text != " two" || all[1].Path != `["l"]` {
		t.Errorf("got %+v, %v", all, err)
	}
}

// A nil rule encrypts nothing.
func TestPlainWithoutARule(t *testing.T) {
	plain, err := ParsePlain(yamlFile, []byte("# note\na: b\n"))
	if err != nil {
		t.Fatal(err)
	}
	if all, err := plain.Values(nil); err != nil || len(all) != 1 || all[0].Encrypted || all[0].Text != "b" {
		t.Errorf("got %v, %v", all, err)
	}
	if all, err := plain.Comments(nil); err != nil || all != nil {
		t.Errorf("got %v, %v", all, err)
	}
}

// Errors that package document makes have a type of this package.
func TestErrorsCanBeNamed(t *testing.T) {
	rule := oracleRule(t, policy.NoSelector, "", false)
	var syntax *SyntaxError
	_, err := Parse(yamlFile, []byte("a: [\n"))
	if !errors.As(err, &syntax) || syntax.Pos.Line == 0 || syntax.Format != YAML || LineOf(err) != int(syntax.Pos.Line) {
		t.Errorf("Parse: %v", err)
	}
	if _, err = ParsePlain(FileAt("f.json"), []byte("{")); !errors.As(err, &syntax) || syntax.Format != JSON {
		t.Errorf("ParsePlain: %v", err)
	}
	if _, err = Seal(t.Context(), rule, yamlFile, []byte("a: [\n"), SealOptions{}); !errors.As(err, &syntax) {
		t.Errorf("Seal: %v", err)
	}
	if _, err = Parse(yamlFile, []byte("a: b\n")); !errors.Is(err, ErrNotSealed) {
		t.Errorf("Parse of a plaintext: %v", err)
	}
	var encode *EncodeError
	file := File{Input: YAML, Output: Dotenv}
	if _, err = Seal(t.Context(), rule, file, []byte("a: [b]\n"), SealOptions{}, &fixedKey{oracleKey}); !errors.As(err, &encode) || encode.Format != Dotenv {
		t.Errorf("Seal for another format: %v", err)
	}
	d := opened(t, yamlFile, sealed(t, yamlFile, "a: b\n", rule))
	var conflict *ConflictError
	if _, err = d.Merge([]byte("a: x\n"), []byte("a: y\n")); !errors.As(err, &conflict) || !slices.Equal(conflict.Paths, []string{`["a"]`}) {
		t.Errorf("Merge: %v", err)
	}
	if text, err := d.Merge([]byte("a: b\n"), []byte("a: b\nc: d\n")); err != nil || string(text) != "a: b\nc: d\n" {
		t.Errorf("Merge: %q, %v", text, err)
	}
}
