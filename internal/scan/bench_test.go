package scan

import (
	"fmt"
	"strings"
	"testing"
)

// source is text like that of a repository: names, assignments, prose, some digests.
func source(f faker, size int) []byte {
	var b strings.Builder
	for n := 0; b.Len() < size; n++ {
		fmt.Fprintf(&b, "// keyFor returns the token of an access list; see https://example.com/api/%d.\n", n)
		fmt.Fprintf(&b, "func (s *store) keyFor%d(secretName string, auth *Auth) (key string, err error) {\n", n)
		fmt.Fprintf(&b, "\tvalue, ok := s.values[secretName+\"/%x\"]\n\tif !ok {\n\t\treturn \"\", fmt.Errorf(\"no key: %%s\", secretName)\n\t}\n", f.Uint32())
		fmt.Fprintf(&b, "\tkey = strings.TrimSpace(value.Data.password)\n\treturn key, nil\n}\n\n")
		if n%20 == 0 {
			fmt.Fprintf(&b, "// sha256:%x%x%x%x\n", f.Uint64(), f.Uint64(), f.Uint64(), f.Uint64())
		}
	}
	return []byte(b.String()[:size])
}

func BenchmarkScan(b *testing.B) {
	f := newFaker(41)
	sops := strings.Repeat("password: "+f.sops(30)+"\n", 5000)
	for name, src := range map[string][]byte{"file of 4.9 KB": source(f, 4900), "code": source(f, 4<<20), "ciphertext": []byte(sops), "binary": f.bytes(4 << 20),
		"base64": []byte(f.base64(3 << 20))} {
		b.Run(name, func(b *testing.B) {
			s := New(Options{})
			b.SetBytes(int64(len(src)))
			b.ReportAllocs()
			for b.Loop() {
				s.Scan("dir/file.yaml", src)
			}
		})
	}
}

// What the first scan of a process makes, but for the expressions.
func BenchmarkCatalog(b *testing.B) {
	b.ReportAllocs()
	words := theCatalog().words
	for b.Loop() {
		newAutomaton(words)
	}
}
