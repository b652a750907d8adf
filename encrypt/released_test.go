package encrypt

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// What releases of sops wrote is judged to be whole by what it says of itself:
// as it is, and as people and formatters leave it.
func TestCheckPassesWhatSopsWrote(t *testing.T) {
	files := 0
	err := filepath.WalkDir("../testdata/sops", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		src, err := os.ReadFile(name)
		if err != nil || !bytes.Contains(src, []byte("ENC[")) {
			return err
		}
		files++
		file := FileAt(name)
		for how, src := range respellings(file, src) {
			f, err := Parse(file, src)
			if err == nil {
				err = f.Check(nil)
			}
			if err != nil {
				t.Errorf("%s, %s: %v", name, how, err)
			}
		}
		return nil
	})
	if err != nil || files < 60 {
		t.Fatalf("%d files, %v", files, err)
	}
}

// respellings are what a file may have become without harm.
func respellings(file File, src []byte) map[string][]byte {
	all := map[string][]byte{"as it is": src, "with an empty line": append(bytes.Clone(src), '\n')}
	crlf := bytes.ReplaceAll(src, []byte("\n"), []byte("\r\n"))
	switch file.Input {
	case YAML:
		all["with a directive"] = append([]byte("%YAML 1.1\n---\n"), src...)
		all["with marks"] = append(append([]byte("---\n"), src...), "...\n"...)
		all["with a byte order mark"] = append([]byte("\ufeff"), src...)
		all["with CRLF"] = crlf
	case INI, JSON:
		all["with CRLF"] = crlf
	}
	return all
}
