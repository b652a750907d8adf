package encrypt

import (
	"fmt"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/policy"
)

// nestedPlain has n values in maps of ten, as sops prints them.
func nestedPlain(n int) string {
	var b strings.Builder
	for i := range n / 10 {
		fmt.Fprintf(&b, "group%d:\n", i)
		for j := range 10 {
			fmt.Fprintf(&b, "    key%d: value of some length %d\n", j, i*j)
		}
	}
	return b.String()
}

func BenchmarkSealNested(b *testing.B) {
	plain := []byte(nestedPlain(10_000))
	rule := oracleRule(b, policy.NoSelector, "", false)
	b.SetBytes(int64(len(plain)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Seal(b.Context(), rule, yamlFile, plain, SealOptions{}, &fixedKey{oracleKey}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkOpenNested(b *testing.B) {
	rule := oracleRule(b, policy.NoSelector, "", false)
	out := sealed(b, yamlFile, nestedPlain(10_000), rule)
	b.SetBytes(int64(len(out)))
	b.ReportAllocs()
	for b.Loop() {
		d, err := openBytes(b.Context(), rule, yamlFile, out, OpenOptions{}, &fixedKey{oracleKey})
		if err != nil {
			b.Fatal(err)
		}
		if _, err := d.Plaintext(); err != nil {
			b.Fatal(err)
		}
	}
}
