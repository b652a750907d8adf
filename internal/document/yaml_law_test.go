package document

import (
	"slices"
	"strings"
	"testing"
)

// FuzzParseYAML: nothing panics; what parses is written and read back as the
// same tree, with all its comments, and written again as the same bytes, unless
// it loses something; and where sops reads the source too, it reads the same tree.
func FuzzParseYAML(f *testing.F) {
	addCorpus(f)
	f.Fuzz(func(t *testing.T, src []byte) { checkYAMLLaw(t, src) })
}

func checkYAMLLaw(t *testing.T, src []byte) {
	t.Helper()
	d, err := Parse(YAML, src, ParseOptions{})
	if err != nil {
		return
	}
	if len(src) < 1<<16 {
		if theirs, err := sopsLoad(string(src)); err == nil {
			asTheirs, err := Parse(YAML, src, ParseOptions{testOnlyLibrary: true})
			if err != nil {
				t.Fatal(err)
			}
			if diff := diffSopsDocument(asTheirs, theirs); diff != "" {
				t.Fatalf("tree: %s\n%q", diff, src)
			}
			if diff := diffValues(asTheirs, d); diff != "" {
				t.Fatalf("with and without comments: %s\n%q", diff, src)
			}
		}
	}
	for _, l := range d.Losses {
		if l.Loss == Changed {
			return
		}
	}
	for _, root := range d.Roots {
		if !plainToSops(root) {
			return
		}
	}
	first, err := d.Encode(YAML, Style{})
	if err != nil {
		t.Fatalf("what parsed is not written: %v\n%q", err, src)
	}
	again, err := Parse(YAML, first, ParseOptions{})
	if err != nil {
		t.Fatalf("what was written does not parse: %v\n%q\n%s", err, src, first)
	}
	if diff := diffValues(d, again); diff != "" {
		t.Fatalf("values: %s\n%q\n%s", diff, src, first)
	}
	if want, got := commentTexts(d), commentTexts(again); !slices.Equal(want, got) {
		t.Fatalf("comments: got %q, want %q\n%q\n%s", got, want, src, first)
	}
	second, err := again.Encode(YAML, Style{})
	if err != nil {
		t.Fatal(err)
	}
	third, err := Parse(YAML, second, ParseOptions{})
	if err != nil {
		t.Fatalf("what was written twice does not parse: %v\n%q", err, src)
	}
	if diff := diffValues(again, third); diff != "" {
		t.Fatalf("values, the second time: %s\n%q", diff, src)
	}
}

// diffValues compares the trees without their comments: sops moves these, and
// we do as it does. A whole float comes back as an integer.
func diffValues(a, b *Document) string {
	return diffDocuments(bare(a), bare(b), false)
}

func bare(d *Document) *Document {
	out := &Document{Format: d.Format}
	for _, root := range d.Roots {
		out.Roots = append(out.Roots, bareNode(root))
	}
	return out
}

func bareNode(n *Node) *Node {
	c := *n
	c.Items = nil
	if c.Kind == Int {
		c.Kind, c.Float, c.Int = Float, float64(c.Int), 0
	}
	for _, item := range n.Items {
		if item.Kind != Comment {
			c.Items = append(c.Items, bareNode(item))
		}
	}
	return &c
}

// TestYAMLLaw runs the law over the corpus, over generated documents and over
// damaged ones.
func TestYAMLLaw(t *testing.T) {
	docs := corpus(t)
	for _, src := range docs {
		checkYAMLLaw(t, []byte(src))
	}
	for seed := range uint64(1500) {
		m := newYAMLMaker(2_000_000+seed, 8)
		src := m.document()
		checkYAMLLaw(t, []byte(src))
		checkYAMLLaw(t, []byte(mutateYAML(m.Rand, src)))
		checkYAMLLaw(t, []byte(mutateYAML(m.Rand, nastyYAML[m.IntN(len(nastyYAML))])))
	}
}

// TestYAMLValues: one value as --extract prints it.
func TestYAMLValues(t *testing.T) {
	d := mustParseYAML(t, strings.Join([]string{
		"a: x", "b: |\n    one\n    two", "c: 1", "d: 1.5", "e: null", "f: {g: [1, {h: i}]}", "j: []", "k: {}", "l: '1'", "m: a b", "n: true", "o: 2024-01-02", "p: |4\n      x\n",
	}, "\n"))
	theirs := toSops(t, d)[0]
	for i, item := range d.Roots[0].Items {
		want, err := sopsEmitValue(theirs[i].Value)
		if err != nil {
			t.Fatal(err)
		}
		got, err := encodeYAMLValue(item, Style{YAMLIndent: 2})
		if err != nil || string(got) != want {
			t.Errorf("%s: got %q, %v, want %q", item.Key, got, err, want)
		}
	}
}
