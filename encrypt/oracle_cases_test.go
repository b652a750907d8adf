package encrypt

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	mathrand "math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

type oracleCase struct {
	name   string
	format Format
	plain  string
}

func oracleCases() []oracleCase {
	return []oracleCase{
		{"yaml scalars", YAML, "a: text\nb: 1\nc: 2.5\nd: true\ne: null\nf: \"\"\ng: 2001-12-14T21:59:43Z\nh: [1, two, 3.5, false]\ni: {}\nj: []\n"},
		{"yaml nested", YAML, "a:\n    b:\n        c: deep\n        list:\n            - x\n            - x\n            - y\n            - k: v\nother_unencrypted: plain\nn:\n    sub_unencrypted:\n        z: 1\n"},
		{"yaml comments", YAML, "# head\na: 1 # behind\n# before b\nb:\n    # in b\n    c: x\n    # foot of c\nl:\n    # in list\n    - one\n    - two\n# end\n"},
		{"yaml documents", YAML, "a: 1\n---\nb: 2\n---\nc:\n    - d\n"},
		{"yaml strings", YAML, "multi: |\n    one\n    two\nfolded: >-\n    a b\nquoted: 'it''s'\nnum: \"12\"\nyes: \"yes\"\nuni: \"\\u00e9\\n\\t\"\nempty: ''\nspace: ' x '\ncolon: 'a: b'\n"},
		{"json", JSON, `{"a":"text","b":1,"c":2.5,"d":true,"e":null,"f":"","l":[1,"x","x",{"k":"v"},[]],"m":{},"u_unencrypted":"p<>&","neg":-7}`},
		{"dotenv", Dotenv, "# comment\nA=1\nB=two words\nC=\nD=a=b\nE=line\\nbreak\nF_unencrypted=plain\n"},
		{"ini", INI, "; top\n[one]\n; note\na = 1\nb = two words\n\n[two]\nc_unencrypted = x\nd =\n"},
		{"binary", Binary, "\x00\x01bytes\xff\n"},
		{"binary empty", Binary, ""},
	}
}

type oracleSelector struct {
	kind    policy.SelectorKind
	text    string
	macOnly bool
}

func oracleSelectors() []oracleSelector {
	return []oracleSelector{
		{policy.NoSelector, "", false},
		{policy.NoSelector, "", true},
		{policy.EncryptedRegex, "^(a|c|list|l|A|D)$", false},
		{policy.EncryptedRegex, "^(a|c|list|l|A|D)$", true},
		{policy.UnencryptedRegex, "^(b|n)", false},
		{policy.EncryptedSuffix, "c", false},
		{policy.UnencryptedSuffix, "b", true},
		{policy.UnencryptedCommentRegex, "behind|note|before", false},
		{policy.EncryptedCommentRegex, "before|comment|top", false},
	}
}

func TestSealWritesWhatSopsWrites(t *testing.T) {
	for _, c := range oracleCases() {
		for i, s := range oracleSelectors() {
			t.Run(fmt.Sprintf("%s %d %s", c.name, i, s.kind), func(t *testing.T) { compareWithSops(t, c, s) })
		}
	}
}

func TestSealWritesWhatSopsWritesGenerated(t *testing.T) {
	for seed := range uint64(300) {
		r := mathrand.New(mathrand.NewPCG(seed, 1))
		f := []Format{YAML, JSON}[0]
		tree := &document.Document{Format: document.Format(f), Roots: []*document.Node{generate(r, f, 0)}}
		plain, err := tree.Encode(document.Format(f), document.Style{})
		if err != nil {
			t.Fatal(err)
		}
		selectors := oracleSelectors()
		compareWithSops(t, oracleCase{fmt.Sprint("seed ", seed), f, string(plain)}, selectors[r.IntN(len(selectors))])
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// generate makes a random map.
func generate(r *mathrand.Rand, f Format, depth int) *document.Node {
	n := &document.Node{Kind: document.Map}
	for i := range r.IntN(6) {
		item := generateValue(r, f, depth)
		item.Key = []string{"a", "b", "c", "list", "name", "x_unencrypted", "deep c", "b:c"}[r.IntN(8)] + strings.Repeat("i", i)
		if f == YAML && r.IntN(4) == 0 {
			n.Items = append(n.Items, &document.Node{Kind: document.Comment, Text: []string{" note", " before that", " comment: x"}[r.IntN(3)]})
		}
		n.Items = append(n.Items, item)
	}
	return n
}

func generateValue(r *mathrand.Rand, f Format, depth int) *document.Node {
	kinds := 9
	if depth > 3 {
		kinds = 7
	}
	switch r.IntN(kinds) {
	case 0:
		return &document.Node{Kind: document.Null}
	case 1:
		return &document.Node{Kind: document.Int, Int: int64(r.Uint64())}
	case 2:
		return &document.Node{Kind: document.Float, Float: math.Float64frombits(r.Uint64()&^(0x7ff<<52) | uint64(900+r.IntN(200))<<52)}
	case 3:
		return &document.Node{Kind: document.Bool, Bool: r.IntN(2) == 0}
	case 7:
		return generate(r, f, depth+1)
	case 8:
		n := &document.Node{Kind: document.List}
		for range r.IntN(4) {
			n.Items = append(n.Items, generateValue(r, f, depth+1))
		}
		return n
	}
	words := []string{"", "x", "x", "two words", "multi\nline\n", "true", "12", " lead", "#no", "a: b", "é\u2028", "<&>", "'", "\"", "\t", "- x", strings.Repeat("long ", 40)}
	return &document.Node{Kind: document.String, Text: words[r.IntN(len(words))]}
}

func compareWithSops(t *testing.T, c oracleCase, s oracleSelector) {
	t.Helper()
	if c.format == Binary {
		s.kind = policy.NoSelector // binary files have no selector
	}
	var ours, theirs []byte
	var errOurs, errTheirs error
	var at time.Time
	withNonces(t, func() {
		ours, at, errOurs = ourSeal(t, c.format, []byte(c.plain), oracleRule(t, s.kind, s.text, s.macOnly))
	})
	withNonces(t, func() {
		dataKey := make([]byte, dataKeySize) // that ours drew first
		if _, err := rand.Read(dataKey); err != nil {
			t.Fatal(err)
		}
		theirs, errTheirs = sopsSeal(t, c.format, []byte(c.plain), s.kind, s.text, s.macOnly, at)
	})
	var selection *ValueError
	if errors.As(errOurs, &selection) && s.kind >= policy.UnencryptedCommentRegex {
		// sops writes a file here that it cannot decrypt itself.
		if _, err := sopsOpen(c.format, theirs); err == nil {
			t.Fatalf("refused what sops can open: %v\n%s", errOurs, c.plain)
		}
		return
	}
	if errOurs != nil || errTheirs != nil {
		t.Fatalf("ours: %v; sops: %v\n%s", errOurs, errTheirs, c.plain)
	}
	if !bytes.Equal(ours, theirs) {
		t.Fatalf("ours:\n%s\nsops:\n%s", ours, theirs)
	}
	d, err := openBytes(t.Context(), nil, File{Input: c.format, Output: c.format}, theirs, OpenOptions{}, &fixedKey{oracleKey})
	if err != nil {
		t.Fatal(err)
	}
	for n := range d.sealedAs {
		n.Inline = false // sops moves an encrypted comment from behind its value to before it
	}
	got, err := d.Plaintext()
	if err != nil {
		t.Fatal(err)
	}
	want, err := sopsOpen(c.format, theirs)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Fatalf("plaintext: ours:\n%s\nsops:\n%s", got, want)
	}
}
