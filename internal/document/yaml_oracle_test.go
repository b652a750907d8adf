package document

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"
	sopsyaml "github.com/getsops/sops/v3/stores/yaml"
)

// sopsLoad reads a source as sops does. A panic of sops counts as an error.
func sopsLoad(src string) (b sops.TreeBranches, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return sopsyaml.NewStore(&config.YAMLStoreConfig{}).LoadPlainFile([]byte(src))
}

func sopsEmit(b sops.TreeBranches, indent int) (out string, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	data, err := sopsyaml.NewStore(&config.YAMLStoreConfig{Indent: indent}).EmitPlainFile(b)
	return string(data), err
}

func sopsEmitValue(v any) (string, error) {
	out, err := sopsyaml.NewStore(&config.YAMLStoreConfig{}).EmitValue(v)
	return string(out), err
}

// withoutFirst takes from a comment of several lines the signs that stand alone
// in the first of them, as sops does: then it panics.
func withoutFirst(text string) string {
	first, _, several := strings.Cut(text, "\n")
	if !several || first == "" || strings.Trim(first, first[:1]+" ") != "" || strings.IndexByte("#;", first[0]) < 0 {
		return text
	}
	return strings.TrimLeft(text, first[:1]+" ")
}

// diffSops says where our tree differs from sops's; "" if nowhere.
func diffSops(ours *Node, theirs any, path string) string {
	differ := func(want any) string {
		return fmt.Sprintf("%s: got kind %d, want %T", path, ours.Kind, want)
	}
	same := false
	switch v := theirs.(type) {
	case nil:
		same = ours.Kind == Null
	case string:
		same = ours.Kind == String && ours.Text == v
	case int:
		same = ours.Kind == Int && ours.Int == int64(v)
	case float64:
		same = ours.Kind == Float && (ours.Float == v || math.IsNaN(v) && math.IsNaN(ours.Float))
	case bool:
		same = ours.Kind == Bool && ours.Bool == v
	case time.Time:
		same = ours.Kind == Time && ours.Time.Equal(v)
	case sops.Comment:
		same = ours.Kind == Comment && withoutFirst(ours.Text) == v.Value && ours.Inline == v.Inline
	case []any:
		if ours.Kind != List || len(ours.Items) != len(v) {
			return fmt.Sprintf("%s: got kind %d with %d items, want a list of %d", path, ours.Kind, len(ours.Items), len(v))
		}
		for i := range v {
			if d := diffSops(ours.Items[i], v[i], fmt.Sprintf("%s[%d]", path, i)); d != "" {
				return d
			}
		}
		return ""
	case sops.TreeBranch:
		if ours.Kind != Map || len(ours.Items) != len(v) {
			return fmt.Sprintf("%s: got kind %d with %d items, want a map of %d", path, ours.Kind, len(ours.Items), len(v))
		}
		for i := range v {
			item := ours.Items[i]
			switch key := v[i].Key.(type) {
			case sops.Comment:
				if item.Kind != Comment || withoutFirst(item.Text) != key.Value || item.Inline != key.Inline {
					return fmt.Sprintf("%s: item %d: got kind %d %q inline=%v, want comment %q inline=%v", path, i, item.Kind, item.Text, item.Inline, key.Value, key.Inline)
				}
				continue
			case string:
				if item.Kind == Comment || item.BadKey || item.Key != key {
					return fmt.Sprintf("%s: item %d: got key %q, want %q", path, i, item.Key, key)
				}
			default:
				if !item.BadKey {
					return fmt.Sprintf("%s: item %d: got key %q, want one of type %T", path, i, item.Key, key)
				}
			}
			if d := diffSops(item, v[i].Value, path+"."+item.Key); d != "" {
				return d
			}
		}
		return ""
	default:
		same = ours.Kind == Other
	}
	if !same {
		return differ(theirs)
	}
	return ""
}

func diffSopsDocument(d *Document, theirs sops.TreeBranches) string {
	if len(d.Roots) != len(theirs) {
		return fmt.Sprintf("got %d documents, want %d", len(d.Roots), len(theirs))
	}
	for i := range theirs {
		if len(theirs[i]) == 0 && allComments(d.Roots[i].Items) {
			continue // sops drops a comment behind a document that is null
		}
		if diff := diffSops(d.Roots[i], theirs[i], fmt.Sprint(i)); diff != "" {
			return diff
		}
	}
	return ""
}

func allComments(items []*Node) bool {
	return !slices.ContainsFunc(items, func(n *Node) bool { return n.Kind != Comment })
}

// diffTrees says where two of our trees differ, positions and losses included
// if places is set.
func diffTrees(a, b *Node, places bool, path string) string {
	switch {
	case a.Kind != b.Kind, a.Text != b.Text, a.Int != b.Int, a.Bool != b.Bool,
		a.Float != b.Float && !(math.IsNaN(a.Float) && math.IsNaN(b.Float)),
		a.Inline != b.Inline, a.BadKey != b.BadKey, a.Merge != b.Merge, a.Key != b.Key,
		(a.Time == nil) != (b.Time == nil), a.Time != nil && !a.Time.Equal(*b.Time):
		return fmt.Sprintf("%s: %+v and %+v", path, *a, *b)
	case places && (a.Pos != b.Pos || a.KeyPos != b.KeyPos || a.Loss != b.Loss):
		return fmt.Sprintf("%s: at %v key %v loss %d, and at %v key %v loss %d", path, a.Pos, a.KeyPos, a.Loss, b.Pos, b.KeyPos, b.Loss)
	case len(a.Items) != len(b.Items):
		return fmt.Sprintf("%s: %d and %d items", path, len(a.Items), len(b.Items))
	}
	for i := range a.Items {
		if d := diffTrees(a.Items[i], b.Items[i], places, fmt.Sprintf("%s.%d", path, i)); d != "" {
			return d
		}
	}
	return ""
}

func diffDocuments(a, b *Document, places bool) string {
	if len(a.Roots) != len(b.Roots) {
		return fmt.Sprintf("%d and %d documents", len(a.Roots), len(b.Roots))
	}
	for i := range a.Roots {
		if d := diffTrees(a.Roots[i], b.Roots[i], places, fmt.Sprint(i)); d != "" {
			return d
		}
	}
	if !places {
		return ""
	}
	if len(a.Losses) != len(b.Losses) {
		return fmt.Sprintf("%d and %d losses", len(a.Losses), len(b.Losses))
	}
	for i := range a.Losses {
		if a.Losses[i] != b.Losses[i] {
			return fmt.Sprintf("losses %+v and %+v", a.Losses[i], b.Losses[i])
		}
	}
	return ""
}

// ourWay is what we write in place of what sops writes.
func ourWay(s string) string { return strings.ReplaceAll(s, "!!merge <<:", "<<:") }

// plainToSops reports whether sops can hold the tree at all.
func plainToSops(n *Node) bool {
	if n.Kind == Other || n.BadKey {
		return false
	}
	for _, item := range n.Items {
		if !plainToSops(item) {
			return false
		}
	}
	return true
}

// misHinted reports whether sops would write a block under n, in column at,
// whose indentation hint is wrong; we put quotes there.
func misHinted(n *Node, at, indent int) bool {
	own := nextStop(at, indent)
	if n.Kind == List {
		own = at + 2
	}
	return slicesAny(n.Items, func(item *Node) bool {
		if item.Kind == String && strings.Contains(item.Text, "\n") && misledByHint(item.Text) && own-at != indent {
			return true
		}
		return misHinted(item, own, indent)
	})
}

// misplaced reports whether sops would write a comment to a wrong place: one
// beside a map or list, behind such a one in a list, or within an empty one.
func misplaced(n *Node) bool {
	if onlyComments(n) {
		return true
	}
	var inline, block bool // the last comment, the last value
	for _, item := range n.Items {
		if item.Kind == Comment {
			inline = inline || item.Inline
			continue
		}
		block = len(item.Items) > 0
		if inline && block || misplaced(item) {
			return true
		}
		inline = false
	}
	return n.Kind == List && block && len(n.Items) > 0 && n.Items[len(n.Items)-1].Kind == Comment
}

func slicesAny(list []*Node, f func(*Node) bool) bool { return slices.ContainsFunc(list, f) }

// checkAgainstSops holds our reading and writing of src to sops's.
func checkAgainstSops(t *testing.T, src string) {
	t.Helper()
	theirs, err := sopsLoad(src)
	if err != nil {
		t.Fatalf("sops refuses the source: %v", err)
	}
	d, err := Parse(YAML, []byte(src), ParseOptions{})
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	if diff := diffSopsDocument(d, theirs); diff != "" {
		t.Fatalf("tree: %s", diff)
	}
	for _, root := range d.Roots {
		if !plainToSops(root) {
			return
		}
	}
	for indent := range 11 {
		width, err := yamlIndent(Style{YAMLIndent: indent})
		if err != nil {
			t.Fatal(err)
		}
		if slicesAny(d.Roots, func(n *Node) bool { return misHinted(n, 0, width) || misplaced(n) }) {
			continue
		}
		want, err := sopsEmit(toSops(t, d), indent)
		if err != nil {
			t.Fatalf("sops cannot write: %v", err)
		}
		got, err := d.Encode(YAML, Style{YAMLIndent: indent})
		if err != nil {
			t.Fatalf("Encode: %v", err)
		}
		if string(got) != ourWay(want) {
			t.Fatalf("indent %d: got\n%s\nwant\n%s", indent, got, ourWay(want))
		}
	}
}
