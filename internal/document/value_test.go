package document

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3"
)

// TestEncodeValueAsSops compares with the stores' EmitValue, which --extract
// prints.
func TestEncodeValueAsSops(t *testing.T) {
	at := time.Date(2024, 1, 2, 3, 4, 5, 600, time.UTC)
	scalar := []*Node{{Kind: Int, Int: 5}, {Kind: Float, Float: 1e21}, {Kind: Float, Float: 1.5}, {Kind: Bool, Bool: true}, {Kind: Null}, {Kind: Time, Time: &at}}
	list := &Node{Kind: List, Items: []*Node{{Kind: Int, Int: 1}, {Kind: String, Text: "<a>"}, {Kind: Null}, {Kind: List, Items: []*Node{{Kind: Bool}}}}}
	for _, n := range append(scalar, list) {
		for _, f := range []Format{JSON, INI} {
			for _, style := range jsonStyles {
				want, err := storeOf(f, style).EmitValue(toSopsValue(t, n))
				if err != nil {
					t.Fatal(err)
				}
				got, err := EncodeValue(f, n, style)
				if err != nil || string(got) != string(want) {
					t.Errorf("%v: got %q, %v, want %q", f, got, err, want)
				}
			}
		}
	}
	m := &Node{Kind: Map, Items: []*Node{{Kind: Int, Key: "a", Int: 1}, {Kind: List, Key: "b", Items: []*Node{{Kind: Comment, Text: "c"}, {Kind: Map}}}}}
	for _, style := range jsonStyles {
		want, err := storeOf(JSON, style).EmitPlainFile(sops.TreeBranches{toSopsValue(t, m).(sops.TreeBranch)})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := EncodeValue(JSON, m, style); err != nil || string(got) != string(want) {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	}
}

func TestEncodeValue(t *testing.T) {
	str := &Node{Kind: String, Key: "k", Text: "a\n<b>"}
	for f := Binary; f <= YAML; f++ {
		if got, err := EncodeValue(f, str, Style{}); err != nil || string(got) != str.Text {
			t.Errorf("%v: a string: got %q, %v", f, got, err)
		}
	}
	section := &Node{Kind: Map, Key: "s", Items: []*Node{{Kind: Comment, Text: "of s"}, {Kind: String, Key: "k", Text: "a#b"}, {Kind: Comment, Text: "of k"}, {Kind: Int, Key: "long", Int: 1}}}
	flat := &Node{Kind: Map, Items: []*Node{{Kind: String, Key: "A", Text: "x\ny"}, {Kind: Null, Key: "B"}}}
	for _, c := range []struct {
		f    Format
		n    *Node
		want string
	}{
		{INI, section, "; of s\n; of k\nk    = `a#b`\nlong = 1\n"},
		{INI, &Node{Kind: Map, Items: []*Node{section}}, "; of s\n[s]\n; of k\nk    = `a#b`\nlong = 1\n"},
		{INI, &Node{Kind: Null}, "null"}, {INI, &Node{Kind: List, Items: []*Node{{Kind: Map, Items: []*Node{{Kind: Int, Key: "a"}, {Kind: Int, Key: "b"}}}}}, `[{"a":0,"b":0}]`},
		{INI, &Node{Kind: Map}, ""},
		{Dotenv, flat, "A=x\\ny\nB=\n"}, {Dotenv, &Node{Kind: Null}, ""}, {Dotenv, &Node{Kind: Int, Int: 7}, "7"}, {Dotenv, &Node{Kind: Float, Float: 2}, "2.0"},
		{JSON, &Node{Kind: Map}, "{}\n"}, {JSON, &Node{Kind: List}, "[]"}, {YAML, &Node{Kind: Int, Int: 3}, "3\n"},
		{Binary, &Node{Kind: Map, Items: []*Node{{Kind: String, Key: "data", Text: "x"}}}, "x"},
	} {
		if got, err := EncodeValue(c.f, c.n, Style{}); err != nil || string(got) != c.want {
			t.Errorf("%v: got %q, %v, want %q", c.f, got, err, c.want)
		}
	}
	for _, c := range []struct {
		f    Format
		n    *Node
		want string
	}{
		{Binary, &Node{Kind: Int}, "a binary file has no parts to extract"}, {Binary, section, "--output-type"},
		{Dotenv, &Node{Kind: List}, "the format has no lists"}, {Dotenv, &Node{Kind: Map, Items: []*Node{section}}, `cannot write ["s"] as dotenv`},
		{INI, &Node{Kind: Map, Items: []*Node{section, str, {Kind: List, Key: "l"}}}, `cannot write ["s"] as ini`},
		{INI, &Node{Kind: Other}, "cannot write as ini"}, {JSON, &Node{Kind: Other}, "cannot write as json"},
	} {
		_, err := EncodeValue(c.f, c.n, Style{})
		var bad *EncodeError
		if !errors.As(err, &bad) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: got %v, want %q", c.f, err, c.want)
		}
	}
}
