package document

import (
	"fmt"
	"strings"
	"testing"
)

const sealedValue = "ENC[AES256_GCM,data:bm90IGEgcmVhbCBvbmU=,iv:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=,tag:AAAAAAAAAAAAAAAAAAAAAA==,type:str]"

// nestedYAML has n sealed values, ten in each map.
func nestedYAML(n int) string {
	var b strings.Builder
	for i := range n / 10 {
		fmt.Fprintf(&b, "group%d:\n", i)
		for j := range 10 {
			fmt.Fprintf(&b, "    key%d: %s\n", j, sealedValue)
		}
	}
	return b.String()
}

// wideYAML has n sealed values in one map.
func wideYAML(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "key%d: %s\n", i, sealedValue)
	}
	return b.String()
}

func benchmarkParseYAML(b *testing.B, src string) {
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(YAML, []byte(src), ParseOptions{}); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkEncodeYAML(b *testing.B, src string) {
	d := mustParseYAML(b, src)
	b.SetBytes(int64(len(src)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := d.Encode(YAML, Style{}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkYAMLParseNested(b *testing.B)  { benchmarkParseYAML(b, nestedYAML(10_000)) }
func BenchmarkYAMLParseWide(b *testing.B)    { benchmarkParseYAML(b, wideYAML(100_000)) }
func BenchmarkYAMLEncodeNested(b *testing.B) { benchmarkEncodeYAML(b, nestedYAML(10_000)) }
func BenchmarkYAMLEncodeWide(b *testing.B)   { benchmarkEncodeYAML(b, wideYAML(100_000)) }

// The next two pay for one anchor, which sends the source to the library.
func BenchmarkYAMLParseGeneral(b *testing.B) {
	benchmarkParseYAML(b, nestedYAML(10_000)+"x: &y z\n")
}

func BenchmarkYAMLEncodeGeneral(b *testing.B) {
	d := mustParseYAML(b, nestedYAML(10_000))
	for b.Loop() {
		if _, err := generalEncodeYAML(d.Roots, 4); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkYAMLSops is what sops takes for the nested file, read and written.
func BenchmarkYAMLSops(b *testing.B) {
	src := nestedYAML(10_000)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		branches, err := sopsLoad(src)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := sopsEmit(branches, 4); err != nil {
			b.Fatal(err)
		}
	}
}
