package encrypt

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// FuzzSealOpen holds the way through Seal and Open to its laws: what comes out
// is what our plain writer makes of the plaintext (a comment may have moved to a
// neighbour: a reader of YAML attaches it by its column), the rule is content with
// the sealed form, nothing is sealed anew for a text that is the same, and one
// changed byte of any ciphertext is found.
func FuzzSealOpen(f *testing.F) {
	for _, c := range oracleCases() {
		for i := range oracleSelectors() {
			f.Add(byte(slices.Index(formats5(), c.format)), byte(i), uint16(i*7), byte('x'), []byte(c.plain))
		}
	}
	for i := range oracleSelectors() {
		for _, plain := range []string{oddComments, foundComment} {
			f.Add(byte(slices.Index(formats5(), YAML)), byte(i), uint16(i), byte('x'), []byte(plain))
		}
	}
	f.Fuzz(func(t *testing.T, format, sel byte, at uint16, change byte, plain []byte) {
		sealOpenLaws(t, formats5()[int(format)%5], oracleSelectors()[int(sel)%len(oracleSelectors())], at, change, plain)
	})
}

// oddComments stand where the library that reads YAML loses them, or attaches
// them to another value once the file is sealed.
const oddComments = "A: A\na: {} #1\nb: {#2\n}\nc:\n    # 3\n    # 4\n    []\nl: [ # 5\n  # 6\n  [x], # 7\n  {# 8\n  }] # 9\n" +
	"d:\n  - # 10\n    - - x\n  - # 11\n    - c: y # 12\n  # 13\nn:\n    o: {} # 14\n    # 15\n# 16\np: &q # 17\n  - {r: 1} # 18\n  #\n  - s #\n"

// foundComment is one that the fuzzer found first.
const foundComment = "A: A\na: .1\nB: 0\nC: A0\nX: 000000000000A\nY: [100]\nZ: {}#00000"

func sealOpenLaws(t *testing.T, f Format, s oracleSelector, at uint16, change byte, plain []byte) {
	file := File{Name: "f", Input: f, Output: f}
	rule := oracleRule(t, s.kind, s.text, s.macOnly)
	keys := &paperKeys{}
	out, err := Seal(t.Context(), rule, file, bytes.Clone(plain), SealOptions{}, keys)
	if err != nil {
		return // refused: nothing was written
	}
	tree, err := document.Parse(document.Format(f), plain, document.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	want, err := tree.Encode(document.Format(f), document.Style{})
	if err != nil {
		t.Fatal(err)
	}
	d, err := openBytes(t.Context(), rule, file, out.Bytes, OpenOptions{}, keys)
	if err != nil {
		t.Fatalf("what was sealed does not open: %v\n%s", err, out.Bytes)
	}
	got, err := d.Plaintext()
	if err != nil {
		t.Fatal(err)
	}
	if diff := differ(t, f, got, want); diff != "" {
		t.Fatalf("%s: sealed and opened:\n%q\nwant\n%q\nsealed:\n%s", diff, got, want, out.Bytes)
	}
	if err := checkBytes(rule, file, out.Bytes); err != nil {
		t.Fatalf("check: %v\n%s", err, out.Bytes)
	}
	if changed, err := d.Replace(got, SealOptions{}); err != nil || changed {
		t.Fatalf("its own text changed it: %t, %v\n%q", changed, err, got)
	}
	changeOneByte(t, rule, file, out.Bytes, at, change, keys)
}

// differ says in what two plaintexts differ, wherever their comments stand.
func differ(t *testing.T, f Format, got, want []byte) string {
	if bytes.Equal(got, want) {
		return ""
	}
	gotBare, gotComments := withoutComments(t, f, got)
	wantBare, wantComments := withoutComments(t, f, want)
	switch {
	case !bytes.Equal(gotBare, wantBare):
		return "the values differ"
	case !slices.Equal(gotComments, wantComments):
		return "the comments differ"
	}
	return ""
}

// withoutComments takes the comments out of a plaintext, and lists them.
func withoutComments(t *testing.T, f Format, plain []byte) (bare []byte, comments []string) {
	tree, err := document.Parse(document.Format(f), plain, document.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var strip func(n *document.Node)
	strip = func(n *document.Node) {
		kept := n.Items[:0]
		for _, item := range n.Items {
			if item.Kind == document.Comment {
				comments = append(comments, strings.TrimRight(item.Text, " "))
				continue
			}
			strip(item)
			kept = append(kept, item)
		}
		n.Items = kept
	}
	for _, root := range tree.Roots {
		strip(root)
	}
	if bare, err = tree.Encode(document.Format(f), document.Style{}); err != nil {
		t.Fatal(err)
	}
	slices.Sort(comments)
	return bare, comments
}

// changeOneByte changes a byte in each ciphertext, one after the other.
func changeOneByte(t *testing.T, rule *policy.Rule, file File, sealed []byte, at uint16, change byte, keys *paperKeys) {
	for _, c := range ciphertexts(t, file, sealed) {
		start := bytes.Index(sealed, []byte(c.text))
		if start < 0 {
			t.Fatalf("not in the file as it is: %s", c.text)
		}
		end := len(c.text)
		if c.comment {
			end = bytes.Index([]byte(c.text), []byte(encType)) // a file may hold comments that are none of ours
		}
		i := start + int(at)%end
		bad := bytes.Clone(sealed)
		if bad[i] = change; bad[i] == sealed[i] {
			bad[i] ^= 1
		}
		d, err := openBytes(t.Context(), rule, file, bad, OpenOptions{}, keys)
		if err == nil && (!c.comment || len(d.Warnings) == 0) {
			text, _ := d.Plaintext()
			t.Fatalf("byte %d of %s changed to %q, and it opens\n%s\nas\n%s", i-start, c.text, bad[i], bad, text)
		}
	}
}

type sealedText struct {
	text    string
	comment bool
}

// ciphertexts are those of the values, of the comments, and the MAC.
func ciphertexts(t *testing.T, file File, sealed []byte) []sealedText {
	tree, meta, err := readSealed(file, sealed)
	if err != nil {
		t.Fatal(err)
	}
	all := []sealedText{{meta.mac, false}}
	err = walkTree(tree.Roots, meta.selector, true, func(v *visit) error {
		if _, ok := parseSealed(v.node.Text); ok && v.selected {
			all = append(all, sealedText{v.node.Text, v.node.Kind == document.Comment})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}
