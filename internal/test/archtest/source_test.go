package archtest

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/gitsecrets/gitsecrets"

// sourceFile is one Go file of the module, whatever its build constraints.
type sourceFile struct {
	path  string // from the module's root, with slashes
	room  string // the folder, from the module's root
	lines int
	ast   *ast.File
}

func (f *sourceFile) isTest() bool { return strings.HasSuffix(f.path, "_test.go") }

// imports returns the import paths.
func (f *sourceFile) imports(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, spec := range f.ast.Imports {
		path, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatalf("%s: %v", f.path, err)
		}
		paths = append(paths, path)
	}
	return paths
}

var root = filepath.Join("..", "..", "..")

// sources parses every Go file of the module.
func sources(t *testing.T) (*token.FileSet, []*sourceFile) {
	t.Helper()
	fset := token.NewFileSet()
	var files []*sourceFile
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "bin") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		src, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		parsed, err := parser.ParseFile(fset, path, src, parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		rel = filepath.ToSlash(rel)
		room := "."
		if i := strings.LastIndexByte(rel, '/'); i >= 0 {
			room = rel[:i]
		}
		files = append(files, &sourceFile{path: rel, room: room, lines: bytes.Count(src, []byte("\n")), ast: parsed})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("no Go files found")
	}
	return fset, files
}
