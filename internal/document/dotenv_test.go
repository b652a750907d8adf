package document

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"time"
)

var dotenvSources = []string{
	"", "\n", "\n\n\n", "A=1", "A=1\n", "A=1\nB=2\n", "A=1\n\n\nB=2", "A=", "A=\n", "=1\n", "=\n", "==\n", "A==\n", "A=b=c\n",
	"# comment\n", "#comment\nA=1\n", "#\n", "##\n", "# \n", "A=1 # inline\n", "A=#x\n", " #=1\n", " A=1\n", "A = 1\n", "A= 1 \n", "\tA=1\n",
	"export A=1\n", "A=\"b\"\n", "A='b'\n", "A=\"b # c\"\n", "A=`b`\n", "A=b\\nc\n", "A=\\n\n", "A=\\n\\n\n", "A=b\\\\nc\n", "A=b\\c\n", "A=b\\\n", "A=\\r\\t\n",
	"A=1\nA=2\n", "a=1\nA=2\n", "A.b=1\n", "A-b=1\n", "A b=1\n", "É=ü\n", "A=😀\n", "A=\xff\xfe\n", "\xff=1\n", "A=\x00\n", "A=b\rc\n", "A=1\r\nB=2\n", "A=1\nB=2\r\n",
	"A=ENC[AES256_GCM,data:x/+=,iv:y=,tag:z==,type:str]\n#ENC[AES256_GCM,data:x]\n", "A=$B\n", "A=${B}\n", "A=%s\n", "A={\"a\":1}\n", "A=true\nB=1.0\nC=null\nD=\n",
	"sop=1\n", "sopsA=1\n", "A=\t\n", "A=\u00a0\n", "A=\u2028\n", "#=\n", "#A=1\n# B=2\n", "A=1\n#end", "A=//x\n", "A=" + strings.Repeat("x", 5000) + "\n",
}

func TestDotenvAsSops(t *testing.T) {
	for _, src := range dotenvSources {
		t.Run(src, func(t *testing.T) {
			d := sameAsSops(t, Dotenv, src)
			readBack(t, Dotenv, d, sameTrees)
		})
	}
}

func sameTrees(a, b *Document) string { return diffDocuments(a, b, false) }

func TestDotenvGenerated(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	pieces := []string{"A", "B", "=", "#", " ", `\n`, `\`, "n", "\"", "'", "é", "\t", "x\r", "sops"}
	for i := range 500 {
		var b strings.Builder
		for range rnd.Intn(6) {
			line := []string{"", "#", "K"}[rnd.Intn(3)]
			if line == "K" {
				line += fmt.Sprint(rnd.Intn(4), "=")
			}
			if line != "" {
				for range rnd.Intn(6) {
					line += pieces[rnd.Intn(len(pieces))]
				}
			}
			b.WriteString(line + "\n")
		}
		b.WriteString("Z=1\n") // not every line ends in CRLF
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			readBack(t, Dotenv, sameAsSops(t, Dotenv, b.String()), sameTrees)
		})
	}
}

func TestDotenvRefused(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{canary, "line 1: invalid dotenv: the line has no '='"},
		{"A=1\n\n" + canary + "\n", "line 3: invalid dotenv"},
		{" # " + canary, "line 1"}, {"A=1\n \n", "line 2"}, {"\r", "line 1"}, {"A=1\n\r\nB=1\n", "line 2"},
	} {
		refused(t, Dotenv, c.src, c.want)
	}
}

func TestDotenvCRLF(t *testing.T) {
	for _, src := range []string{"# c\r\n\r\nA=1\r\nB=2\r\n", "# c\r\nA=1\r\nB=2", "# c\r\n\nA=1\r\n\n\nB=2\r"} {
		d, err := Parse(Dotenv, []byte(src), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if len(d.Losses) != 1 || d.Losses[0].Loss != Respelt || d.Losses[0].Path != "" {
			t.Errorf("got losses %+v", d.Losses)
		}
		out, err := d.Encode(Dotenv, Style{})
		if err != nil || string(out) != "# c\nA=1\nB=2\n" {
			t.Errorf("got %q, %v", out, err)
		}
	}
}

func TestDotenvPositions(t *testing.T) {
	d, err := Parse(Dotenv, []byte("\n# c\nKEY=v\n"), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	c, k := d.Roots[0].Items[0], d.Roots[0].Items[1]
	if c.Pos != (Pos{2, 1}) || k.KeyPos != (Pos{3, 1}) || k.Pos != (Pos{3, 5}) {
		t.Errorf("got %v, %v, %v", c.Pos, k.KeyPos, k.Pos)
	}
}

// scalars is one node of each kind that the flat formats turn to text.
func scalars() []*Node {
	at := time.Date(2024, 2, 29, 12, 30, 15, 500, time.FixedZone("", 3600))
	nodes := []*Node{
		{Kind: String, Text: "x"}, {Kind: Int, Int: -5}, {Kind: Bool, Bool: true}, {Kind: Bool}, {Kind: Time, Time: &at},
	}
	for _, f := range []float64{0, 1, -1.5, 1e5, 1e20, 1e21, 1e-5, 1e-7, 123456789, 1.7976931348623157e308, 3.14} {
		nodes = append(nodes, &Node{Kind: Float, Float: f})
	}
	for i, n := range nodes {
		n.Key = fmt.Sprint("K", i)
	}
	return nodes
}

func TestFlatFormatsSpellScalarsAsSops(t *testing.T) {
	writtenAsSops(t, Dotenv, &Document{Roots: []*Node{{Kind: Map, Items: scalars()}}})
	section := &Node{Kind: Map, Key: "s", Items: scalars()}
	writtenAsSops(t, INI, &Document{Roots: []*Node{{Kind: Map, Items: []*Node{section}}}})
}

func TestNullIsEmpty(t *testing.T) {
	null := &Node{Key: "A"}
	out, err := (&Document{Roots: []*Node{{Kind: Map, Items: []*Node{null}}}}).Encode(Dotenv, Style{})
	if err != nil || string(out) != "A=\n" {
		t.Errorf("dotenv: got %q, %v", out, err)
	}
	section := &Node{Kind: Map, Key: "s", Items: []*Node{null}}
	out, err = (&Document{Roots: []*Node{{Kind: Map, Items: []*Node{section}}}}).Encode(INI, Style{})
	if err != nil || string(out) != "[s]\nA = \n" {
		t.Errorf("ini: got %q, %v", out, err)
	}
}

func TestDotenvCannotWrite(t *testing.T) {
	for _, c := range []struct {
		n    Node
		want string
	}{
		{Node{Kind: Map, Key: "A"}, `cannot write ["A"] as dotenv: it is a map`}, {Node{Kind: List, Key: "A"}, "it is a list"}, {Node{Kind: Other, Key: "A"}, "does not have"},
		{Node{Key: "A=B"}, "its key holds"}, {Node{Key: "A\nB"}, "its key holds"}, {Node{Key: "#A"}, "its key holds"}, {Node{Key: "int", BadKey: true}, "not a string"},
	} {
		_, err := (&Document{Roots: []*Node{{Kind: Map, Items: []*Node{&c.n}}}}).Encode(Dotenv, Style{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func TestDotenvCommentOfSeveralLines(t *testing.T) {
	d := &Document{Roots: []*Node{{Kind: Map, Items: []*Node{{Kind: Comment, Text: "a\nb"}}}}}
	if out, err := d.Encode(Dotenv, Style{}); err != nil || string(out) != "#a\n#b\n" {
		t.Errorf("got %q, %v", out, err)
	}
}

// TestDotenvByteOrderMark: it is no part of the first name, unless the file is
// sealed, where it may be: sops takes it for that.
func TestDotenvByteOrderMark(t *testing.T) {
	for src, want := range map[string]string{"\ufeffA=1\n": "A=1\n", "\ufeff\ufeff# x\nA=1\n": "# x\nA=1\n", "\n\ufeffA=1\n": "\n\ufeffA=1\n"} {
		d, err := Parse(Dotenv, []byte(src), ParseOptions{})
		if err != nil {
			t.Fatal(err)
		}
		if out, err := d.Encode(Dotenv, Style{}); err != nil || string(out) != want || (len(d.Losses) == 1) != (src[0] != '\n') {
			t.Errorf("%q: got %q, %v, %v", src, out, d.Losses, err)
		}
		readBack(t, Dotenv, d, sameTrees)
	}
	d, err := Parse(Dotenv, []byte("\ufeffA=1\n"), ParseOptions{Sealed: true})
	if err != nil || d.Roots[0].Items[0].Key != "\ufeffA" {
		t.Errorf("sealed: got %+v, %v", d, err)
	}
}

func FuzzParseDotenv(f *testing.F) {
	for _, src := range dotenvSources {
		f.Add(src)
	}
	for _, src := range []string{"A=1\r", "A=1\r\n", "A=1\r\n\n", "#\r\n\r\nA=\r\r\n", "#\r\r", "\ufeffA=1\n", "\n\ufeff\ufeffA=1\n"} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		d, err := Parse(Dotenv, []byte(src), ParseOptions{})
		if err != nil {
			return
		}
		readBack(t, Dotenv, d, sameTrees)
		if !allCRLF(src) && !strings.Contains(src, byteOrderMark) {
			sameAsSops(t, Dotenv, src)
		}
	})
}
