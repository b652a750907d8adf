package encrypt

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

// renewed sets a value and seals, as set does with what Git has of the file.
func renewed(t *testing.T, opts OpenOptions, rule *policy.Rule, sealed []byte, keys *paperKeys, always bool, earlier ...[]byte) ([]byte, *Departure, error) {
	t.Helper()
	d, err := openBytes(t.Context(), rule, yamlFile, sealed, opts, keys)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := d.Set(Path{"new"}, newText("later")); err != nil {
		t.Fatal(err)
	}
	if err := d.Renew(t.Context(), earlier, always, keys); err != nil {
		return nil, nil, err
	}
	out, err := d.Seal()
	if err != nil {
		t.Fatal(err)
	}
	return out, d.Departure(), nil
}

func TestRenewComparesWithEarlierForms(t *testing.T) {
	a, b := vaultKeyNamed("a"), vaultKeyNamed("b")
	rule, both, keys := paperSealed(t, a, b)
	alone := &policy.Rule{Source: "test", Groups: []policy.Group{{a}}}
	old := dataKeyOf(t, both, keys)
	// As sops removes b: the data key stays.
	removed := rekeyedWith(t, OpenOptions{KeepDataKey: true}, rule, both, keys, 0, policy.Group{a})

	t.Run("a reader went", func(t *testing.T) {
		out, gone, err := renewed(t, OpenOptions{}, alone, removed, keys, false, removed, both)
		if err != nil {
			t.Fatal(err)
		}
		opensNothing(t, old, out)
		if gone == nil || gone.Kept || !slices.Equal(ids(gone.Keys...), ids(b)) || gone.Count != 1 {
			t.Errorf("the departure is told as %+v", gone)
		}
		if text := plaintextWith(t, out, alone, keys); text != "a: canary\nnew: later\n" {
			t.Errorf("the file holds %q", text)
		}
	})
	t.Run("the data key is kept", func(t *testing.T) {
		out, gone, err := renewed(t, OpenOptions{KeepDataKey: true}, alone, removed, keys, false, both)
		if err != nil || gone == nil || !gone.Kept || !bytes.Equal(dataKeyOf(t, out, keys), old) {
			t.Errorf("%+v, %v", gone, err)
		}
	})
	t.Run("it is new already", func(t *testing.T) {
		fresh := rekeyed(t, rule, both, keys, 0, policy.Group{a})
		out, gone, err := renewed(t, OpenOptions{}, alone, fresh, keys, false, both)
		if err != nil || gone != nil || !bytes.Equal(dataKeyOf(t, out, keys), dataKeyOf(t, fresh, keys)) {
			t.Errorf("%+v, %v", gone, err)
		}
	})
	t.Run("the earlier form has a broken MAC", func(t *testing.T) {
		broken := bytes.Replace(both, []byte("    mac: ENC[AES256_GCM,data:"), []byte("    mac: ENC[AES256_GCM,data:AAAA"), 1)
		if bytes.Equal(broken, both) {
			t.Fatal("nothing was broken")
		}
		out, gone, err := renewed(t, OpenOptions{}, alone, removed, keys, false, broken)
		if err != nil || gone == nil {
			t.Fatalf("%+v, %v", gone, err)
		}
		opensNothing(t, old, out)
	})
	for name, earlier := range map[string][]byte{
		"nobody went": removed, "it was plaintext": []byte("a: canary\n"), "it was no YAML": []byte("a: [\n"), "it was empty": {},
	} {
		t.Run(name, func(t *testing.T) {
			out, gone, err := renewed(t, OpenOptions{}, alone, removed, keys, false, earlier)
			if err != nil || gone != nil || !bytes.Equal(dataKeyOf(t, out, keys), old) {
				t.Errorf("%+v, %v", gone, err)
			}
		})
	}
	t.Run("always", func(t *testing.T) {
		out, gone, err := renewed(t, OpenOptions{}, rule, both, keys, true)
		if err != nil || gone != nil {
			t.Fatalf("%+v, %v", gone, err)
		}
		opensNothing(t, old, out)
	})
}

// Anybody who can change a file can write himself into its metadata: a new data
// key is not wrapped for whom the rule does not name.
func TestRenewWrapsForNoStranger(t *testing.T) {
	a, b := vaultKeyNamed("a"), pgpKeyOf("B")
	_, sealed, keys := paperSealed(t, a, b)
	rule := &policy.Rule{Source: ".sops.yaml:1", Groups: []policy.Group{{a}}}
	var e *StrangerError
	if _, _, err := renewed(t, OpenOptions{}, rule, sealed, keys, true); !errors.As(err, &e) || e.Key.ID != b.ID {
		t.Errorf("got %v, want that b is a stranger", err)
	}
	if slices.Contains(keys.wraps, b.ID) {
		t.Error("a data key was wrapped for the stranger")
	}
	// Without a rule, or one that names no keys, there is nothing to compare with.
	for _, rule := range []*policy.Rule{nil, {Source: ".sops.yaml:1"}} {
		opts := OpenOptions{AllowVault: func(string) bool { return true }}
		if _, _, err := renewed(t, opts, rule, sealed, keys, true); err != nil {
			t.Error(err)
		}
	}
}

// Recipients can also go by editing the metadata that edit -s shows.
func TestMetadataThatLosesARecipient(t *testing.T) {
	a, b := vaultKeyNamed("a"), pgpKeyOf("B")
	rule, sealed, keys := paperSealed(t, a, b)
	old := dataKeyOf(t, sealed, keys)
	d, err := openBytes(t.Context(), rule, yamlFile, sealed, OpenOptions{}, keys)
	if err != nil {
		t.Fatal(err)
	}
	text, err := d.PlaintextWithMetadata()
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(text, []byte("    pgp:"))
	end := at + bytes.Index(text[at:], []byte("    unencrypted_suffix"))
	if changed, err := d.ReplaceWithMetadata(append(text[:at:at], text[end:]...), SealOptions{}); err != nil || !changed {
		t.Fatalf("%t, %v", changed, err)
	}
	if err := d.Renew(t.Context(), nil, false, keys); err != nil {
		t.Fatal(err)
	}
	out, err := d.Seal()
	if err != nil {
		t.Fatal(err)
	}
	opensNothing(t, old, out)
	if gone := d.Departure(); gone == nil || !slices.Equal(ids(gone.Keys...), ids(b)) {
		t.Errorf("the departure is told as %+v", gone)
	}
}
