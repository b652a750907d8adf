package document

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// TestYAMLRefused lists what is refused, and where.
func TestYAMLRefused(t *testing.T) {
	const secret = "hunter2secret"
	deep := strings.Repeat("[", 100_000)
	tests := []struct {
		name, src string
		line      uint32
		msg       string
	}{
		{"duplicate", "a: 1\nb: 2\na: " + secret + "\n", 3, "a key occurs twice in one map"},
		{"duplicate nested", "x:\n    a: 1\n    a: " + secret + "\n", 3, "a key occurs twice in one map"},
		{"duplicate in a list", "x:\n- a: 1\n  a: " + secret + "\n", 3, "a key occurs twice in one map"},
		{"duplicate in the second document", "a: 1\n---\nb: 1\nb: " + secret + "\n", 4, "a key occurs twice in one map"},
		{"duplicate in braces", "a: {b: 1,\n c: 2,\n b: " + secret + "}\n", 3, "a key occurs twice in one map"},
		{"duplicate quoted", "a: 1\n\"a\": " + secret + "\n", 2, "a key occurs twice in one map"},
		{"duplicate merge", "a: &a {b: 1}\nc:\n  <<: *a\n  <<: *a\n", 4, "a key occurs twice in one map"},
		{"duplicate through an alias", "a: &x b\nb: 1\n*x : " + secret + "\n", 3, "a key occurs twice in one map"},
		{"list at the top", "- " + secret + "\n", 1, "the top of a document must be a map, not a list"},
		{"scalar at the top", secret + "\n", 1, "the top of a document must be a map, not a single value"},
		{"list in the second document", "a: 1\n---\n- " + secret + "\n", 3, "the top of a document must be a map, not a list"},
		{"only comments", "# " + secret + "\n", 0, "it contains only blanks and comments"},
		{"only blanks", "\n\n", 0, "it contains only blanks and comments"},
		{"unknown anchor", "a: *" + secret + "\n", 0, "an alias names an anchor that is not there"},
		{"tag that does not fit", "a: 1\nb: !!int " + secret + "\n", 2, "a tag does not fit its value"},
		{"tag that does not fit in the second document", "a: 1\n---\nb: !!float " + secret + "\n", 3, "a tag does not fit its value"},
		{"bad base64", "a: !!binary " + secret + "%\n", 1, "a tag does not fit its value"},
		{"list as key", "? [" + secret + "]\n: 1\n", 1, "a map or a list is used as a key"},
		{"merge of a scalar", "a:\n  <<: " + secret + "\n", 2, "the merge key << requires a map or a list of maps"},
		{"merge of a scalar in the second document", "a: 1\n---\na:\n  <<: 1\n", 4, "the merge key << requires a map or a list of maps"},
		{"alias in itself", "a: &x\n  b: *x\n", 2, "an alias is inside the value that it names"},
		{"alias in itself in the second document", "a: 1\n---\na: &x [*x]\n", 3, "an alias is inside the value that it names"},
		{"unclosed quote", "a: \"" + secret + "\n", 2, "a quoted text is not closed"},
		{"tab", "a:\n\tb: " + secret + "\n", 2, "a character cannot begin a value here (a tab, @, % or a backquote)"},
		{"two colons", "x: 1\na: b: " + secret + "\n", 2, "there is a colon where a value cannot begin"},
		{"control character", "a: x\nb: \x01" + secret + "\n", 2, "control characters are not allowed"},
		{"no UTF-8", "a: x\nb: \xff" + secret + "\n", 2, "it is not UTF-8"},
		{"deep list", "a: " + deep, 0, yamlTooDeep},
		{"deep map", "a: " + strings.Repeat("{a: ", 100_000), 0, yamlTooDeep},
		{"deep dashes", "a:\n " + strings.Repeat("- ", 100_000) + "x\n", 0, yamlTooDeep},
		{"deep questions", strings.Repeat("? ", 100_000) + "x\n", 0, yamlTooDeep},
		{"deep, but not for the library", "a: " + strings.Repeat("[", 1001) + strings.Repeat("]", 1001), 1, yamlTooDeep},
		{"odd UTF-16", "\xff\xfea", 0, "it ends in half a UTF-16 character"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := Parse(YAML, []byte(tt.src), ParseOptions{})
			var syntax *SyntaxError
			if !errors.As(err, &syntax) {
				t.Fatalf("got %v, want a SyntaxError", err)
			}
			if syntax.Msg != tt.msg || tt.line != 0 && syntax.Pos.Line != tt.line {
				t.Errorf("got %v, want line %d: %s", err, tt.line, tt.msg)
			}
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the error quotes the source: %v", err)
			}
		})
	}
}

// TestYAMLAliasBomb: nine levels of nine aliases each stand for 400 million
// values.
func TestYAMLAliasBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("a: &a [x,x,x,x,x,x,x,x,x]\n")
	for c := 'b'; c <= 'i'; c++ {
		b.WriteString(string(c) + ": &" + string(c) + " [" + strings.Repeat("*"+string(c-1)+",", 8) + "*" + string(c-1) + "]\n")
	}
	_, err := Parse(YAML, []byte(b.String()), ParseOptions{})
	var syntax *SyntaxError
	if !errors.As(err, &syntax) || syntax.Pos.Line == 0 {
		t.Fatalf("got %v, want a SyntaxError with its line", err)
	}
}

// TestYAMLDepthAllowed: what is as deep as may be is read, written and read
// again.
func TestYAMLDepthAllowed(t *testing.T) {
	src := "a: " + strings.Repeat("[", MaxDepth-2) + "x" + strings.Repeat("]", MaxDepth-2) + "\n"
	d := mustParseYAML(t, src)
	out, err := d.Encode(YAML, Style{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := diffDocuments(d, mustParseYAML(t, string(out)), false); diff != "" {
		t.Error(diff)
	}
}

func mustParseYAML(t testing.TB, src string) *Document {
	t.Helper()
	d, err := Parse(YAML, []byte(src), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestYAMLEmpty(t *testing.T) {
	if d := mustParseYAML(t, ""); len(d.Roots) != 0 {
		t.Errorf("got %d documents, want none", len(d.Roots))
	}
}

// TestYAMLLosses names what becomes of each spelling.
func TestYAMLLosses(t *testing.T) {
	tests := []struct {
		src  string
		want Loss
		path string
	}{
		{"a: x", Kept, ""}, {"a: 'x'", Kept, ""}, {"a: ~", Kept, ""}, {"a: 12", Kept, ""},
		{"a: 1.5", Kept, ""}, {"a: yes", Kept, ""}, {"a: 1e400", Kept, ""}, {"a: '007'", Kept, ""},
		{"a: 2024-01-02T03:04:05Z", Kept, ""}, {"a: >\n  x\n  y", Kept, ""},
		{"a: 1.10", Respelt, `["a"]`}, {"a: 1.0", Respelt, `["a"]`}, {"a: 007", Respelt, `["a"]`},
		{"a: 0o17", Respelt, `["a"]`}, {"a: 017", Respelt, `["a"]`}, {"a: 0x1F", Respelt, `["a"]`},
		{"a: 1_000", Respelt, `["a"]`}, {"a: 1e3", Respelt, `["a"]`}, {"a: .5", Respelt, `["a"]`},
		{"a: 2024-01-02", Respelt, `["a"]`}, {"a: True", Respelt, `["a"]`}, {"a: +1", Respelt, `["a"]`},
		{"a: 0b11", Respelt, `["a"]`}, {"a: .INF", Respelt, `["a"]`}, {"a: -0", Respelt, `["a"]`},
		{"a: !!str 1", Respelt, `["a"]`}, {"a: &x 1", Respelt, `["a"]`},
		{"a:\n  b:\n  - 1\n  # c\n  - 1.0", Respelt, `["a"]["b"][1]`},
		{"a: 9223372036854775808", Changed, `["a"]`}, {"a: 123456789012345678901", Changed, `["a"]`},
		{"a: !Ref x", Changed, `["a"]`}, {"a: !x {b: 1}", Changed, `["a"]`}, {"a: !y [1]", Changed, `["a"]`},
		{"!z a: 1", Changed, `["a"]`}, {"a: !!float 1", Changed, `["a"]`}, {"a: !!binary aGk=", Changed, `["a"]`},
	}
	for _, tt := range tests {
		d := mustParseYAML(t, tt.src+"\n")
		if tt.want == Kept {
			if len(d.Losses) != 0 {
				t.Errorf("%s: got %v, want no loss", tt.src, d.Losses)
			}
			continue
		}
		if len(d.Losses) != 1 || d.Losses[0].Loss != tt.want || d.Losses[0].Path != tt.path || d.Losses[0].Pos.Line == 0 {
			t.Errorf("%s: got %+v, want loss %d at %s", tt.src, d.Losses, tt.want, tt.path)
		}
	}
}

// TestYAMLPositions: lines end at \n, columns count bytes.
func TestYAMLPositions(t *testing.T) {
	d := mustParseYAML(t, "a: 1\r\nö: {b: ü, c: d}\r\n# x\r\ne:\r\n  - f\r\n")
	root := d.Roots[0]
	want := []struct{ key, value Pos }{
		{Pos{1, 1}, Pos{1, 4}}, {Pos{2, 1}, Pos{2, 5}}, {}, {Pos{4, 1}, Pos{5, 3}},
	}
	for i, item := range root.Items {
		if item.Kind != Comment && (item.KeyPos != want[i].key || item.Pos != want[i].value) {
			t.Errorf("%s: got %v and %v, want %v", item.Key, item.KeyPos, item.Pos, want[i])
		}
	}
	if c := root.Items[1].Items[1]; c.KeyPos != (Pos{2, 13}) {
		t.Errorf("c: got %v, want 2:13", c.KeyPos)
	}
}

// TestYAMLCommentPositions: a comment is found on its line.
func TestYAMLCommentPositions(t *testing.T) {
	for _, tail := range []string{"", "x: &y z\n"} { // by the fast reader, and by the general one
		d := mustParseYAML(t, "# a\n\nb: 1 # c\n# d\ne:\n    # f\n    - g #h\n    # i\nj: k\n"+tail)
		var got []string
		var walk func(n *Node)
		walk = func(n *Node) {
			for _, item := range n.Items {
				if item.Kind == Comment {
					got = append(got, item.Pos.String()+item.Text)
				}
				walk(item)
			}
		}
		walk(d.Roots[0])
		want := "1:1 a|3:6 c|4:1 d|6:5 f|7:9h|8:5 i"
		if strings.Join(got, "|") != want {
			t.Errorf("got %s, want %s", strings.Join(got, "|"), want)
		}
	}
}

// TestYAMLHostileSize: sources whose reading takes sops minutes. A quadratic
// reader would run into the time limit of the tests.
func TestYAMLHostileSize(t *testing.T) {
	var wide, flow strings.Builder
	flow.WriteString("x: {")
	for i := range 100_000 {
		k := time.Duration(i).String()
		wide.WriteString("k" + k + ": v\n")
		flow.WriteString("k" + k + ": v, ")
	}
	flow.WriteString("}\n")
	for _, src := range []string{wide.String(), flow.String(), "# c\n---\n" + wide.String()} {
		mustParseYAML(t, src)
	}
}
