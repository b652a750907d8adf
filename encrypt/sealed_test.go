package encrypt

import (
	"bytes"
	"context"
	"errors"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

// openBytes parses and opens a sealed file.
func openBytes(ctx context.Context, rule *policy.Rule, file File, sealed []byte, opts OpenOptions, keys ...KeyService) (*Document, error) {
	s, err := Parse(file, sealed)
	if err != nil {
		return nil, err
	}
	return s.Open(ctx, rule, opts, keys...)
}

// checkBytes parses and judges a sealed file.
func checkBytes(rule *policy.Rule, file File, sealed []byte) error {
	s, err := Parse(file, sealed)
	if err != nil {
		return err
	}
	return s.Check(rule)
}

// lockedDocument is the document that Rekey works on.
func lockedDocument(t *testing.T, rule *policy.Rule, sealed []byte, keys ...KeyService) *Document {
	t.Helper()
	s, err := Parse(yamlFile, sealed)
	if err != nil {
		t.Fatal(err)
	}
	d, err := s.locked(rule, OpenOptions{}, keys)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// Whatever was asked of a sealed file, it answers the same afterwards: Open
// decrypts the tree that it was read into.
func TestASealedFileStaysUsable(t *testing.T) {
	a, b := vaultKeyNamed("a"), vaultKeyNamed("b")
	rule, src, keys := paperSealed(t, a, b)
	alone := &policy.Rule{Source: "test", Groups: []policy.Group{{a}}}
	ask := map[string]func(*Sealed) error{
		"Open": func(s *Sealed) error {
			d, err := s.Open(t.Context(), rule, OpenOptions{}, keys)
			if err != nil {
				return err
			}
			text, err := d.Plaintext()
			if err == nil && string(text) != "a: canary\n" {
				t.Errorf("it opens to %q", text)
			}
			return err
		},
		"Open without a key": func(s *Sealed) error {
			if _, err := s.Open(t.Context(), rule, OpenOptions{}); err == nil {
				t.Error("it opens without a key")
			}
			return nil
		},
		"Rekey with a new data key": func(s *Sealed) error {
			out, err := s.Rekey(t.Context(), alone, OpenOptions{}, keys)
			if err == nil && (out.Unchanged || out.Departure == nil) {
				t.Errorf("got %+v", out)
			}
			return err
		},
		"Rekey": func(s *Sealed) error {
			out, err := s.Rekey(t.Context(), alone, OpenOptions{KeepDataKey: true}, keys)
			if err == nil {
				err = checkBytes(alone, yamlFile, out.Bytes)
			}
			return err
		},
		"Rekey with the same keys": func(s *Sealed) error {
			out, err := s.Rekey(t.Context(), rule, OpenOptions{}, keys)
			if err == nil && (!out.Unchanged || !bytes.Equal(out.Bytes, src)) {
				t.Error("the same keys change the file")
			}
			return err
		},
		"Check":       func(s *Sealed) error { return s.Check(rule) },
		"Check alone": func(s *Sealed) error { return s.Check(nil) },
		"Check of another rule": func(s *Sealed) error {
			var e *CheckError
			if err := s.Check(alone); !errors.As(err, &e) {
				t.Errorf("got %v", err)
			}
			return nil
		},
		"CheckValues": func(s *Sealed) error { return errors.Join(s.CheckValues(alone), s.CheckValues(nil)) },
		"AllSealed": func(s *Sealed) error {
			if !s.AllSealed() {
				return errors.New("not all is sealed")
			}
			return nil
		},
		"Values": func(s *Sealed) error {
			all, err := s.Values()
			if err == nil && (len(all) != 1 || !all[0].Encrypted || all[0].Length != len("canary")) {
				t.Errorf("got %v", all)
			}
			return err
		},
		"Info": func(s *Sealed) error {
			if info := s.Info(); len(info.Groups) != 1 || len(info.Groups[0]) != 2 || !info.HasMAC {
				t.Errorf("got %+v", info)
			}
			return nil
		},
	}
	for first, one := range ask {
		for then, two := range ask {
			s, err := Parse(yamlFile, src)
			if err != nil {
				t.Fatal(err)
			}
			if err := one(s); err != nil {
				t.Errorf("%s: %v", first, err)
			}
			if err := two(s); err != nil {
				t.Errorf("%s, after %s: %v", then, first, err)
			}
		}
	}
}

// One reading serves whatever is asked before the file is opened, and the opening.
func TestBytesAreReadOnce(t *testing.T) {
	rule := oracleRule(t, policy.NoSelector, "", false)
	for name, plain := range map[string]string{"f.yaml": "a: b\n", "f.json": `{"a": "b"}`, "f.env": "a=b\n", "f.ini": "[s]\na = b\n", "f": "b"} {
		s, err := Parse(FileAt(name), sealed(t, FileAt(name), plain, rule))
		if err != nil {
			t.Fatal(err)
		}
		tree := s.tree
		if err := errors.Join(s.Check(rule), s.Check(nil), s.CheckValues(nil)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if _, err := s.Values(); err != nil || !s.AllSealed() {
			t.Error(err)
		}
		if _, err := s.Open(t.Context(), rule, OpenOptions{}); err == nil {
			t.Error("it opens without a key")
		}
		d, err := s.Open(t.Context(), rule, OpenOptions{}, &fixedKey{oracleKey})
		if err != nil {
			t.Fatal(err)
		}
		if d.tree != tree {
			t.Errorf("%s was read again", name)
		}
	}
}

// A byte order mark that an editor put before the metadata hides nothing.
func TestMarkBeforeTheMetadata(t *testing.T) {
	rule := oracleRule(t, policy.NoSelector, "", false)
	lines := bytes.SplitAfter(sealed(t, FileAt("f.env"), "a=b\n", rule), []byte("\n"))
	src := append([]byte("\ufeff"), bytes.Join(append(lines[1:], lines[0]), nil)...)
	s, err := Parse(FileAt("f.env"), src)
	if err != nil {
		t.Fatal(err)
	}
	var e *CheckError
	if err := s.Check(rule); !errors.As(err, &e) || e.Violations[0].Kind != ViolationBytes {
		t.Errorf("got %v, want that the mark is refused", err)
	}
	d, err := s.Open(t.Context(), rule, OpenOptions{}, &fixedKey{oracleKey})
	if err != nil {
		t.Fatal(err)
	}
	if text, err := d.Plaintext(); err != nil || string(text) != "a=b\n" {
		t.Errorf("it opens to %q, %v", text, err)
	}
}

// Without a rule there is nobody to encrypt for.
func TestNoRule(t *testing.T) {
	if _, err := Seal(t.Context(), nil, yamlFile, []byte("a: b\n"), SealOptions{}); !errors.Is(err, ErrNoKeys) {
		t.Errorf("Seal: %v", err)
	}
	s, err := Parse(yamlFile, sealed(t, yamlFile, "a: b\n", oracleRule(t, policy.NoSelector, "", false)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Rekey(t.Context(), nil, OpenOptions{}); !errors.Is(err, ErrNoKeys) {
		t.Errorf("Rekey: %v", err)
	}
}

// What cannot be meant is refused before anything is changed: a step of another
// type, a negative threshold, a change of what was opened to be read.
func TestMisuseIsRefused(t *testing.T) {
	rule := oracleRule(t, policy.NoSelector, "", false)
	file := sealed(t, yamlFile, "a: one\n", rule)
	value, err := ParseValue([]byte(`"two"`))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []any{int64(1), 1.5, nil, commentStep{}} {
		d := opened(t, yamlFile, file)
		var bad *PathError
		if changed, err := d.Set(Path{step}, value); changed || !errors.As(err, &bad) {
			t.Errorf("Set(%T): %v, %v", step, changed, err)
		}
		if err := d.Unset(Path{"a", step}); !errors.As(err, &bad) {
			t.Errorf("Unset(%T): %v", step, err)
		}
		if d.Changed() {
			t.Errorf("%T changed the document", step)
		}
	}
	rule.Threshold = -1
	if err := opened(t, yamlFile, file).Rotate(t.Context(), rule.Groups, rule.Threshold, &fixedKey{oracleKey}); err == nil {
		t.Error("Rotate takes a negative threshold")
	}
	d, err := openBytes(t.Context(), nil, yamlFile, file, OpenOptions{ReadOnly: true}, &fixedKey{oracleKey})
	if err != nil {
		t.Fatal(err)
	}
	if out, err := d.Seal(); err != nil || !bytes.Equal(out, file) {
		t.Errorf("Seal of what did not change: %v", err)
	}
	if _, err := d.Set(Path{"a"}, value); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Seal(); !errors.Is(err, errReadOnly) {
		t.Errorf("Seal of a document that was opened to be read: %v", err)
	}
}

// The reason of a single key can be asked for, of either direction.
func TestReasonsOfKeysAreAtHand(t *testing.T) {
	for _, err := range []error{
		&WrapError{[]KeyFailure{{Err: context.Canceled}}},
		&UnwrapError{Groups: [][]KeyFailure{{{Err: context.Canceled}}}},
	} {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%T hides its reason", err)
		}
	}
}
