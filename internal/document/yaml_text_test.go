package document

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
)

// TestYAMLTexts writes texts as sops does, as keys and as values, wherever
// they stand, and reads them back.
func TestYAMLTexts(t *testing.T) {
	parts := strings.Split("a|b|Z|0|1|7|9|.|-|+|_|:| |  |: | #|#|,|[|]|{|}|'|\"|\\|&|*|!|%|@|`|~|<|=|>|?|/|e|x|o|T|\n|\n|\t|é|日|😀|\u00a0|\u2028|\u0085|\ufeff|\x01|\x7f|null|true|yes|on|12:30|2024-01-02|---|...|0x|1e5|.5|.inf", "|")
	parts = append(parts, "|")
	r := rand.New(rand.NewPCG(1, 2))
	for range 2500 {
		var b strings.Builder
		for range 1 + r.IntN(5) {
			b.WriteString(parts[r.IntN(len(parts))])
		}
		s := b.String()
		if s == "<<" {
			continue
		}
		text := func() *Node { return &Node{Kind: String, Text: s} }
		keyed := &Node{Kind: Map, Key: "m", Items: []*Node{{Kind: String, Key: "v", Text: s}, {Kind: Int, Key: s + "k"}}}
		d := &Document{Format: YAML, Roots: []*Node{{Kind: Map, Items: []*Node{
			{Kind: String, Key: "k", Text: s}, keyed, {Kind: List, Key: "l", Items: []*Node{text(), {Kind: List, Items: []*Node{text()}}}},
		}}}}
		for _, indent := range []int{2, 4} {
			got, err := d.Encode(YAML, Style{YAMLIndent: indent})
			if err != nil {
				t.Fatalf("Encode %q: %v", s, err)
			}
			want, err := sopsEmit(toSops(t, d), indent)
			if err != nil {
				t.Fatalf("sops cannot write %q: %v", s, err)
			}
			back, err := Parse(YAML, got, ParseOptions{})
			if err != nil {
				t.Errorf("%q does not read back: %v\n%s", s, err, got)
				continue
			}
			if diff := diffDocuments(d, back, false); diff != "" {
				t.Errorf("%q reads back otherwise: %s\n%s", s, diff, got)
			}
			if string(got) != want && sopsKeeps(t, want, d) {
				t.Errorf("%q: got\n%s\nwant\n%s", s, got, want)
			}
		}
	}
}

// sopsKeeps reports whether sops reads back what it wrote.
func sopsKeeps(t *testing.T, wrote string, d *Document) bool {
	var back sops.TreeBranches
	back, err := sopsLoad(wrote)
	return err == nil && diffSopsDocument(d, back) == ""
}
