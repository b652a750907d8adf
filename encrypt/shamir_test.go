package encrypt

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

func vaultKeyNamed(name string) policy.Key {
	return policy.Key{Type: policy.VaultKey, ID: "https://vault.example/v1/transit/keys/" + name}
}

func pgpKeyOf(digit string) policy.Key {
	return policy.Key{Type: policy.PGP, ID: strings.Repeat(digit, 40)}
}

// groupRule has one key in each group.
func groupRule(threshold int, keys ...policy.Key) *policy.Rule {
	rule := &policy.Rule{Source: "test", Threshold: threshold}
	for _, k := range keys {
		rule.Groups = append(rule.Groups, policy.Group{k})
	}
	return rule
}

// twoOfThree seals a file for three groups, two of which open it.
func twoOfThree(t *testing.T) (*policy.Rule, []byte, *paperKeys) {
	t.Helper()
	rule := groupRule(2, vaultKeyNamed("a"), vaultKeyNamed("b"), vaultKeyNamed("c"))
	keys := &paperKeys{}
	out, err := Seal(t.Context(), rule, yamlFile, []byte("a: canary\n"), SealOptions{}, keys)
	if err != nil {
		t.Fatal(err)
	}
	keys.forget()
	return rule, out.Bytes, keys
}

func TestAnyTwoOfThreeGroupsOpen(t *testing.T) {
	rule, sealed, keys := twoOfThree(t)
	for i, g := range rule.Groups {
		for _, missing := range []int{-1, i} {
			keys.refuse = nil
			if missing >= 0 {
				keys.refuse = []string{g[0].ID}
			}
			d, err := openBytes(t.Context(), rule, yamlFile, sealed, OpenOptions{}, keys)
			if err != nil {
				t.Fatalf("without group %d: %v", missing, err)
			}
			if text, err := d.Plaintext(); err != nil || string(text) != "a: canary\n" {
				t.Errorf("without group %d: %q, %v", missing, text, err)
			}
		}
	}
}

// Which group stands first is nothing to the shares.
func TestGroupsInAnyOrder(t *testing.T) {
	rule, sealed, keys := twoOfThree(t)
	for _, order := range [][]int{{0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		_, meta, err := readSealed(yamlFile, sealed)
		if err != nil {
			t.Fatal(err)
		}
		moved := groupRule(2)
		var groups [][]Wrapped
		for _, i := range order {
			groups, moved.Groups = append(groups, meta.groups[i]), append(moved.Groups, rule.Groups[i])
		}
		got, err := unwrapDataKey(t.Context(), &metadata{groups: groups, threshold: 2}, nil, []KeyService{keys})
		if err != nil {
			t.Fatalf("%v: %v", order, err)
		}
		want, err := unwrapDataKey(t.Context(), meta, nil, []KeyService{keys})
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v: another data key, %v", order, err)
		}
	}
}

// With enough groups open no more are asked.
func TestNoMoreGroupsAreAskedThanNeeded(t *testing.T) {
	rule, sealed, keys := twoOfThree(t)
	if _, err := openBytes(t.Context(), rule, yamlFile, sealed, OpenOptions{}, keys); err != nil {
		t.Fatal(err)
	}
	if want := []string{rule.Groups[0][0].ID, rule.Groups[1][0].ID}; !slices.Equal(keys.unwraps, want) {
		t.Errorf("asked %q, want %q", keys.unwraps, want)
	}
}

func TestTooFewGroups(t *testing.T) {
	rule, sealed, keys := twoOfThree(t)
	keys.refuse = []string{rule.Groups[0][0].ID, rule.Groups[2][0].ID}
	_, err := openBytes(t.Context(), rule, yamlFile, sealed, OpenOptions{}, keys)
	var e *UnwrapError
	if !errors.As(err, &e) || e.Got != 1 || e.Needed != 2 || len(e.Groups) != 3 {
		t.Fatalf("got %T %v", err, err)
	}
	if !errors.Is(err, errPaper) {
		t.Errorf("%v does not lead to its reason", err)
	}
	for _, want := range []string{"1 of 3 key groups opened, 2 needed", rule.Groups[0][0].ID, rule.Groups[2][0].ID, errPaper.Error()} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	if strings.Contains(err.Error(), rule.Groups[1][0].ID) {
		t.Errorf("%q blames a key that opened", err)
	}
}

// A share that was exchanged for another gives no data key, or one that opens
// nothing: never a plaintext, and no panic.
func TestABadShare(t *testing.T) {
	rule, sealed, keys := twoOfThree(t)
	_, meta, err := readSealed(yamlFile, sealed)
	if err != nil {
		t.Fatal(err)
	}
	share := func(i int) []byte {
		part, err := keys.Unwrap(t.Context(), meta.groups[i][0])
		if err != nil {
			t.Fatal(err)
		}
		return part
	}
	good := meta.groups[0][0].Enc
	changed := share(0)
	changed[3] ^= 1
	for name, bad := range map[string][]byte{
		"changed": changed, "that of another group": share(1), "cut": share(0)[:20], "one byte": {7},
		"longer": append(share(0), 1), "a share of 0": make([]byte, 33),
	} {
		t.Run(name, func(t *testing.T) {
			file := bytes.Replace(sealed, []byte(good), []byte(onPaper(rule.Groups[0][0], bad)), 1)
			if bytes.Equal(file, sealed) {
				t.Fatal("the share was not exchanged")
			}
			d, err := openBytes(t.Context(), rule, yamlFile, file, OpenOptions{}, keys)
			if err == nil {
				t.Fatalf("it opened to %v", d.tree)
			}
			if strings.Contains(err.Error(), "canary") {
				t.Errorf("the error quotes: %v", err)
			}
			// Without the bad group the file opens.
			keys.refuse = []string{rule.Groups[0][0].ID}
			defer func() { keys.refuse = nil }()
			if _, err := openBytes(t.Context(), rule, yamlFile, file, OpenOptions{}, keys); err != nil {
				t.Errorf("without the bad group: %v", err)
			}
		})
	}
}

// One share tells nothing: no group's share is the data key.
func TestAShareIsNotTheDataKey(t *testing.T) {
	_, sealed, keys := twoOfThree(t)
	_, meta, err := readSealed(yamlFile, sealed)
	if err != nil {
		t.Fatal(err)
	}
	dataKey, err := unwrapDataKey(t.Context(), meta, nil, []KeyService{keys})
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range meta.groups {
		part, err := keys.Unwrap(t.Context(), g[0])
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(part, dataKey) {
			t.Errorf("group %d holds the data key itself", i)
		}
	}
}

func TestThresholdsThatCannotBe(t *testing.T) {
	for _, threshold := range []int{-1, 1, 4} {
		rule := groupRule(threshold, vaultKeyNamed("a"), vaultKeyNamed("b"), vaultKeyNamed("c"))
		if _, err := Seal(t.Context(), rule, yamlFile, []byte("a: canary\n"), SealOptions{}, &paperKeys{}); err == nil {
			t.Errorf("a threshold of %d of 3 was sealed", threshold)
		}
	}
}
