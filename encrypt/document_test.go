package encrypt

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

var yamlFile = FileAt("f.yaml")

// sealed seals plain under the oracle's data key.
func sealed(t testing.TB, file File, plain string, rule *policy.Rule) []byte {
	t.Helper()
	d, err := NewDocument(t.Context(), rule, file, []byte(plain), SealOptions{}, &fixedKey{oracleKey})
	if err != nil {
		t.Fatal(err)
	}
	d.dataKey = oracleKey
	d.cipher = testCipher(t)
	out, err := d.Seal()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func opened(t testing.TB, file File, bytes []byte) *Document {
	t.Helper()
	d, err := openBytes(t.Context(), nil, file, bytes, OpenOptions{}, &fixedKey{oracleKey})
	if err != nil {
		t.Fatalf("%v in:\n%s", err, bytes)
	}
	return d
}

func plaintext(t testing.TB, file File, sealed []byte) string {
	t.Helper()
	out, err := opened(t, file, sealed).Plaintext()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}

// changedLines counts the lines that two texts do not share at the same place.
func changedLines(t testing.TB, a, b []byte) int {
	t.Helper()
	x, y := strings.Split(string(a), "\n"), strings.Split(string(b), "\n")
	if len(x) != len(y) {
		t.Fatalf("%d lines became %d", len(x), len(y))
	}
	n := 0
	for i := range x {
		if x[i] != y[i] {
			n++
		}
	}
	return n
}

const smallYAML = "a: one\nlist:\n    - x\n    - x\n    - w\np: 7\nf: 2.0\nsub:\n    b: two\n# note\nplain_unencrypted: open\n"

func TestReplaceChangesOnlyWhatChanged(t *testing.T) {
	rule := oracleRule(t, policy.NoSelector, "", false)
	old := sealed(t, yamlFile, smallYAML, rule)
	plain := plaintext(t, yamlFile, old)

	d := opened(t, yamlFile, old)
	if changed, err := d.Replace([]byte(plain), SealOptions{}); err != nil || changed {
		t.Fatalf("the same text: changed %t, %v", changed, err)
	}
	if again, err := d.Seal(); err != nil || !bytes.Equal(again, old) {
		t.Fatalf("the same text was sealed anew: %v", err)
	}

	d = opened(t, yamlFile, old)
	changed, err := d.Replace([]byte(strings.Replace(plain, "b: two", "b: three", 1)), SealOptions{})
	if err != nil || !changed {
		t.Fatalf("changed %t, %v", changed, err)
	}
	fresh, err := d.Seal()
	if err != nil {
		t.Fatal(err)
	}
	if n := changedLines(t, old, fresh); n > 3 || n < 2 { // b, mac, and lastmodified when the second turned
		t.Errorf("%d lines changed:\n%s\n%s", n, old, fresh)
	}
	if got, want := plaintext(t, yamlFile, fresh), strings.Replace(plain, "b: two", "b: three", 1); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestEqualListItemsKeepTheirOwnCiphertext(t *testing.T) {
	old := sealed(t, yamlFile, "l:\n    - x\n    - x\n    - x\nk: v\n", oracleRule(t, policy.NoSelector, "", false))
	d := opened(t, yamlFile, old)
	if _, err := d.Set(Path{"k"}, newText("w")); err != nil {
		t.Fatal(err)
	}
	fresh, err := d.Seal()
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(fresh), "\n")
	if lines[1] == lines[2] || lines[2] == lines[3] || lines[1] == lines[3] {
		t.Error("equal items got the same ciphertext")
	}
	if n := changedLines(t, old, fresh); n > 3 {
		t.Errorf("%d lines changed", n)
	}
	// An item in front moves the others; they keep what they had.
	d = opened(t, yamlFile, old)
	if _, err := d.Replace([]byte("l:\n    - new\n    - x\n    - x\n    - x\nk: v\n"), SealOptions{}); err != nil {
		t.Fatal(err)
	}
	if fresh, err = d.Seal(); err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(old), "\n")[1:5] {
		if !strings.Contains(string(fresh), line+"\n") {
			t.Errorf("a ciphertext was lost: %s", line)
		}
	}
}

func TestNumbersKeepTheirType(t *testing.T) {
	old := sealed(t, yamlFile, "f: 2.0\ni: 9007199254740993\n", oracleRule(t, policy.NoSelector, "", false))
	d := opened(t, yamlFile, old)
	for _, c := range []struct {
		path  string
		value string
	}{{"f", "2"}, {"i", "9007199254740993"}} {
		value, err := ParseValue([]byte(c.value))
		if err != nil {
			t.Fatal(err)
		}
		if changed, err := d.Set(Path{c.path}, value); err != nil || changed {
			t.Errorf("%s: changed %t, %v", c.path, changed, err)
		}
	}
	if changed, err := d.Replace([]byte("f: 2\ni: 9007199254740993\n"), SealOptions{}); err != nil || changed {
		t.Errorf("replace: changed %t, %v", changed, err)
	}
}

func TestSetAndUnset(t *testing.T) {
	str := func(s string) *NewValue { v := newText(s); return &v }
	cases := []struct {
		name string
		path Path
		set  *NewValue // nil: unset
		want string    // the document after it, or
		fail string    // what the error says
	}{
		{name: "replace", path: Path{"a"}, set: str("z"), want: "a: z\nm:\n    b: 1\nl:\n    - x\n    - w\n"},
		{name: "new key", path: Path{"p"}, set: str("z"), want: "a: v\nm:\n    b: 1\nl:\n    - x\n    - w\np: z\n"},
		{name: "new path", path: Path{"p", "o", 0}, set: str("z"), want: "a: v\nm:\n    b: 1\nl:\n    - x\n    - w\np:\n    o:\n        - z\n"},
		{name: "append", path: Path{"l", 7}, set: str("z"), want: "a: v\nm:\n    b: 1\nl:\n    - x\n    - w\n    - z\n"},
		{name: "item", path: Path{"l", 1}, set: str("z"), want: "a: v\nm:\n    b: 1\nl:\n    - x\n    - z\n"},
		{name: "through a scalar", path: Path{"a", "b"}, set: str("z"), want: "a:\n    b: z\nm:\n    b: 1\nl:\n    - x\n    - w\n"},
		{name: "unset key", path: Path{"m", "b"}, want: "a: v\nm: {}\nl:\n    - x\n    - w\n"},
		{name: "unset item", path: Path{"l", 0}, want: "a: v\nm:\n    b: 1\nl:\n    - w\n"},
		{name: "unset missing", path: Path{"q"}, fail: `["q"] is not there`},
		{name: "unset beyond", path: Path{"l", 2}, fail: `["l"][2] is not there`},
		{name: "negative", path: Path{"l", -1}, set: str("z"), fail: "negative"},
		{name: "negative deep", path: Path{"new", -1}, set: str("z"), fail: "negative"},
		{name: "index on map", path: Path{0}, set: str("z"), fail: "the value there is a map"},
		{name: "key on list", path: Path{"l", "k"}, set: str("z"), fail: "the value there is a list"},
		{name: "unset through scalar", path: Path{"a", "b"}, fail: "no entries"},
		{name: "empty", path: Path{}, set: str("z"), fail: "whole document"},
		{name: "empty unset", path: Path{}, fail: "whole document"},
	}
	old := sealed(t, yamlFile, "a: v\nm:\n    b: 1\nl:\n    - x\n    - w\n", oracleRule(t, policy.NoSelector, "", false))
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			d := opened(t, yamlFile, old)
			var err error
			if c.set != nil {
				_, err = d.Set(c.path, *c.set)
			} else {
				err = d.Unset(c.path)
			}
			if c.fail != "" {
				var e *PathError
				if !errors.As(err, &e) || !strings.Contains(err.Error(), c.fail) {
					t.Fatalf("got error %v, want %q", err, c.fail)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			fresh, err := d.Seal()
			if err != nil {
				t.Fatal(err)
			}
			if got := plaintext(t, yamlFile, fresh); got != c.want {
				t.Errorf("got\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// What the MAC of sops leaves out, the structure tag covers.
func TestStructureTag(t *testing.T) {
	const plain = "a: 12\nopen_unencrypted: v\nl:\n    - x\n    - w\n# note\nz: s\n"
	rule := oracleRule(t, policy.NoSelector, "", false)
	good := string(sealed(t, yamlFile, plain, rule))
	changes := map[string]string{
		"renamed":         strings.Replace(good, "open_unencrypted", "shut_unencrypted", 1),
		"null added":      strings.Replace(good, "open_unencrypted", "more: null\nopen_unencrypted", 1),
		"empty map added": strings.Replace(good, "open_unencrypted", "more: {}\nopen_unencrypted", 1),
		"retyped":         strings.Replace(good, "type:int", "type:str", 1),
		"comment added":   "# hello\n" + good,
		"comment removed": removeLine(good, "#ENC"),
	}
	for name, changed := range changes {
		if changed == good {
			t.Fatalf("%s: nothing changed", name)
		}
		_, err := openBytes(t.Context(), nil, yamlFile, []byte(changed), OpenOptions{}, &fixedKey{oracleKey})
		var mac *MACError
		if !errors.As(err, &mac) {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := openBytes(t.Context(), nil, yamlFile, []byte(changed), OpenOptions{IgnoreMAC: true}, &fixedKey{oracleKey}); err != nil {
			t.Errorf("%s with IgnoreMAC: %v", name, err)
		}
		// sops opens them all: the format is the same.
		if _, err := sopsOpen(YAML, []byte(changed)); err != nil {
			t.Errorf("%s: sops: %v", name, err)
		}
	}
	// Layout is not structure.
	spaced := strings.Replace(good, "open_unencrypted: v", "\nopen_unencrypted:   \"v\"", 1)
	if _, err := openBytes(t.Context(), nil, yamlFile, []byte(spaced), OpenOptions{}, &fixedKey{oracleKey}); err != nil {
		t.Errorf("another layout: %v", err)
	}
}

func removeLine(text, with string) string {
	var kept []string
	for _, line := range strings.Split(text, "\n") {
		if !strings.Contains(line, with) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "\n")
}

func TestOntoFollowsTheRule(t *testing.T) {
	old := sealed(t, yamlFile, smallYAML, oracleRule(t, policy.NoSelector, "", false))
	plain := plaintext(t, yamlFile, old)

	same, err := Seal(t.Context(), oracleRule(t, policy.NoSelector, "", false), yamlFile, []byte(plain), SealOptions{Onto: old}, &fixedKey{oracleKey})
	if err != nil || !same.Unchanged || !bytes.Equal(same.Bytes, old) {
		t.Fatalf("the same: %v", err)
	}
	rule := oracleRule(t, policy.EncryptedRegex, "^(a|plain_unencrypted)$", false)
	moved, err := Seal(t.Context(), rule, yamlFile, []byte(plain), SealOptions{Onto: old}, &fixedKey{oracleKey})
	if err != nil {
		t.Fatal(err)
	}
	if err := checkBytes(rule, yamlFile, moved.Bytes); err != nil {
		t.Error(err)
	}
	firstLine, _, _ := bytes.Cut(old, []byte("\n"))
	if !bytes.Contains(moved.Bytes, firstLine) {
		t.Error("a value that stays encrypted did not keep its ciphertext")
	}
	if !bytes.Contains(moved.Bytes, []byte("p: 7\n")) {
		t.Error("a value that the rule does not select is still encrypted")
	}
}

func TestRefusals(t *testing.T) {
	rule := oracleRule(t, policy.NoSelector, "", false)
	selecting := oracleRule(t, policy.EncryptedRegex, "^nothing$", false)
	cases := []struct {
		name  string
		file  File
		rule  *policy.Rule
		plain string
		want  func(error) bool
	}{
		{"sops key", yamlFile, rule, "a: 1\nsops: x\n", is(ErrAlreadyEncrypted)},
		{"empty", yamlFile, rule, "", is(ErrEmpty)},
		{"nothing selected", yamlFile, selecting, "a: canary\n", is(ErrNothingSelected)},
		{"integer key", yamlFile, rule, "1: canary\n", as[*ValueError]},
		{"integer too large", yamlFile, rule, "a: 18446744073709551615\n", any1(as[*ValueError], as[*LossyError])},
		{"json digits", FileAt("f.json"), rule, `{"a": 12345678901234567890}`, as[*LossyError]},
		{"syntax", FileAt("f.json"), rule, `{"a": "canary"`, as[*SyntaxError]},
		{"no keys", yamlFile, &policy.Rule{Groups: []policy.Group{{}}}, "a: 1\n", is(ErrNoKeys)},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Seal(t.Context(), c.rule, c.file, []byte(c.plain), SealOptions{}, &fixedKey{oracleKey})
			if err == nil || !c.want(err) {
				t.Fatalf("got %T %v", err, err)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error quotes: %v", err)
			}
		})
	}
}

func is(want error) func(error) bool { return func(err error) bool { return errors.Is(err, want) } }

func as[E error](err error) bool {
	var e E
	return errors.As(err, &e)
}

func any1(fs ...func(error) bool) func(error) bool {
	return func(err error) bool {
		for _, f := range fs {
			if f(err) {
				return true
			}
		}
		return false
	}
}

// sops turns an empty comment in a list into an empty item, a value more than
// the person wrote.
func TestEmptyCommentInListStaysComment(t *testing.T) {
	const plain = "l:\n    #\n    - a\n    - b\n"
	got := plaintext(t, yamlFile, sealed(t, yamlFile, plain, oracleRule(t, policy.NoSelector, "", false)))
	if got != plain {
		t.Errorf("got\n%s", got)
	}
}

// In an INI file the comments of a key stand behind it in the tree. Left where
// they are, they would be read as part of the section's comment.
func TestUnsetTakesTheCommentsOfAnINIKey(t *testing.T) {
	file := FileAt("f.ini")
	old := sealed(t, file, "; section\n[s]\n; of a\na = 1\n; of b\nb = 2\n", oracleRule(t, policy.NoSelector, "", false))
	d := opened(t, file, old)
	if err := d.Unset(Path{"s", "a"}); err != nil {
		t.Fatal(err)
	}
	fresh, err := d.Seal()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := plaintext(t, file, fresh), "; section\n[s]\n; of b\nb = 2\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A list of 2 and 2.0 prints both as 2: each keeps its own type, and a text
// that nobody changed changes nothing.
func TestEqualTextsKeepTheirOwnType(t *testing.T) {
	file := FileAt("f.json")
	old := sealed(t, file, `{"l": [2, 2.0, 2]}`, oracleRule(t, policy.NoSelector, "", false))
	d := opened(t, file, old)
	text, err := d.Plaintext()
	if err != nil {
		t.Fatal(err)
	}
	if changed, err := d.Replace(text, SealOptions{}); err != nil || changed {
		t.Errorf("changed %t, %v by its own text %s", changed, err, text)
	}
}

// A comment behind an item of a list goes above it when it is encrypted. The
// text that has it behind is no change; one that moves it is, where it can stand in both places.
func TestCommentsThatGoAbove(t *testing.T) {
	for _, c := range []struct {
		name, plain, next string
		changed           bool
	}{
		{"behind an item", "l:\n    - x # note\n    - y\n", "l:\n    - x # note\n    - y\n", false},
		{"behind a map", "m: # note\n    k: v\n", "m: # note\n    k: v\n", false},
		{"another text", "l:\n    - x # note\n", "l:\n    - x # more\n", true},
		{"behind a value", "a: x # note\n", "a: x # note\n", false},
		{"from above a value to behind it", "# note\na: x\n", "a: x # note\n", true},
	} {
		old := sealed(t, yamlFile, c.plain, oracleRule(t, policy.NoSelector, "", false))
		d := opened(t, yamlFile, old)
		if changed, err := d.Replace([]byte(c.next), SealOptions{}); err != nil || changed != c.changed {
			t.Errorf("%s: changed %t, %v", c.name, changed, err)
		}
	}
}
