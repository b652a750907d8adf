package document

import (
	"fmt"
	"strings"
	"testing"

	"github.com/getsops/sops/v3"
	"github.com/getsops/sops/v3/config"
	sopsdotenv "github.com/getsops/sops/v3/stores/dotenv"
	sopsini "github.com/getsops/sops/v3/stores/ini"
	sopsjson "github.com/getsops/sops/v3/stores/json"
)

// sopsStore is what the stores of sops have in common.
type sopsStore interface {
	LoadPlainFile([]byte) (sops.TreeBranches, error)
	EmitPlainFile(sops.TreeBranches) ([]byte, error)
	EmitValue(any) ([]byte, error)
	LoadEncryptedFile([]byte) (sops.Tree, error)
	EmitEncryptedFile(sops.Tree) ([]byte, error)
}

func storeOf(f Format, style Style) sopsStore {
	switch f {
	case JSON:
		indent := -1
		if style.JSONIndentSet {
			indent = style.JSONIndent
		}
		return sopsjson.NewStore(&config.JSONStoreConfig{Indent: indent})
	case Dotenv:
		return sopsdotenv.NewStore(&config.DotenvStoreConfig{})
	case INI:
		return sopsini.NewStore(&config.INIStoreConfig{})
	}
	return sopsjson.NewBinaryStore(&config.JSONBinaryStoreConfig{Indent: -1})
}

// sopsDoes calls the oracle. A panic of sops counts as an error.
func sopsDoes[T any](f func() (T, error)) (out T, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return f()
}

var jsonStyles = []Style{{}, {JSONIndentSet: true}, {JSONIndentSet: true, JSONIndent: 1}, {JSONIndentSet: true, JSONIndent: 4}}

// sameAsSops holds our reading and writing of src to sops's.
func sameAsSops(t *testing.T, f Format, src string) *Document {
	t.Helper()
	theirs, err := sopsDoes(func() (sops.TreeBranches, error) { return storeOf(f, Style{}).LoadPlainFile([]byte(src)) })
	if err != nil {
		t.Fatalf("sops refuses the source: %v", err)
	}
	d, err := Parse(f, []byte(src), ParseOptions{})
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	if diff := diffSopsDocument(d, theirs); diff != "" {
		t.Fatalf("tree: %s", diff)
	}
	writtenAsSops(t, f, d)
	return d
}

// writtenAsSops holds our writing of a tree to sops's.
func writtenAsSops(t *testing.T, f Format, d *Document) {
	t.Helper()
	styles := jsonStyles
	if f != JSON {
		styles = styles[:1]
	}
	for _, style := range styles {
		want, err := sopsDoes(func() ([]byte, error) { return storeOf(f, style).EmitPlainFile(toSops(t, d)) })
		if err != nil {
			t.Fatalf("sops cannot write: %v", err)
		}
		got, err := d.Encode(f, style)
		if err != nil {
			t.Fatalf("Encode: %v", err)
		}
		if string(got) != string(want) {
			t.Fatalf("style %+v: got\n%q\nwant\n%q", style, got, want)
		}
	}
}

// readBack writes a document and reads it with both readers: ours and sops's
// must find the tree again.
func readBack(t *testing.T, f Format, d *Document, same func(a, b *Document) string) {
	t.Helper()
	out, err := d.Encode(f, Style{})
	if err != nil {
		t.Fatalf("Encode: %v", err)
	}
	again, err := Parse(f, out, ParseOptions{})
	if err != nil {
		t.Fatalf("reading back: %v\n%q", err, out)
	}
	if diff := same(d, again); diff != "" {
		t.Fatalf("read back: %s\n%q", diff, out)
	}
	theirs, err := sopsDoes(func() (sops.TreeBranches, error) { return storeOf(f, Style{}).LoadPlainFile(out) })
	if err != nil {
		t.Fatalf("sops cannot read what we wrote: %v\n%q", err, out)
	}
	if diff := diffSopsDocument(again, theirs); diff != "" {
		t.Fatalf("sops reads what we wrote otherwise: %s\n%q", diff, out)
	}
}

const canary = "hunter2canary"

// noCanary fails if an error quotes the source.
func noCanary(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), canary) {
		t.Errorf("the error quotes the source: %v", err)
	}
}

// refused checks that a source is refused, at a place and without a quotation.
func refused(t *testing.T, f Format, src, want string) {
	t.Helper()
	_, err := Parse(f, []byte(src), ParseOptions{})
	if err == nil {
		t.Errorf("%q is accepted", src)
		return
	}
	noCanary(t, err)
	if _, ok := err.(*SyntaxError); !ok {
		t.Errorf("%q: the error is a %T", src, err)
	}
	if !strings.Contains(err.Error(), want) {
		t.Errorf("%q: got error %q, want one with %q", src, err, want)
	}
}
