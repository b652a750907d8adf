package encrypt

import (
	"bytes"
	mathrand "math/rand/v2"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/document"
	"github.com/gitsecrets/gitsecrets/policy"
)

// FuzzMetadata reads whatever stands in a file. Nothing of it may panic, and
// what is accepted is written back and reads the same.
func FuzzMetadata(f *testing.F) {
	// Small seeds: a large one that is interesting keeps the fuzzer busy for a
	// minute with making it smaller.
	keys := wrappedKeys()
	for i, format := range formats5() {
		m := newMetadata()
		m.mac = "x"
		for j, w := range keys {
			w.Enc = "x\n"
			m.groups, m.threshold = [][]Wrapped{{w}}, j%2
			m.bare, m.selector = false, selector(f, policy.SelectorKind(1+j%6), "a")
			ours, _ := emitBoth(f, format, m)
			f.Add(byte(i), ours)
		}
		m.groups, m.threshold = [][]Wrapped{keys[10:11], keys[3:4]}, 2
		m.groups[0][0].Enc, m.macOnly = "y", true
		ours, _ := emitBoth(f, format, m)
		f.Add(byte(i), ours)
	}
	f.Add(byte(0), []byte("a: b\nsops:\n    age: {recipient: x}\n    lastmodified: 2024-01-01T00:00:00Z\n    shamir_threshold: \"0x1\"\n    mac: 1.5\n"))
	f.Add(byte(0), []byte("a: b\nsops: &a\n    age: [*a]\n    lastmodified: 2024-01-01T00:00:00Z\n"))
	f.Add(byte(2), []byte("sops_age__list_0__map_enc=x\nsops_age__list_1=\nsops_lastmodified=2024-01-01T00:00:00Z\n"))
	f.Fuzz(func(t *testing.T, format byte, data []byte) {
		file := File{Input: formats5()[int(format)%5]}
		if _, meta, err := readSealed(file, bytes.Clone(data)); err == nil {
			keepsMetadata(t, file.Input, meta)
		}
		if sealed, err := Parse(file, data); err == nil {
			_ = sealed.Check(nil)
			_ = sealed.AllSealed()
		}
	})
}

// keepsMetadata writes m in a format and reads it again.
func keepsMetadata(t *testing.T, f Format, m *metadata) {
	m.version = readableVersion(m.version) // all others are replaced
	t.Helper()
	tree := &document.Document{Format: document.Format(f), Roots: []*document.Node{{Kind: document.Map}}}
	if f == Binary {
		tree.Roots[0].Items = []*document.Node{{Kind: document.String, Key: "data", Text: "x"}}
	}
	d := &Document{file: File{Output: f}, meta: m}
	out, err := d.encode(tree)
	if err != nil {
		t.Fatalf("%s: %v of\n%s", f, err, describe(m))
	}
	_, again, err := readSealed(File{Input: f}, out)
	if err != nil {
		t.Fatalf("%s: %v in\n%s", f, err, out)
	}
	if got, want := describe(again), describe(m); got != want {
		t.Fatalf("%s: got\n%s\nwant\n%s\nfrom\n%s", f, got, want, out)
	}
}

// Metadata whose parts are replaced, doubled, removed and renamed at random.
func TestHostileMetadata(t *testing.T) {
	accepted := 0
	for seed := range uint64(4000) {
		r := mathrand.New(mathrand.NewPCG(seed, 3))
		m := newMetadata()
		m.bare, m.selector = false, selector(t, policy.UnencryptedRegex, "^a$")
		keys := wrappedKeys()
		m.groups = [][]Wrapped{keys[:6], keys[6:]}[:1+r.IntN(2)]
		root := m.node()
		for range 1 + r.IntN(3) {
			mutate(r, root)
		}
		got, err := readMetadata(root)
		if err != nil {
			continue
		}
		accepted++
		for _, f := range formats5() {
			// In the flat formats sops writes a line break as a backslash and
			// an n: they cannot hold these two signs themselves.
			if flat := f == Dotenv || f == INI; !flat || !strings.Contains(describe(got), `\\n`) {
				keepsMetadata(t, f, got)
			}
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
	if accepted < 400 {
		t.Errorf("only %d of the files were accepted: the test tests little", accepted)
	}
}

// mutate changes one node at or below n.
func mutate(r *mathrand.Rand, n *document.Node) {
	for len(n.Items) > 0 && r.IntN(5) > 0 {
		i := r.IntN(len(n.Items))
		item := n.Items[i]
		switch r.IntN(12) {
		case 0:
			n.Items = append(n.Items[:i:i], n.Items[i+1:]...)
			return
		case 1:
			n.Items = append(n.Items, item)
			return
		case 2:
			item.Key = n.Items[r.IntN(len(n.Items))].Key
			return
		case 3:
			item.Key = []string{"", "sops", "age", "key_groups", "a__list_0", "x y", "é", "context"}[r.IntN(8)]
			return
		}
		n = item
	}
	texts := []string{"", "true", "1", "-1", "0x2", "2024-02-30T00:00:00Z", "2024-02-28T00:00:00+23:59", "\n", "\\n", "a\\\\nb", "é\u2028\u0085", "[", "(", "'", "\"", "#x", " x ", "a=b", "ENC[", "\t", "null", "~", "/keys/", "/v1/keys/keys/", "%(a)s"}
	fresh := document.Node{Key: n.Key}
	switch r.IntN(9) {
	case 0:
		fresh.Kind = document.Null
	case 1:
		fresh.Kind, fresh.Int = document.Int, []int64{0, 1, -1, 2, 1 << 40, -1 << 63}[r.IntN(6)]
	case 2:
		fresh.Kind, fresh.Float = document.Float, []float64{0, 1, -1.5, 1e300}[r.IntN(4)]
	case 3:
		fresh.Kind, fresh.Bool = document.Bool, r.IntN(2) == 0
	case 4:
		fresh.Kind = document.List
	case 5:
		fresh.Kind = document.Map
	case 6:
		at := created
		fresh.Kind, fresh.Time = document.Time, &at
	default:
		fresh.Kind, fresh.Text = document.String, texts[r.IntN(len(texts))]
	}
	*n = fresh
}
