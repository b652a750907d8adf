package encrypt

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/document"
)

// People comment values out and leave the line in the column where it was. The
// reader of the plaintext attaches it to one neighbour, the reader of the sealed
// file to another.
func TestCommentsInOddColumnsOpenAgain(t *testing.T) {
	for _, plain := range []string{
		"a:\n    b: [x, y]\n      # old: c\n",
		"a:\n    b: {x: y}\n        # old: c\nd: e\n",
		"a:\n    b:\n        - c: d #\n    # end\n",
		"a:\n    b: |+\n\n        text\n    c: [d]\n        # old: e\n",
	} {
		sealedKeepsComments(t, plain)
	}
}

func TestGeneratedCommentsOpenAgain(t *testing.T) {
	for seed := range uint64(3000) {
		m := commentMaker{Rand: rand.New(rand.NewPCG(seed, 7))}
		m.block(0, 3)
		sealedKeepsComments(t, m.String())
	}
}

// Where a selector leaves some in the clear, a comment can be read at a place
// that is not decrypted. The file opens all the same.
func TestGeneratedCommentsOpenUnderEverySelector(t *testing.T) {
	for _, s := range oracleSelectors() {
		sealed := 0
		for seed := range uint64(1000) {
			m := commentMaker{Rand: rand.New(rand.NewPCG(seed, 8))}
			m.block(0, 3)
			rule, file, keys := oracleRule(t, s.kind, s.text, s.macOnly), File{Name: "f", Input: YAML, Output: YAML}, &paperKeys{}
			out, err := Seal(t.Context(), rule, file, []byte(m.String()), SealOptions{}, keys)
			if err != nil {
				continue // refused: nothing was written
			}
			sealed++
			if _, err := openBytes(t.Context(), rule, file, out.Bytes, OpenOptions{}, keys); err != nil {
				t.Fatalf("%s %q: %v\n%s\nsealed:\n%s", s.kind, s.text, err, m.String(), out.Bytes)
			}
		}
		if sealed < 300 {
			t.Errorf("%s %q: %d files were sealed, too few to tell", s.kind, s.text, sealed)
		}
	}
}

// sealedKeepsComments seals and opens a YAML text, and demands the comments
// that the plain writer keeps.
func sealedKeepsComments(t *testing.T, plain string) {
	t.Helper()
	s := oracleSelectors()[0]
	rule, file, keys := oracleRule(t, s.kind, s.text, s.macOnly), File{Name: "f", Input: YAML, Output: YAML}, &paperKeys{}
	out, err := Seal(t.Context(), rule, file, []byte(plain), SealOptions{}, keys)
	if err != nil {
		t.Fatalf("%v\n%s", err, plain)
	}
	d, err := openBytes(t.Context(), rule, file, out.Bytes, OpenOptions{}, keys)
	if err != nil {
		t.Fatalf("%v\n%s\nsealed:\n%s", err, plain, out.Bytes)
	}
	got, err := d.Plaintext()
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(got, []byte("ENC[")) || len(d.Warnings) > 0 {
		t.Fatalf("a comment does not open: %v\n%s\nopened:\n%s", d.Warnings, plain, got)
	}
	tree, err := document.Parse(document.YAML, []byte(plain), document.ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := commentsOf(d.tree), commentsOf(tree); !slices.Equal(a, b) {
		t.Fatalf("comments %q, want %q\n%s", a, b, plain)
	}
}

func commentsOf(tree *document.Document) []string {
	var all []string
	var walk func(nodes []*document.Node)
	walk = func(nodes []*document.Node) {
		for _, n := range nodes {
			if n.Kind == document.Comment {
				all = append(all, n.Text)
			}
			walk(n.Items)
		}
	}
	walk(tree.Roots)
	slices.Sort(all)
	return all
}

// commentMaker writes maps and lists with a comment in any column after many
// lines.
type commentMaker struct {
	*rand.Rand
	strings.Builder
	n int
}

func (m *commentMaker) line(column int, text string) {
	fmt.Fprintf(m, "%s%s\n", strings.Repeat(" ", column), text)
	if m.IntN(4) == 0 {
		m.n++
		fmt.Fprintf(m, "%s# comment %d\n", strings.Repeat(" ", m.IntN(column+5)), m.n)
	}
}

func (m *commentMaker) value() string {
	return []string{"x", "[a, b]", "{a: b}", "1", "null", "\"\"", "x #", "x # behind", "[] # behind"}[m.IntN(9)]
}

func (m *commentMaker) block(column, depth int) {
	list := depth < 3 && m.IntN(3) == 0
	for i := range 1 + m.IntN(3) {
		head := fmt.Sprintf("%c%d:", "abc"[m.IntN(3)], i)
		if m.IntN(2) == 0 {
			head = []string{"a:", "c:", "list:"}[i]
		}
		if list {
			head = "-"
			if m.IntN(3) == 0 {
				head = "- k:"
			}
		}
		if depth == 0 || head == "-" || m.IntN(2) == 0 {
			m.line(column, head+" "+m.value())
			continue
		}
		m.line(column, head)
		m.block(column+len(head)-1+m.IntN(2), depth-1)
	}
}
