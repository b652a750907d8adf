package equivalence

import (
	"os"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/scan/equivalence/scan"
)

// corpus is size bytes of Go's own source, in files.
func corpus(b *testing.B, size int) (texts []string, total int) {
	for _, path := range sources(b) {
		src, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		texts = append(texts, string(src))
		if total += len(src); total >= size {
			break
		}
	}
	return texts, total
}

func BenchmarkGitleaks(b *testing.B) {
	texts, total := corpus(b, 2<<20)
	d := newDetector(b)
	d.MaxDecodeDepth = 2
	b.SetBytes(int64(total))
	for b.Loop() {
		for _, text := range texts {
			d.DetectString(text)
		}
	}
}

func BenchmarkScan(b *testing.B) {
	texts, total := corpus(b, 2<<20)
	s := scan.New(scan.Options{})
	b.SetBytes(int64(total))
	b.ReportAllocs()
	for b.Loop() {
		for _, text := range texts {
			s.Scan("a.go", []byte(text))
		}
	}
}

// The first scan of a process: what rules need is made here.
func BenchmarkGitleaksStart(b *testing.B) {
	for b.Loop() {
		newDetector(b).DetectString("nothing")
	}
}
