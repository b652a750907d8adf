package document

import (
	"fmt"
	"math"
	"math/rand"
	"strings"
	"testing"
)

var jsonSources = []string{
	`{}`, ` { } `, "\n\t{\r\n}\r\n", `{"a":1}`, `{"a":-1}`, `{"a":0}`, `{"a":"x"}`, `{"a":""}`, `{"":""}`,
	`{"a":true,"b":false,"c":null}`, `{"a":[]}`, `{"a":{}}`, `{"a":[[]]}`, `{"a":[{}]}`, `{"a":[{},[],{}]}`,
	`{"a":[1,2,3]}`, `{"a":[1,"x",null,true,{"b":2}]}`, `{"a":{"b":{"c":{"d":[1]}}}}`,
	`{"z":1,"a":2,"m":3}`, `{"a":1,"a":2}`, `{"a":{"a":1,"a":{"a":1}}}`,
	`{"a":9223372036854775807}`, `{"a":-9223372036854775808}`, `{"a":9007199254740993}`,
	`{"a":1.5}`, `{"a":0.1}`, `{"a":-0.5}`, `{"a":1e21}`, `{"a":1e20}`, `{"a":1e-6}`, `{"a":1e-7}`, `{"a":1e-10}`,
	`{"a":1.0}`, `{"a":1E2}`, `{"a":1.10}`, `{"a":-0}`, `{"a":-0.0}`, `{"a":5e-324}`, `{"a":1.7976931348623157e308}`,
	`{"a":123456789.123456789}`, `{"a":1e+3}`, `{"a":1e-09}`, `{"a":0.000001}`, `{"a":12345678901234567890}`,
	`{"a":"\"\\\/\b\f\n\r\t"}`, `{"a":"\u0000\u001f\u007f"}`, `{"a":"\u00e9é"}`, `{"a":"\ud83d\ude00😀"}`,
	`{"a":"<b>&amp;</b>"}`, `{"<&>":"\u003c\u003e\u0026"}`, `{"a":"\u2028\u2029"}`, "{\"a\":\"\u2028 \u2029\u202a\"}",
	`{"a":"ENC[AES256_GCM,data:+/==,iv:x,tag:y,type:str]"}`, `{"a\nb":"c\nd"}`, `{"a":"\uFFFD"}`, "{\"a\":\"\ufffd\"}",
	`{"a":"0123456"}`, `{"a":"01234567"}`, `{"a":"012345678"}`, `{"a":"0123456\n89012345\"7"}`, `{"a":"0123456789é0123456789"}`,
	`{"sops":"x"}`, `{"sops":{}}`, `{"data":"x"}`, "{\n\n\"a\"\n:\n1\n,\n\"b\"\n:\n[\n1\n,\n2\n]\n}\n",
	`{"a":"\ufeff"}`, `{"a":"` + strings.Repeat("x", 5000) + `"}`, `{"a":"\\n"}`, `{"a":"\u005C\u0022"}`,
	`{"a":[0,-0.1,1e300,"",[null]]}`, `{"true":true,"null":null}`, "{\"a\":\"\x7f\"}", `{"a":"tab\there"}`,
	`{"a":[1,[2,[3,[4,[5]]]]]}`, `{"a":100000000000000000000}`, `{"a":4.9406564584124654e-324}`, `{"a":0.1e1}`,
}

func TestJSONAsSops(t *testing.T) {
	for _, src := range jsonSources {
		t.Run(src, func(t *testing.T) {
			d := sameAsSops(t, JSON, src)
			if worst(d) < Changed {
				readBack(t, JSON, d, sameJSON)
			}
		})
	}
}

func worst(d *Document) (l Loss) {
	for _, at := range d.Losses {
		l = max(l, at.Loss)
	}
	return l
}

// sameJSON compares trees as JSON can: 1.0 is 1.
func sameJSON(a, b *Document) string {
	var match func(a, b *Node) *Node
	match = func(a, b *Node) *Node {
		c := *b
		if a.Kind == Float && b.Kind == Int && a.Float == float64(b.Int) {
			c.Kind, c.Float, c.Int = Float, a.Float, 0
		}
		c.Items = nil
		for i, item := range b.Items {
			if i < len(a.Items) {
				item = match(a.Items[i], item)
			}
			c.Items = append(c.Items, item)
		}
		return &c
	}
	return diffTrees(a.Roots[0], match(a.Roots[0], b.Roots[0]), false, "")
}

func TestJSONGenerated(t *testing.T) {
	rnd := rand.New(rand.NewSource(1))
	for i := range 500 {
		src := generateJSON(rnd, 0)
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			d := sameAsSops(t, JSON, src)
			readBack(t, JSON, d, sameJSON)
		})
	}
}

// generateJSON writes an object, or any value below the top.
func generateJSON(rnd *rand.Rand, depth int) string {
	space := func() string { return []string{"", "", "", " ", "\n", "\t ", "\r\n"}[rnd.Intn(7)] }
	kind := rnd.Intn(9)
	if depth == 0 {
		kind = 0
	} else if depth > 4 {
		kind = 2 + rnd.Intn(7)
	}
	switch kind {
	case 0, 1:
		var parts []string
		for range rnd.Intn(6) {
			part := space()
			if kind == 0 {
				part += generateString(rnd) + space() + ":" + space()
			}
			parts = append(parts, part+generateJSON(rnd, depth+1)+space())
		}
		if kind == 0 {
			return space() + "{" + strings.Join(parts, ",") + "}" + space()
		}
		return "[" + strings.Join(parts, ",") + space() + "]"
	case 2:
		return fmt.Sprint(rnd.Int63() - rnd.Int63())
	case 3:
		return []string{"true", "false", "null"}[rnd.Intn(3)]
	case 4:
		return fmt.Sprint(math.Float64frombits(rnd.Uint64()&^(3<<61) | 1<<61))
	case 5:
		return fmt.Sprintf("%d.%de%d", rnd.Intn(100), rnd.Intn(1000), rnd.Intn(60)-30)
	}
	return generateString(rnd)
}

func generateString(rnd *rand.Rand) string {
	pieces := []string{"a", "key", "value ", `\n`, `\"`, `\\`, `\u00e9`, "é", "😀", `\ud83d\ude00`, "<", ">", "&", `\u2028`, "\u2029", "abcdefghijklmnop", `\/`, `\u0001`}
	var b strings.Builder
	b.WriteByte('"')
	for range rnd.Intn(8) {
		b.WriteString(pieces[rnd.Intn(len(pieces))])
	}
	b.WriteByte('"')
	return b.String()
}

func TestJSONRefused(t *testing.T) {
	for _, c := range []struct{ src, want string }{
		{"", "line 1, column 1: invalid json: it is empty"},
		{" \n ", "line 2, column 2: invalid json: it is empty"},
		{`[1]`, "the top level is a list"},
		{`"` + canary + `"`, "the top level is not an object"},
		{canary, "the top level is not an object"},
		{`1`, "the top level is not an object"}, {`null`, "the top level is not an object"},
		{"\ufeff{}", "byte order mark"},
		{"\xff\xfe{\x00", "the top level is not an object"},
		{`{"a":"` + canary + `"} x`, "text after the end"},
		{`{}{}`, "line 1, column 3: invalid json: there is text after the end"},
		{"{}\n\n]", "line 3, column 1"},
		{`{`, "it ends where"}, {`{"`, "it ends within a string"}, {`{"a"`, "it ends where a colon"}, {`{"a":`, "it ends where a value"},
		{`{"a":"` + canary, "it ends within a string"}, {`{"a":1`, "it may be truncated"}, {`{"a":1,`, "it ends where a key"},
		{`{"a":[`, "it ends where a value"}, {`{"a":[1`, "it ends where a comma"}, {`{"a":{"b":1}`, "it ends where"},
		{`{"a":1,}`, "a key in quotes is expected"}, {`{"a":[1,]}`, "a value is expected"}, {`{,}`, "a key in quotes"},
		{`{a:1}`, "a key in quotes"}, {`{'a':1}`, "a key in quotes"}, {`{"a" 1}`, "a colon is expected"}, {`{"a":1 "b":2}`, "a comma or '}'"},
		{`{"a":[1 2]}`, "a comma or ']'"}, {`{"a":tru}`, "a value is expected"}, {`{"a":` + canary + `}`, "a value is expected"}, {`{"a":nul`, "a value is expected"},
		{`{"a":trueish}`, "a comma or '}'"},
		{`{"a":01}`, "a comma or '}'"}, {`{"a":-}`, "a digit"}, {`{"a":1.}`, "a digit"}, {`{"a":.5}`, "a value"}, {`{"a":1e}`, "a digit"},
		{`{"a":+1}`, "a value"}, {`{"a":NaN}`, "a value"}, {`{"a":Infinity}`, "a value"}, {`{"a":0x1}`, "a comma or '}'"}, {`{"a":-`, "it ends where a digit"},
		{`{"a":"\x"}`, "unknown escape"}, {`{"a":"\u12"}`, "four hexadecimal digits"}, {`{"a":"\u12G4"}`, "four hexadecimal digits"},
		{`{"a":"\ud800"}`, "half of a surrogate pair"}, {`{"a":"\ud800\ud800"}`, "half of a surrogate pair"}, {`{"a":"\udc00"}`, "half of a surrogate pair"},
		{`{"a":"\ud83dx"}`, "half of a surrogate pair"}, {`{"\ud800":1}`, "half of a surrogate pair"}, {`{"a":"\`, "it ends within"},
		{"{\"a\":\"" + canary + "\n\"}", "a control character"}, {"{\"a\":\"\x00\"}", "a control character"},
		{"{\"a\":\"" + canary + "\xff\"}", "not valid UTF-8"}, {"{\"\xc3\x28\":1}", "not valid UTF-8"}, {"{\"a\":\"\xed\xa0\x80\"}", "not valid UTF-8"},
		{"{\v}", "a key in quotes"}, {"{\"a\":1 // " + canary + "\n}", "a comma or '}'"},
		{"{\n  \"a\": [\n    1e400]}", `line 3, column 5: invalid json: the number at ["a"][0] is beyond`},
		{`{"a":-1e400}`, "beyond what 64 bits"}, {`{"a":` + strings.Repeat("9", 400) + `}`, "beyond what 64 bits"},
		{`{"a":` + strings.Repeat("[", 100000), "more than 1000 levels"}, {strings.Repeat(`{"a":`, 100000), "more than 1000 levels"},
	} {
		refused(t, JSON, c.src, c.want)
	}
}

func TestJSONDepth(t *testing.T) {
	deep := func(n int) []byte {
		return []byte(strings.Repeat(`{"a":`, n) + "1" + strings.Repeat("}", n))
	}
	d, err := Parse(JSON, deep(MaxDepth), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Encode(JSON, Style{}); err != nil {
		t.Error(err)
	}
	if _, err := Parse(JSON, deep(MaxDepth+1), ParseOptions{}); err == nil {
		t.Error("one level too many is accepted")
	}
}

func TestJSONPositions(t *testing.T) {
	d, err := Parse(JSON, []byte("{\n  \"é\": 1,\n\t\"b\" :\n [ \"x\", {} ]\r\n}"), ParseOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	var walk func(n *Node)
	walk = func(n *Node) {
		got = append(got, n.KeyPos.String()+"/"+n.Pos.String())
		for _, item := range n.Items {
			walk(item)
		}
	}
	walk(d.Roots[0])
	want := "0:0/1:1 2:3/2:9 3:2/4:2 0:0/4:4 0:0/4:9"
	if s := strings.Join(got, " "); s != want {
		t.Errorf("got %s, want %s", s, want)
	}
}

func TestJSONLosses(t *testing.T) {
	for _, c := range []struct {
		number string
		loss   Loss
	}{
		{"1", Kept}, {"-1", Kept}, {"1.5", Kept}, {"1e+21", Kept}, {"1e-7", Kept}, {"100000000000000000000", Kept}, {"9223372036854775807", Kept},
		{"1.0", Respelt}, {"1e2", Respelt}, {"1.10", Respelt}, {"-0", Respelt}, {"-0.0", Respelt}, {"1E21", Respelt}, {"3.14159265358979323846", Respelt}, {"0e5", Respelt}, {"1e20", Respelt},
		{"9223372036854775808", Changed}, {"-9223372036854775809", Changed}, {"18446744073709551615", Changed}, {"1e-400", Changed}, {"123456789012345678901234567890", Changed},
	} {
		d, err := Parse(JSON, []byte(`{"k":{"a":[null,`+c.number+`]}}`), ParseOptions{})
		if err != nil {
			t.Errorf("%s: %v", c.number, err)
			continue
		}
		if got := d.Roots[0].Items[0].Items[0].Items[1].Loss; got != c.loss || worst(d) != c.loss {
			t.Errorf("%s: got loss %d (in the list %d), want %d", c.number, got, worst(d), c.loss)
		}
		if c.loss != Kept && (len(d.Losses) != 1 || d.Losses[0].Path != `["k"]["a"][1]` || d.Losses[0].Pos != (Pos{1, 17})) {
			t.Errorf("%s: got losses %+v", c.number, d.Losses)
		}
	}
}

func TestJSONAllowLossy(t *testing.T) {
	d, err := Parse(JSON, []byte(`{"a":1e400}`), ParseOptions{AllowLossy: true})
	if err != nil {
		t.Fatal(err)
	}
	if n := d.Roots[0].Items[0]; n.Kind != String || n.Text != "1e400" || n.Loss != Changed || len(d.Losses) != 1 || d.Losses[0].Path != `["a"]` {
		t.Errorf("got %+v, losses %+v", n, d.Losses)
	}
}

func TestJSONCannotWrite(t *testing.T) {
	for _, c := range []struct {
		n    Node
		want string
	}{
		{Node{Kind: String, Text: "\xff"}, `cannot write ["a"][1] as json: is not valid UTF-8`},
		{Node{Kind: Float, Float: math.NaN()}, "is not a finite number"},
		{Node{Kind: Float, Float: math.Inf(-1)}, "is not a finite number"},
		{Node{Kind: Other, Text: "x"}, "of a type that JSON does not have"},
	} {
		list := &Node{Kind: List, Key: "a", Items: []*Node{{Kind: Comment}, {Kind: Null}, &c.n}}
		d := &Document{Roots: []*Node{{Kind: Map, Items: []*Node{{Kind: Comment, Text: "x"}, list}}}}
		_, err := d.Encode(JSON, Style{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	bad := &Document{Roots: []*Node{{Kind: Map, Items: []*Node{{Kind: Null, Key: "int", BadKey: true}}}}}
	if _, err := bad.Encode(JSON, Style{}); err == nil {
		t.Error("a key that is no string is written")
	}
	if _, err := (&Document{Roots: make([]*Node, 2)}).Encode(JSON, Style{}); err == nil {
		t.Error("two documents are written")
	}
}

func FuzzParseJSON(f *testing.F) {
	for _, src := range jsonSources {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		d, err := Parse(JSON, []byte(src), ParseOptions{})
		if err != nil {
			return
		}
		if worst(d) == Changed {
			return
		}
		readBack(t, JSON, d, sameJSON)
		sameAsSops(t, JSON, src)
	})
}
