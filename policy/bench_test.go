package policy

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// rules returns a policy of n rules, four lines each.
func rules(n int) []byte {
	var b strings.Builder
	b.WriteString("creation_rules:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - path_regex: ^secrets%d/.*\\.yaml$\n%s    pgp: 85D77543B3D624B63CEA9E6DBC17301B491B3F21\n    encrypted_regex: ^(data|stringData|s%d)$\n", i, oneKey, i)
	}
	return []byte(b.String())
}

// A program reads a policy at each start: this is a common one of 20 lines.
func BenchmarkParse(b *testing.B) {
	src := rules(5)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(FileName, src); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParse1000Rules(b *testing.B) {
	src := rules(1000)
	b.SetBytes(int64(len(src)))
	for b.Loop() {
		if _, err := Parse(FileName, src); err != nil {
			b.Fatal(err)
		}
	}
}

// A hook asks for the rule of each file that changed.
func BenchmarkResolver(b *testing.B) {
	r := NewResolver(fstest.MapFS{FileName: {Data: rules(20)}})
	b.ReportAllocs()
	for b.Loop() {
		if rule, err := r.Rule("secrets19/deep/in/a/tree/db.yaml"); rule == nil || err != nil {
			b.Fatal(err)
		}
	}
}
