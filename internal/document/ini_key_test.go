package document

import (
	"testing"
)

// TestINIContinuation warns of a path that ends in a backslash and so swallows
// the line below.
func TestINIContinuation(t *testing.T) {
	d, err := Parse(INI, []byte("[s]\ndir = C:\\data\\\nuser = x\nb = `\\`\n"), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	n := d.Roots[0].Items[1].Items[0]
	if n.Text != "C:\\datauser = x" || n.Loss != Respelt {
		t.Errorf("got %+v", n)
	}
	if len(d.Losses) != 1 || d.Losses[0].Loss != Respelt || d.Losses[0].Path != `["s"]["dir"]` || d.Losses[0].Pos != (Pos{2, 7}) {
		t.Errorf("got losses %+v", d.Losses)
	}
}

// TestINIKeyLikeBOM keeps a key that would be taken for a byte order mark.
func TestINIKeyLikeBOM(t *testing.T) {
	for _, src := range []string{"\n\ufeffa=1\n", "\ufeff\ufeffa=1\n", "\n\xff\xfea=1\n", " \xfe\xffa=1\nb=2\n", "\n\ufeff=1\n", "x=1\n\ufeffa=1\n"} {
		d, err := Parse(INI, []byte(src), ParseOptions{})
		if err != nil {
			t.Fatalf("%q: %v", src, err)
		}
		readBack(t, INI, d, sameINI)
	}
}
