package encrypt

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

// paperSealed seals for one group of keys.
func paperSealed(t *testing.T, group ...policy.Key) (*policy.Rule, []byte, *paperKeys) {
	t.Helper()
	rule := &policy.Rule{Source: "test", Groups: []policy.Group{group}}
	keys := &paperKeys{}
	out, err := Seal(t.Context(), rule, yamlFile, []byte("a: canary\n"), SealOptions{}, keys)
	if err != nil {
		t.Fatal(err)
	}
	keys.forget()
	return rule, out.Bytes, keys
}

// rekeyed gives the file other groups.
func rekeyed(t *testing.T, rule *policy.Rule, sealed []byte, keys *paperKeys, threshold int, groups ...policy.Group) []byte {
	t.Helper()
	return rekeyedWith(t, OpenOptions{}, rule, sealed, keys, threshold, groups...)
}

func rekeyedWith(t *testing.T, opts OpenOptions, rule *policy.Rule, sealed []byte, keys *paperKeys, threshold int, groups ...policy.Group) []byte {
	t.Helper()
	s, err := Parse(yamlFile, sealed)
	if err != nil {
		t.Fatal(err)
	}
	wanted := *rule
	wanted.Groups, wanted.Threshold = groups, threshold
	opts.AllowVault = func(string) bool { return true } // of groups that the wanted rule does not name
	out, err := s.Rekey(t.Context(), &wanted, opts, keys)
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes
}

func ids(keys ...policy.Key) []string {
	var out []string
	for _, k := range keys {
		out = append(out, k.ID)
	}
	return out
}

func wantAsked(t *testing.T, keys *paperKeys, unwraps, wraps []string) {
	t.Helper()
	if !slices.Equal(keys.unwraps, unwraps) {
		t.Errorf("asked to unwrap: %q, want %q", keys.unwraps, unwraps)
	}
	slices.Sort(keys.wraps) // those that are a network away are asked at once
	slices.Sort(wraps)
	if !slices.Equal(keys.wraps, wraps) {
		t.Errorf("asked to wrap: %q, want %q", keys.wraps, wraps)
	}
}

func TestRekeyWithTheOldDataKeyAsksNobodyForARemoval(t *testing.T) {
	a, b, c := vaultKeyNamed("a"), pgpKeyOf("B"), vaultKeyNamed("c")
	rule, sealed, keys := paperSealed(t, a, b, c)
	out := rekeyedWith(t, OpenOptions{KeepDataKey: true}, rule, sealed, keys, 0, policy.Group{c, a})
	wantAsked(t, keys, nil, nil)
	after := &policy.Rule{Groups: []policy.Group{{a, c}}}
	if err := checkBytes(after, yamlFile, out); err != nil {
		t.Error(err)
	}
	if bytes.Contains(out, []byte(b.ID)) {
		t.Error("the key is still there")
	}
	// Values and MAC stay byte for byte: only lines of the key go.
	old := strings.Split(string(sealed), "\n")
	for _, line := range strings.Split(string(out), "\n") {
		if !slices.Contains(old, line) {
			t.Errorf("a line that was not there: %s", line)
		}
	}
	if _, err := openBytes(t.Context(), after, yamlFile, out, OpenOptions{}, keys); err != nil {
		t.Error(err)
	}
}

func TestRekeyAsksOnlyNewKeys(t *testing.T) {
	a, b, c, d := vaultKeyNamed("a"), vaultKeyNamed("b"), vaultKeyNamed("c"), pgpKeyOf("D")
	rule, sealed, keys := paperSealed(t, a, b)
	out := rekeyed(t, rule, sealed, keys, 0, policy.Group{a, b, c, d})
	wantAsked(t, keys, ids(a), ids(c, d))
	_, before, err := readSealed(yamlFile, sealed)
	if err != nil {
		t.Fatal(err)
	}
	_, after, err := readSealed(yamlFile, out)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := after.groups[0][0], before.groups[0][0]; got.Enc != want.Enc || !got.Created.Equal(want.Created) {
		t.Errorf("the key that stays was changed: %v, want %v", got, want)
	}
	for _, only := range []policy.Key{a, b, c, d} {
		keys.refuse = ids(a, b, c, d)
		keys.refuse = slices.DeleteFunc(keys.refuse, func(id string) bool { return id == only.ID })
		rule := &policy.Rule{Groups: []policy.Group{{a, b, c, d}}}
		if _, err := openBytes(t.Context(), rule, yamlFile, out, OpenOptions{}, keys); err != nil {
			t.Errorf("with %s alone: %v", only.ID, err)
		}
	}
}

func TestRekeyWithTheSameKeysIsNothing(t *testing.T) {
	a, b := vaultKeyNamed("a"), vaultKeyNamed("b")
	rule, sealed, keys := paperSealed(t, a, b)
	out := rekeyed(t, rule, sealed, keys, 0, policy.Group{b, a})
	wantAsked(t, keys, nil, nil)
	if !bytes.Equal(out, sealed) {
		t.Error("the file was written anew")
	}
}

// Shares belong together: where there are several groups, all are made anew.
func TestRekeySeveralGroups(t *testing.T) {
	a, b, c := vaultKeyNamed("a"), vaultKeyNamed("b"), vaultKeyNamed("c")
	rule, sealed, keys := twoOfThree(t)
	if out := rekeyed(t, rule, sealed, keys, 2, rule.Groups...); !bytes.Equal(out, sealed) {
		t.Error("the same groups: the file was written anew")
	}
	wantAsked(t, keys, nil, nil)

	three := rekeyed(t, rule, sealed, keys, 3, rule.Groups...)
	wantAsked(t, keys, ids(a, b), ids(a, b, c))
	keys.refuse = ids(c)
	var e *UnwrapError
	if _, err := openBytes(t.Context(), rule, yamlFile, three, OpenOptions{}, keys); !errors.As(err, &e) || e.Needed != 3 || e.Got != 2 {
		t.Errorf("two of three opened what asks for three: %v", err)
	}
	keys.refuse = nil
	keys.forget()

	one := rekeyed(t, rule, three, keys, 0, policy.Group{a})
	wantAsked(t, keys, ids(a, b, c), ids(a))
	keys.forget()
	if text := plaintextWith(t, one, rule, keys); text != "a: canary\n" {
		t.Errorf("one group: %q", text)
	}
	if bytes.Contains(one, []byte("key_groups")) {
		t.Errorf("one group is not written flat:\n%s", one)
	}
}

func plaintextWith(t *testing.T, sealed []byte, rule *policy.Rule, keys KeyService) string {
	t.Helper()
	d, err := openBytes(t.Context(), rule, yamlFile, sealed, OpenOptions{}, keys)
	if err != nil {
		t.Fatal(err)
	}
	text, err := d.Plaintext()
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A key that cannot be wrapped for leaves the document as it was.
func TestRekeyFailsWhole(t *testing.T) {
	a, b := vaultKeyNamed("a"), vaultKeyNamed("b")
	rule, sealed, keys := paperSealed(t, a)
	d := lockedDocument(t, rule, sealed, keys)
	keys.refuseWrap = ids(b)
	var e *WrapError
	if err := d.rekey(t.Context(), []policy.Group{{a, b}}, 0, keys); !errors.As(err, &e) || len(e.Keys) != 1 || e.Keys[0].Key.ID != b.ID {
		t.Errorf("got %v, want that b cannot be wrapped for", err)
	}
	if err := d.rekey(t.Context(), nil, 0, keys); !errors.Is(err, ErrNoKeys) {
		t.Errorf("no groups: %v", err)
	}
	if err := d.rekey(t.Context(), []policy.Group{{}}, 0, keys); !errors.Is(err, ErrNoKeys) {
		t.Errorf("an empty group: %v", err)
	}
	if out, err := d.Seal(); err != nil || !bytes.Equal(out, sealed) {
		t.Errorf("the document was changed: %v", err)
	}
}

func TestRotateMakesANewDataKey(t *testing.T) {
	a := vaultKeyNamed("a")
	rule, sealed, keys := paperSealed(t, a)
	d, err := openBytes(t.Context(), rule, yamlFile, sealed, OpenOptions{}, keys)
	if err != nil {
		t.Fatal(err)
	}
	old := d.dataKey
	if err := d.Rotate(t.Context(), rule.Groups, 0, keys); err != nil {
		t.Fatal(err)
	}
	out, err := d.Seal()
	if err != nil {
		t.Fatal(err)
	}
	wantAsked(t, keys, ids(a), ids(a))
	_, meta, err := readSealed(yamlFile, out)
	if err != nil {
		t.Fatal(err)
	}
	fresh, err := keys.Unwrap(t.Context(), meta.groups[0][0])
	if err != nil || bytes.Equal(fresh, old) || len(fresh) != dataKeySize {
		t.Errorf("the data key is the old one, or none: %v", err)
	}
	for _, c := range ciphertexts(t, yamlFile, sealed) {
		if bytes.Contains(out, []byte(c.text)) {
			t.Errorf("a ciphertext of the old key stays: %s", c.text)
		}
	}
	if text := plaintextWith(t, out, rule, keys); text != "a: canary\n" {
		t.Errorf("got %q", text)
	}
	// Whoever kept the old data key opens nothing of the new file.
	if _, err := openBytes(t.Context(), nil, yamlFile, out, OpenOptions{AllowVault: func(string) bool { return true }}, &fixedKey{old}); err == nil {
		t.Error("the old data key opens the new file")
	}
}

func TestOrderOfDecryption(t *testing.T) {
	vault, vault2, pgp, pgp2 := vaultKeyNamed("a"), vaultKeyNamed("b"), pgpKeyOf("C"), pgpKeyOf("D")
	gcp := policy.Key{Type: policy.GCPKMS, ID: "projects/p/locations/global/keyRings/r/cryptoKeys/k"}
	age := policy.Key{Type: policy.Age, ID: oracleRecipient}
	all := []policy.Key{vault, pgp, gcp, vault2, age, pgp2}
	for _, c := range []struct {
		name   string
		order  []policy.KeyType
		prefer []string
		want   []string
	}{
		{"age and pgp first, then as the file is read", nil, nil, ids(age, pgp, pgp2, gcp, vault, vault2)},
		{"as given", []policy.KeyType{policy.VaultKey, policy.GCPKMS}, nil, ids(vault, vault2, gcp, pgp, pgp2, age)},
		{"an empty order is that of the file", []policy.KeyType{}, nil, ids(gcp, vault, vault2, pgp, pgp2, age)},
		{"what is surely there comes first in its type", nil, ids(pgp2), ids(age, pgp2, pgp, gcp, vault, vault2)},
		{"but no type overtakes another", []policy.KeyType{policy.PGP}, ids(vault2, pgp2), ids(pgp2, pgp, vault2, gcp, vault, age)},
	} {
		t.Run(c.name, func(t *testing.T) {
			rule, sealed, keys := paperSealed(t, all...)
			keys.prefer, keys.refuse = c.prefer, ids(all...)
			_, err := openBytes(t.Context(), rule, yamlFile, sealed, OpenOptions{Order: c.order}, keys)
			if !errors.Is(err, errPaper) {
				t.Errorf("got %v, want the refusal of every key", err)
			}
			if !slices.Equal(keys.unwraps, c.want) {
				t.Errorf("asked\n%q, want\n%q", keys.unwraps, c.want)
			}
			// The first that opens is the last that is asked.
			keys.forget()
			keys.refuse = c.want[:2]
			if _, err := openBytes(t.Context(), rule, yamlFile, sealed, OpenOptions{Order: c.order}, keys); err != nil || !slices.Equal(keys.unwraps, c.want[:3]) {
				t.Errorf("asked %q, %v, want %q", keys.unwraps, err, c.want[:3])
			}
		})
	}
}
