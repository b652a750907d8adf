package encrypt

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

// Who could open a file and cannot any more: keys that are gone, groups that
// lost a member, thresholds that rose.
func TestDeparted(t *testing.T) {
	a, b, c, d := vaultKeyNamed("a"), vaultKeyNamed("b"), vaultKeyNamed("c"), vaultKeyNamed("d")
	slash := a
	slash.ID += "/"
	type gs = []policy.Group
	for _, x := range []struct {
		name      string
		before    gs
		threshold int
		after     gs
		then      int
		gone      bool
		keys      []policy.Key
	}{
		{"nothing changed", gs{{a, b}}, 0, gs{{a, b}}, 0, false, nil},
		{"another order", gs{{a, b}}, 0, gs{{b, a}}, 0, false, nil},
		{"one more", gs{{a}}, 0, gs{{a, b}}, 0, false, nil},
		{"one less", gs{{a, b}}, 0, gs{{a}}, 0, true, gs{{b}}[0]},
		{"one for another", gs{{a, b}}, 0, gs{{a, c}}, 0, true, gs{{b}}[0]},
		{"one that stood twice", gs{{a, b, a}}, 0, gs{{a, b}}, 0, false, nil},
		{"one that stood twice, otherwise written", gs{{a, slash, b}}, 0, gs{{b, slash}}, 0, false, nil},
		{"one that stood twice goes", gs{{a, slash, b}}, 0, gs{{b}}, 0, true, gs{{a}}[0]},
		{"a single key must be joined by another", gs{{a}}, 0, gs{{a}, {b}}, 0, true, nil},
		{"groups become one", gs{{a}, {b}}, 2, gs{{a, b}}, 0, false, nil},
		{"groups become one of them", gs{{a}, {b}}, 2, gs{{a}}, 0, true, gs{{b}}[0]},
		{"a threshold that falls", gs{{a}, {b}, {c}}, 3, gs{{a}, {b}, {c}}, 2, false, nil},
		{"a threshold that rises", gs{{a}, {b}, {c}}, 2, gs{{a}, {b}, {c}}, 3, true, nil},
		{"a threshold that rises since none is given", gs{{a}, {b}, {c}}, 2, gs{{a}, {b}, {c}}, 0, true, nil},
		{"all of two is two of two", gs{{a}, {b}}, 0, gs{{a}, {b}}, 2, false, nil},
		{"one more group, as many needed", gs{{a}, {b}}, 2, gs{{a}, {b}, {c}}, 2, false, nil},
		{"one more group, all needed", gs{{a}, {b}}, 2, gs{{a}, {b}, {c}}, 0, true, nil},
		{"one group less", gs{{a}, {b}, {c}}, 2, gs{{a}, {b}}, 2, true, gs{{c}}[0]},
		{"groups in another order", gs{{a, b}, {c}, {b}}, 2, gs{{b}, {a, b}, {c}}, 2, false, nil},
		{"each group grows", gs{{a}, {b}}, 2, gs{{b, d}, {a, c}}, 2, false, nil},
		{"a group loses a member that another has", gs{{a, b}, {b, c}}, 2, gs{{a}, {b, c}}, 2, true, nil},
		{"a member changes its group", gs{{a, b}, {c}}, 2, gs{{a}, {b, c}}, 2, true, nil},
		{"a group stood twice", gs{{a}, {a}}, 2, gs{{a}, {b}}, 2, true, nil},
		{"the only place for one is taken by another that has a second", gs{{a}, {a, b}}, 2, gs{{a, b}, {a}}, 2, false, nil},
		{"nobody could open it", nil, 0, gs{{a}, {b}}, 2, false, nil},
	} {
		t.Run(x.name, func(t *testing.T) {
			got := departed(readers{x.before, x.threshold}, readers{x.after, x.then})
			if (got != nil) != x.gone {
				t.Fatalf("somebody went: %t, want %t", got != nil, x.gone)
			}
			if got != nil && !slices.EqualFunc(got.Keys, x.keys, policy.Key.SameReader) {
				t.Errorf("gone are %q, want %q", ids(got.Keys...), ids(x.keys...))
			}
		})
	}
}

// dataKeyOf unwraps a file's data key, as its readers do.
func dataKeyOf(t *testing.T, sealed []byte, keys KeyService) []byte {
	t.Helper()
	_, meta, err := readSealed(yamlFile, sealed)
	if err != nil {
		t.Fatal(err)
	}
	key, err := unwrapDataKey(t.Context(), meta, nil, []KeyService{keys})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// opensNothing demands that a data key opens no value and no MAC of a file.
func opensNothing(t *testing.T, dataKey, sealed []byte) {
	t.Helper()
	tree, meta, err := readSealed(yamlFile, sealed)
	if err != nil {
		t.Fatal(err)
	}
	c, err := newValueCipher(dataKey)
	if err != nil {
		t.Fatal(err)
	}
	if (&Document{cipher: c}).shares(tree, meta) {
		t.Error("the old data key opens something of the new file")
	}
}

// Whoever goes has the data key from any old clone: it opens nothing of the
// file that takes the access away, however it does so.
func TestRekeyThatTakesAccessAwayTakesANewDataKey(t *testing.T) {
	a, b, c := vaultKeyNamed("a"), vaultKeyNamed("b"), vaultKeyNamed("c")
	one := func() (*policy.Rule, []byte, *paperKeys) { return paperSealed(t, a, b) }
	three := func() (*policy.Rule, []byte, *paperKeys) { return twoOfThree(t) }
	for _, x := range []struct {
		name      string
		seal      func() (*policy.Rule, []byte, *paperKeys)
		groups    []policy.Group
		threshold int
		keys      []policy.Key
	}{
		{"one of two", one, []policy.Group{{a}}, 0, []policy.Key{b}},
		{"one for another", one, []policy.Group{{c, a}}, 0, []policy.Key{b}},
		{"two groups", one, []policy.Group{{a}, {b}}, 2, nil},
		{"a group goes", three, []policy.Group{{a}, {b}}, 2, []policy.Key{c}},
		{"a higher threshold", three, []policy.Group{{a}, {b}, {c}}, 3, nil},
		{"one group of three", three, []policy.Group{{a}}, 0, []policy.Key{b, c}},
	} {
		t.Run(x.name, func(t *testing.T) {
			rule, sealed, keys := x.seal()
			old := dataKeyOf(t, sealed, keys)
			after := &policy.Rule{Groups: x.groups, Threshold: x.threshold}
			for _, locked := range []bool{true, false} {
				d := lockedDocument(t, rule, sealed, keys)
				if !locked {
					if err := d.openValues(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				if err := d.rekey(t.Context(), x.groups, x.threshold, keys); err != nil {
					t.Fatal(err)
				}
				out, err := d.Seal()
				if err != nil {
					t.Fatal(err)
				}
				opensNothing(t, old, out)
				if err := checkBytes(after, yamlFile, out); err != nil {
					t.Error(err)
				}
				if text := plaintextWith(t, out, after, keys); text != "a: canary\n" {
					t.Errorf("the file holds %q", text)
				}
				gone := d.Departure()
				if gone == nil || gone.Kept || gone.Count != 1 || !slices.Equal(gone.Values, []string{`["a"]`}) || !slices.EqualFunc(gone.Keys, x.keys, policy.Key.SameReader) {
					t.Errorf("the departure is told as %+v", gone)
				}

				kept := rekeyedWith(t, OpenOptions{KeepDataKey: true}, rule, sealed, keys, x.threshold, x.groups...)
				if !bytes.Equal(dataKeyOf(t, kept, keys), old) {
					t.Error("KeepDataKey took another data key")
				}
			}
		})
	}
}

// What was tampered with is not sealed anew: the new MAC would vouch for it.
func TestAWrongMACIsNotSealedAnew(t *testing.T) {
	a, b := vaultKeyNamed("a"), vaultKeyNamed("b")
	rule := &policy.Rule{Source: "test", Groups: []policy.Group{{a, b}}}
	keys := &paperKeys{}
	first, err := Seal(t.Context(), rule, yamlFile, []byte("x: canary\nplain_unencrypted: 1\n"), SealOptions{}, keys)
	if err != nil {
		t.Fatal(err)
	}
	sealed := bytes.Replace(first.Bytes, []byte("plain_unencrypted: 1"), []byte("plain_unencrypted: 2"), 1)
	groups := []policy.Group{{a}}
	for name, take := range map[string]func(*Document) error{
		"Rekey":  func(d *Document) error { return d.rekey(t.Context(), groups, 0, keys) },
		"Rotate": func(d *Document) error { return d.Rotate(t.Context(), groups, 0, keys) },
		"Renew": func(d *Document) error {
			d.meta.groups = [][]Wrapped{d.meta.groups[0][:1]}
			return d.Renew(t.Context(), nil, false, keys)
		},
	} {
		ignored, err := openBytes(t.Context(), rule, yamlFile, sealed, OpenOptions{IgnoreMAC: true}, keys)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range []*Document{lockedDocument(t, rule, sealed, keys), ignored} {
			var e *MACError
			if err := take(d); !errors.As(err, &e) {
				t.Errorf("%s: %v, want that the MAC does not match", name, err)
			}
		}
	}
}

// A new data key that cannot be wrapped for everybody who stays is none.
func TestANewDataKeyNeedsEveryKeyThatStays(t *testing.T) {
	a, b, c := vaultKeyNamed("a"), vaultKeyNamed("b"), vaultKeyNamed("c")
	rule, sealed, keys := paperSealed(t, a, b, c)
	keys.refuseWrap = ids(b)
	d := lockedDocument(t, rule, sealed, keys)
	var e *WrapError
	if err := d.rekey(t.Context(), []policy.Group{{a, b}}, 0, keys); !errors.As(err, &e) || !strings.Contains(err.Error(), b.ID) {
		t.Errorf("got %v, want an error that names b", err)
	}
	if out, err := d.Seal(); err != nil || !bytes.Equal(out, sealed) || d.Departure() != nil {
		t.Errorf("the document was changed: %v", err)
	}
}
