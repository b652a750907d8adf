package archtest

import (
	"bytes"
	"go/importer"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// public are the rooms that other modules import, with all below them.
var public = []string{"policy", "encrypt", "keys", "hooks"}

// What another module cannot name, it cannot make, keep or hand on: no exported signature of
// a public package names a type of internal/.
func TestPublicSignatures(t *testing.T) {
	exports := exportData(t)
	load := importer.ForCompiler(token.NewFileSet(), "gc", func(path string) (io.ReadCloser, error) {
		return os.Open(exports[path])
	})
	checked := 0
	for path := range exports {
		here, ours := strings.CutPrefix(path, module+"/")
		if !ours || !under(here, public) {
			continue
		}
		pkg, err := load.Import(path)
		if err != nil {
			t.Fatal(err)
		}
		checked++
		s := &signatures{pkg: pkg, seen: map[types.Type]bool{}}
		for _, name := range pkg.Scope().Names() {
			if obj := pkg.Scope().Lookup(name); obj.Exported() {
				s.object(obj)
			}
		}
		for _, words := range s.found {
			t.Errorf("%s: %s", here, words)
		}
	}
	if checked < 3 {
		t.Errorf("%d public packages were checked", checked)
	}
}

// exportData is where the compiler has put what the packages of the module export.
func exportData(t *testing.T) map[string]string {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-deps", "-f", "{{.ImportPath}} {{.Export}}", "./...")
	cmd.Dir = root
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v: %s", err, said.String())
	}
	files := map[string]string{}
	for line := range strings.Lines(string(out)) {
		if path, file, _ := strings.Cut(strings.TrimSpace(line), " "); file != "" {
			files[path] = file
		}
	}
	return files
}

// signatures walks what a package exports.
type signatures struct {
	pkg   *types.Package
	where string
	seen  map[types.Type]bool
	found []string
}

func (s *signatures) object(obj types.Object) {
	s.where = obj.Name()
	if named, ok := types.Unalias(obj.Type()).(*types.Named); ok && named.Obj() == obj {
		s.inside(named)
		return
	}
	s.walk(obj.Type())
}

// inside looks at what can be reached through a type of the package itself.
func (s *signatures) inside(named *types.Named) {
	if s.seen[named] {
		return
	}
	s.seen[named] = true
	s.walk(named.Underlying())
	for m := range named.Methods() {
		if m.Exported() {
			s.where = named.Obj().Name() + "." + m.Name()
			s.walk(m.Type())
		}
	}
	for param := range named.TypeParams().TypeParams() {
		s.walk(param.Constraint())
	}
}

func (s *signatures) named(named *types.Named) {
	obj := named.Obj()
	switch {
	case obj.Pkg() == nil: // error, comparable
	case strings.HasPrefix(obj.Pkg().Path(), module+"/internal/"):
		s.found = append(s.found, s.where+" names "+obj.Pkg().Name()+"."+obj.Name())
	case obj.Pkg() == s.pkg && !obj.Exported():
		s.inside(named)
	}
	for arg := range named.TypeArgs().Types() {
		s.walk(arg)
	}
}

func (s *signatures) walk(t types.Type) {
	switch t := types.Unalias(t).(type) {
	case *types.Named:
		s.named(t)
	case *types.Signature:
		for v := range t.Params().Variables() {
			s.walk(v.Type())
		}
		for v := range t.Results().Variables() {
			s.walk(v.Type())
		}
	case *types.Struct:
		for f := range t.Fields() {
			if f.Exported() || f.Embedded() { // what is embedded lends its methods
				s.walk(f.Type())
			}
		}
	case *types.Interface:
		for m := range t.Methods() {
			s.walk(m.Type())
		}
	case *types.Map:
		s.walk(t.Key())
		s.walk(t.Elem())
	case interface{ Elem() types.Type }: // a pointer, a slice, an array, a channel
		s.walk(t.Elem())
	}
}
