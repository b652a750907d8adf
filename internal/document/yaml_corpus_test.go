package document

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/txtar"
)

// corpus is the documents under testdata/yaml, by name.
func corpus(t testing.TB) map[string]string {
	files, err := filepath.Glob("testdata/yaml/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no corpus: %v", err)
	}
	docs := make(map[string]string)
	for _, file := range files {
		archive, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range archive.Files {
			name := strings.TrimSuffix(filepath.Base(file), ".txtar") + "/" + f.Name
			if _, ok := docs[name]; ok {
				t.Fatalf("%s occurs twice", name)
			}
			docs[name] = string(f.Data)
		}
	}
	return docs
}

// TestYAMLCorpus holds us to sops over documents as people write them.
func TestYAMLCorpus(t *testing.T) {
	for name, src := range corpus(t) {
		t.Run(name, func(t *testing.T) { checkAgainstSops(t, src) })
	}
}
