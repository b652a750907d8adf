package document

import (
	"slices"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
)

// TestINICommentOfSeveralLines holds comments to the bytes that sops writes,
// where it writes them: it panics at an empty first line, and drops a comment
// that is a sign only.
func TestINICommentOfSeveralLines(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"; a\n;\n; b\n[s]\nk=1\n", "; a\n; \n; b\n[s]\nk = 1\n"},
		{"[s]\n# a\n#\n#   b\n;; c\nk=1\n", "[s]\n; a\n# \n# b\n; ; c\nk = 1\n"},
		{"# a\n#\n# b\nk=1 ; c\n", "; a\n# \n# b\n; c\nk = 1\n"},
	} {
		theirs, err := storeOf(INI, Style{}).LoadPlainFile([]byte(c.src))
		if err != nil {
			t.Fatal(err)
		}
		want, err := sopsDoes(func() ([]byte, error) { return storeOf(INI, Style{}).EmitPlainFile(theirs) })
		if err != nil || string(want) != c.want && !strings.Contains(c.src, ";; c") {
			t.Fatalf("%q: sops writes %q, %v", c.src, want, err)
		}
		d, err := Parse(INI, []byte(c.src), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.Encode(INI, Style{}); err != nil || string(got) != string(want) {
			t.Errorf("%q: got %q, %v, want %q", c.src, got, err, want)
		}
		readBack(t, INI, d, sameINI)
	}
	for _, c := range []struct{ src, want string }{
		{"#\n# a\n#\nk=1\n", "# \n# a\n# \nk = 1\n"}, {";\nk=1\n", ";\nk = 1\n"},
	} {
		d, err := Parse(INI, []byte(c.src), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := d.Encode(INI, Style{}); err != nil || string(got) != c.want {
			t.Errorf("%q: got %q, %v, want %q", c.src, got, err, c.want)
		}
		readBack(t, INI, d, sameINI)
	}
}

// TestINICommentsOfOtherFormats writes trees that no INI source gives: sops
// keeps one comment for each key and drops what stands above the first.
func TestINICommentsOfOtherFormats(t *testing.T) {
	note := func(text string) *Node { return &Node{Kind: Comment, Text: text} }
	key := func(k string) *Node { return &Node{Kind: String, Key: k, Text: "v"} }
	section := &Node{Kind: Map, Key: "s", Items: []*Node{note(" one"), note("two"), key("a"), note(" a1 "), note("a2\n\n a3"), key("b")}}
	d := &Document{Roots: []*Node{{Kind: Map, Items: []*Node{note("lost"), section}}}}
	out, err := d.Encode(INI, Style{})
	const want = ";  one\n; two\n[s]\n; a1\n; a2\n;\n; a3\na = v\nb = v\n"
	if err != nil || string(out) != want {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
	if _, err := storeOf(INI, Style{}).LoadPlainFile(out); err != nil {
		t.Error(err)
	}
	section.Items = []*Node{note(" one"), key("a"), note(" a1 ")}
	theirs, err := storeOf(INI, Style{}).EmitPlainFile(sops.TreeBranches{toSopsValue(t, d.Roots[0]).(sops.TreeBranch)})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := d.Encode(INI, Style{}); err != nil || string(out) != string(theirs) {
		t.Errorf("got %q, %v, want %q", out, err, theirs)
	}
}

// Several comments at one key, which a conversion from YAML makes, are each a
// ciphertext: they are read back as several.
func TestINICiphertextsAreCommentsOfTheirOwn(t *testing.T) {
	d, err := Parse(INI, []byte("[s]\n; ENC[AES256_GCM,data:YQ==]\n; ENC[AES256_GCM,data:Yg==]\na = b\n; plain\n; ENC[AES256_GCM,data:YQ==]\nc = d\n"), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	items := d.Roots[0].Items
	for _, n := range items[len(items)-1].Items {
		got = append(got, n.Key+n.Text)
	}
	want := []string{"ab", "ENC[AES256_GCM,data:YQ==]", "ENC[AES256_GCM,data:Yg==]", "cd", "plain\n; ENC[AES256_GCM,data:YQ==]"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
