package document

import (
	"fmt"
	"strings"
	"testing"
)

// wide is a source with n keys in one map.
func wide(f Format, n int) []byte {
	const value = "ENC[AES256_GCM,data:Ar1f/8oLeA==,iv:lp3J47cXoI5vASDt8t0ar4USm+es0jLYbVbdkU1vJho=,tag:P9WzcwCAzEXaV0b/0aU6yA==,type:str]"
	var b strings.Builder
	b.WriteString(map[Format]string{JSON: "{\n", INI: "[s]\n"}[f])
	for i := range n {
		switch f {
		case JSON:
			fmt.Fprintf(&b, "\t\"key_%d\": \"%s\"%s\n", i, value, []string{",", ""}[(i+1)/n])
		case INI:
			fmt.Fprintf(&b, "key_%d = %s\n", i, value)
		default:
			fmt.Fprintf(&b, "key_%d=%s\n", i, value)
		}
	}
	b.WriteString(map[Format]string{JSON: "}\n"}[f])
	return []byte(b.String())
}

func large(f Format, size int) []byte {
	value := strings.Repeat("Ar1f8oLe", size/8)
	switch f {
	case JSON:
		return []byte(`{"data":"` + value + `"}`)
	case INI:
		return []byte("[s]\nk=" + value)
	}
	return []byte("k=" + value)
}

func BenchmarkFlat(b *testing.B) {
	for _, f := range []Format{JSON, Dotenv, INI} {
		for _, c := range []struct {
			name string
			src  []byte
		}{{"100000keys", wide(f, 100_000)}, {"100keys", wide(f, 100)}, {"100MB", large(f, 100<<20)}} {
			b.Run(fmt.Sprintf("%v/%s/parse", f, c.name), func(b *testing.B) {
				b.SetBytes(int64(len(c.src)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := Parse(f, c.src, ParseOptions{}); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.Run(fmt.Sprintf("%v/%s/encode", f, c.name), func(b *testing.B) {
				d, err := Parse(f, c.src, ParseOptions{})
				if err != nil {
					b.Fatal(err)
				}
				b.SetBytes(int64(len(c.src)))
				b.ReportAllocs()
				for b.Loop() {
					if _, err := d.Encode(f, Style{}); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
