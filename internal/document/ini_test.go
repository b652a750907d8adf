package document

import (
	"fmt"
	"math/rand"
	"strings"
	"testing"
	"unicode"

	"gopkg.in/ini.v1"
)

var iniSources = []string{
	"", "\n", "a=1", "a = 1\n", "a: 1\n", "a:1=2\n", "a = 1 = 2\n", "[s]\n", "[s]", "[s]\na=1\n", "a=1\n[s]\nb=2\n", "[s]\n\n\n[t]\n",
	"[DEFAULT]\na=1\n", "a=1\n[DEFAULT]\nb=1\n", "[default]\na=1\n", "[s]\na=1\n[s]\nb=2\n", "[a.b]\nx=1\n[a]\ny=2\n", "[ s ]\na=1\n", "[s]]\na=1\n", "[[s]\na=1\n",
	"; above\n[s]\na=1\n", "# above\n[s]\na=1\n", "; one\n; two\n[s]\na=1\n", "; one\n\n; two\na=1\n", "[s] ; beside\na=1\n", "; above\n[s] # beside\na=1\n",
	"[s]\n; above\na=1\n", "[s]\na=1 ; beside\n", "[s]\na=1 # beside\nb=2\n", "[s]\n; above\na=1 ; beside\n", "[s]\na=1\n; of t\n[t]\nb=2\n", "[s]\na=1 \t; beside\n",
	"[s]\na= ; comment\n", "[s]\n;; a\nb=1\n", "[s]\n# a # b\nb=1\n", "[s]\n;\tx\nb=1\n", "[s]\n  ; x  \n\t; y\nb=1\n",
	"[s]\na=\n", "[s]\na=", "[s]\na =   \n", "[s]\na=\"\"\n", "[s]\na=''\n", "[s]\na=\"b\"\n", "[s]\na='b'\n", "[s]\na=\" b \"\n", "[s]\na=\"b\" ; c\n", "[s]\na='b' # c\n",
	"[s]\na=\"b\n", "[s]\na='b\n", "[s]\na=b\"\n", "[s]\na=\"b\"c\"\n", "[s]\na='b' 'c'\n", "[s]\na='b\"\n", "[s]\na=\"b\" \"c\" ; d\n", "[s]\na=it's\n",
	"[s]\na=`b`\n", "[s]\na=` b `\n", "[s]\na=`b;c#d`\n", "[s]\na=`b`c`\n", "[s]\na=`b\nc`\n", "[s]\na=`b\nc` ; d\n", "[s]\na=`` \n",
	"[s]\na=\"\"\"b\"\"\"\n", "[s]\na=\"\"\"b\nc\"\"\"\n", "[s]\na=\"\"\"\nb\n\"\"\"\n", "[s]\na=\"\"\"b ; c\nd # e\"\"\"\nf=1\n", "[s]\na=\"\"\"\"b\"\"\"\"\n", "[s]\na=\"\"\"\"\"\"\n", "[s]\na=\"\"\"", "[s]\na=\"\"\"b\n  c\n\n d\"\"\" # e\n",
	"[s]\na=\"\"\"b\nc\"\"\" \\\nd\"\"\"\n",
	"[s]\na=b \\\nc\n", "[s]\na=b\\\n  c\\\n\td\ne=1\n", "[s]\na=\\\nb\n", "[s]\na=b\\\n\nc=1\n", "[s]\na=b\\", "[s]\na=b ; c \\\nd\n", "[s]\na=\"b\\\nc\"\n",
	"[s]\n`a`=1\n", "[s]\n`a=b:c`=1\n", "[s]\n\"a\"=1\n", "[s]\n\"a\" : 1\n", "[s]\n\"\"\"a`b\"\"\"=1\n", "[s]\n`#a`=1\n", "[s]\na b = 1\n", "[s]\na\"b = 1\n", "[s]\n`;`=1\n`[x]`=2\n",
	"[s]\nlonger_key=1\nk=2\n`a=b`=3\n", "[s]\né=ü\n", "[s]\na=\xff\xfe\n", "[s]\na=b\x00c\n", "  [s]\n\ta=1\n", "[s]\na=1\n\n\n b = 2\n",
	"[s]\na=ENC[AES256_GCM,data:x/+=,iv:y=,tag:z==,type:str]\n; ENC[AES256_GCM,data:x]\nb=1\n", "[s]\na=%(b)s\nb=%\n", "[s]\na=$x\nb=C:\\x\n", "[s]\na=b\\n\n", "[sops]\nmac=x\n", "[s]\nk\u00a0=\u00a0v\u00a0\n",
	"[s]\na='\n", "[s]\na=\"\n", "[s]\na=\"\"\"b\n", "[s]\na=b`c\n", "[s]\na=true\nb=1.0\nc=null\n",
}

// iniBroken are those of iniSources that no reader accepts.
func iniBroken(src string) bool { return src == "[s]\na=\"\"\"b\n" }

func TestINIAsSops(t *testing.T) {
	for _, src := range iniSources {
		t.Run(src, func(t *testing.T) {
			if iniBroken(src) {
				refused(t, INI, src, "the closing quotes")
				return
			}
			sameINITree(t, src)
			d, _ := Parse(INI, []byte(src), ParseOptions{})
			if readsBackTheirs(d) {
				writtenAsSops(t, INI, d)
			}
			readBack(t, INI, d, sameINI)
		})
	}
}

// sameINITree holds our reading of src to sops's.
func sameINITree(t *testing.T, src string) {
	t.Helper()
	theirs, err := storeOf(INI, Style{}).LoadPlainFile([]byte(src))
	if err != nil {
		t.Fatalf("sops refuses the source: %v", err)
	}
	d, err := Parse(INI, []byte(src), ParseOptions{})
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	if diff := diffSopsDocument(d, theirs); diff != "" {
		t.Fatalf("tree: %s", diff)
	}
}

// readsBackTheirs reports whether what sops writes for the tree is read as the
// tree again. Where it is not, we write something else.
func readsBackTheirs(d *Document) bool {
	out, err := sopsDoes(func() ([]byte, error) { return storeOf(INI, Style{}).EmitPlainFile(toSops(nil, d)) })
	if err != nil {
		return false
	}
	theirs, err := storeOf(INI, Style{}).LoadPlainFile(out)
	return err == nil && diffSopsDocument(d, theirs) == ""
}

// sameINI compares trees but for what INI makes of comments: the signs and
// blanks that a line of one begins with may change.
func sameINI(a, b *Document) string {
	plain := func(root *Node) *Node {
		c := &Node{Kind: Map}
		for _, section := range root.Items {
			s := *section
			s.Items = nil
			for _, n := range section.Items {
				if n.Kind == Comment {
					copied := *n
					lines := strings.Split(n.Text, "\n")
					for i, line := range lines {
						lines[i] = strings.TrimSpace(strings.TrimLeftFunc(line, func(r rune) bool { return r == '#' || r == ';' || unicode.IsSpace(r) }))
					}
					copied.Text = strings.TrimSpace(strings.Join(lines, "\n"))
					n = &copied
				}
				s.Items = append(s.Items, n)
			}
			c.Items = append(c.Items, &s)
		}
		return c
	}
	return diffTrees(plain(a.Roots[0]), plain(b.Roots[0]), false, "")
}

// TestINIBetter lists what sops reads otherwise and loses by it.
func TestINIBetter(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"a#b", "a#b"}, {"a;b", "a;b"}, {`"a # b"`, "a # b"}, {"'a ; b'", "a ; b"}, {"#fff", "#fff"}, {";x", ";x"},
		{"a#b c;d", "a#b c;d"}, {"a#b ; c", "a#b"}, {`"a;b" # c`, "a;b"}, {"'#'", "#"}, {`"a # b`, `"a`}, {"a;b\t# c", "a;b"},
		{"`a` ; lost by sops", "a"}, {"\"\"\"a\"\"\" # lost by sops", "a"},
		{"#", "#"}, {" # x", ""}, {"a##b", "a##b"}, {" #fff", "#fff"}, {"\t;x;y", ";x;y"}, {" #fff # x", "#fff"}, {" ;", ""}, {" #\tx", ""}, {" ## x", ""}, {" #;", ""},
	} {
		src := "[s]\nk=" + c.src + "\nl=1\n"
		d, err := Parse(INI, []byte(src), ParseOptions{})
		if err != nil {
			t.Errorf("%q: %v", src, err)
			continue
		}
		if got := d.Roots[0].Items[1].Items[0].Text; got != c.want {
			t.Errorf("%q: got value %q, want %q", src, got, c.want)
		}
		readBack(t, INI, d, sameINI)
	}
}

func TestINIComments(t *testing.T) {
	d, err := Parse(INI, []byte("; top\r\n; two\r\n[s] # beside\r\nk=v ; inline\r\n; end\r\n"), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := d.Roots[0].Items[1]
	if len(s.Items) != 3 || s.Items[0].Text != "top\n; two\n# beside" || s.Items[2].Text != "inline" || s.Items[2].Pos != (Pos{4, 5}) {
		t.Errorf("got %+v", s.Items)
	}
	want := []LossAt{
		{Loss: Respelt, Pos: Pos{1, 1}, What: crlfRespelt},
		{Loss: Changed, Pos: Pos{5, 1}, What: "is a comment at the end of the file, which would be lost"},
	}
	if fmt.Sprint(d.Losses) != fmt.Sprint(want) {
		t.Errorf("got losses %v, want %v", d.Losses, want)
	}
}

func TestINIRefused(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{canary, "line 1: invalid ini: a line is not a section"},
		{"a=1\n" + canary + "\n", "line 2: invalid ini: a line is not a section"},
		{"[" + canary, "closing bracket of a section's name is missing"}, {"[]", "has no name"}, {"[a] " + canary, "text behind a section's closing bracket"},
		{"[a] " + canary + " ; x", "text behind a section's closing bracket"},
		{"=" + canary, "a key has no name"}, {"``=" + canary, "a key has no name"}, {"` `=" + canary, "a key has no name"}, {" : x", "a key has no name"},
		{"`" + canary, "the closing quotes of a key are missing"}, {"\"" + canary, "the closing quotes of a key are missing"}, {"\"\"\"" + canary + "\"=1", "the closing quotes of a key are missing"},
		{"`" + canary + "` x", "a line is not a section"}, {"`a`" + canary + "=1", "text behind a key's closing quotes"},
		{"-=" + canary, `the key "-"`}, {"`-`=x", `the key "-"`}, {"[s]\na=" + canary + "\nb=2\na=3\n", "line 4: invalid ini: a key occurs twice"},
		{"a=`" + canary, "line 1: invalid ini: the closing quotes of a value are missing"}, {"x=1\na=\"\"\"" + canary + "\n\n\n", "line 2: invalid ini: the closing quotes of a value are missing"},
		{"a=`b` " + canary, "text behind a value's closing quotes"}, {"a=\"\"\"b\nc\"\"\" " + canary, "line 2: invalid ini: there is text behind a value's closing quotes"},
		{"\xff\xfea\x00", "UTF-16"}, {"\xfe\xff\x00a", "UTF-16"},
	} {
		refused(t, INI, c.src, c.want)
	}
}

func TestINIBOM(t *testing.T) {
	d, err := Parse(INI, []byte("\ufeffa=1\n"), ParseOptions{})
	if err != nil || d.Roots[0].Items[0].Items[0].Key != "a" || worst(d) != Respelt {
		t.Errorf("got %+v, %v", d, err)
	}
}

// iniText are values that are hard to quote.
var iniTexts = []string{
	"", "a", "a#b", "a;b", " a", "a ", " a\"", "\" ", "'a'", `"a"`, `"`, `'`, `""`, `"""`, `""""`, `""""""`, "`", "``", "`a`", "a`b", "a\\", "\\", "a\nb", "a\n", "\na", "\n", "a\nb`c", "a`\nb",
	"a\"\"\"b", "a\n\"\"\"b", "`\"\"\"", "\"\"\"a", "a\"\"\"", "a\r", "\ra", "a\rb", "\r\n", "a\r\nb", "a # b", "a ; b", "# b", "; b", " # ", "a\n# b", "=", "a=b", "[x]", "\u00a0", "é", "\xff", "\x00", "\t", "a\\\nb", "a\n\\", "`\\", "a\"\n\"", "'\n'", "\"\"\"\n`", "'a", "a'b'", "\"a\\", "# \\", "\u2028", "%(x)s",
}

// iniUnquotable are texts that no form holds.
var iniUnquotable = []string{"\"\"\"\n`\na", "a`b\n\"\"\"\nc"}

func TestINIValuesReadBack(t *testing.T) {
	for _, a := range iniTexts {
		for _, b := range append([]string{""}, iniTexts...) {
			v := a + b
			d := iniDocument("k", v)
			if _, err := d.Encode(INI, Style{}); err != nil {
				if strings.Contains(v, "\"\"\"") && strings.Contains(v, "`") && strings.Contains(v, "\n") {
					continue
				}
				t.Errorf("%q cannot be written: %v", v, err)
				continue
			}
			readBack(t, INI, d, sameINI)
			if readsBackTheirs(d) {
				writtenAsSops(t, INI, d)
			}
		}
	}
	for _, v := range iniUnquotable {
		if _, err := iniDocument("k", v).Encode(INI, Style{}); err == nil || !strings.HasPrefix(err.Error(), `cannot write ["s"]["k"] as ini: it cannot be quoted`) {
			t.Errorf("%q: got %v", v, err)
		}
	}
}

func TestINIKeysReadBack(t *testing.T) {
	for _, k := range iniTexts {
		d := iniDocument(k, "v")
		if _, err := d.Encode(INI, Style{}); err != nil {
			if k == "" || strings.Contains(k, "\n") || strings.TrimSpace(k) != k || strings.Contains(k, "`") && strings.Contains(k+`"""`, `"""`) {
				continue
			}
			t.Errorf("%q cannot be written: %v", k, err)
			continue
		}
		readBack(t, INI, d, sameINI)
		if readsBackTheirs(d) {
			writtenAsSops(t, INI, d)
		}
	}
}

// iniDocument is a file of one section.
func iniDocument(key, value string) *Document {
	section := &Node{Kind: Map, Key: "s", Items: []*Node{{Kind: String, Key: key, Text: value}, {Kind: String, Key: "other", Text: "x"}}}
	return &Document{Format: INI, Roots: []*Node{{Kind: Map, Items: []*Node{{Kind: Map, Key: iniDefault}, section}}}}
}

func TestINICannotWrite(t *testing.T) {
	entry := func(n ...*Node) *Node { return &Node{Kind: Map, Key: "s", Items: n} }
	for _, c := range []struct {
		section *Node
		want    string
	}{
		{&Node{Kind: String, Key: "s"}, `cannot write ["s"] as ini: it is not a map`},
		{&Node{Kind: List, Key: "s"}, "it is not a map"},
		{&Node{Kind: Map, Key: ""}, "a section's name is empty"}, {&Node{Kind: Map, Key: "a\nb"}, "holds a line break"}, {&Node{Kind: Map, Key: "int", BadKey: true}, "not a string"},
		{entry(&Node{Kind: Map, Key: "k"}), `cannot write ["s"]["k"] as ini: it is a map`}, {entry(&Node{Kind: List, Key: "k"}), "it is a list"}, {entry(&Node{Kind: Other, Key: "k"}), "does not have"},
		{entry(&Node{Key: "k"}, &Node{Key: "k"}), "occurs twice"}, {entry(&Node{Key: "-"}), `its name is empty or "-"`}, {entry(&Node{Key: "int", BadKey: true}), "not a string"},
	} {
		_, err := (&Document{Roots: []*Node{{Kind: Map, Items: []*Node{c.section}}}}).Encode(INI, Style{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

func TestINIGenerated(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	values := []string{"v", "a b", "1", `"q"`, "'q'", "`b`", "\"\"\"m\nn\"\"\"", "a \\\n b", "", "x ; c", "y # d", "`p;q`", "%", "é"}
	for i := range 300 {
		var b strings.Builder
		pending := false // comments at the end of the file are lost
		comment := func() {
			for range rnd.Intn(3) {
				fmt.Fprintf(&b, "%s c%d\n", []string{";", "#", ";;", " ;"}[rnd.Intn(4)], rnd.Intn(9))
				pending = true
			}
		}
		for s := range 1 + rnd.Intn(4) {
			if s > 0 || rnd.Intn(2) == 0 {
				comment()
				fmt.Fprintf(&b, "[s%d]%s\n", rnd.Intn(3), []string{"", " ; x", "\t#y"}[rnd.Intn(3)])
				pending = false
			}
			for k := range rnd.Intn(5) {
				comment()
				fmt.Fprintf(&b, "%s%d%s%s\n", []string{"k", "long_key", " i"}[rnd.Intn(3)], k, []string{"=", " = ", ": ", "\t:"}[rnd.Intn(4)], values[rnd.Intn(len(values))])
				pending = false
			}
		}
		if pending {
			b.WriteString("last=1\n")
		}
		src := b.String()
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			sameINITree(t, src)
			d, err := Parse(INI, []byte(src), ParseOptions{})
			if err != nil {
				t.Fatal(err)
			}
			writtenAsSops(t, INI, d)
			readBack(t, INI, d, sameINI)
		})
	}
}

func TestINIPadding(t *testing.T) {
	section := &Node{Kind: Map, Key: "s", Items: []*Node{{Kind: String, Key: strings.Repeat("k", 1<<16)}}}
	for i := range 10000 {
		section.Items = append(section.Items, &Node{Kind: Int, Key: fmt.Sprint("k", i), Int: int64(i)})
	}
	d := &Document{Roots: []*Node{{Kind: Map, Items: []*Node{section}}}}
	out, err := d.Encode(INI, Style{})
	if err != nil || len(out) > 1<<20 {
		t.Errorf("got %d bytes, %v", len(out), err)
	}
	if _, err := ini.Load(out); err != nil {
		t.Error(err)
	}
}

func FuzzParseINI(f *testing.F) {
	for _, src := range iniSources {
		f.Add(src)
	}
	for _, text := range iniTexts {
		f.Add("[s]\nk=" + text + "\n" + text + "=v\n")
	}
	f.Fuzz(func(t *testing.T, src string) {
		d, err := Parse(INI, []byte(src), ParseOptions{})
		if err != nil || worst(d) == Changed {
			return
		}
		if _, err := d.Encode(INI, Style{}); err != nil {
			if _, ok := err.(*EncodeError); !ok {
				t.Fatal(err)
			}
			return
		}
		readBack(t, INI, d, sameINI)
	})
}
