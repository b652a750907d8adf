package archtest

import (
	"go/ast"
	"go/token"
	"strings"
	"testing"
)

// maxLines is how long a file may be, tests too.
const maxLines = 400

func TestFileLength(t *testing.T) {
	_, files := sources(t)
	for _, f := range files {
		limit := maxLines
		if f.path == "cmd/gitsecrets/main.go" {
			limit = 60
		}
		if f.lines > limit {
			t.Errorf("%s has %d lines, more than %d: more than one idea", f.path, f.lines, limit)
		}
	}
}

func TestNoInit(t *testing.T) {
	fset, files := sources(t)
	for _, f := range files {
		for _, decl := range f.ast.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				t.Errorf("%s: func init", fset.Position(fn.Pos()))
			}
		}
	}
}

// Only the program, internal/cli, touches the process: its environment, its streams, its end.
func TestProcessBelongsToCmd(t *testing.T) {
	banned := map[string]bool{"Getenv": true, "LookupEnv": true, "Environ": true, "ExpandEnv": true,
		"Setenv": true, "Exit": true, "Args": true, "Stdin": true, "Stdout": true, "Stderr": true}
	fset, files := sources(t)
	for _, f := range files {
		if f.isTest() || !under(f.room, []string{"policy", "internal/document", "encrypt", "keys", "hooks", "internal/ci", "internal/githooks", "internal/identity", "internal/report", "internal/batch", "internal/atomicfile"}) {
			continue
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if pkg, ok := sel.X.(*ast.Ident); ok && pkg.Name == "os" && pkg.Obj == nil && banned[sel.Sel.Name] {
					t.Errorf("%s: os.%s belongs to internal/cli", fset.Position(sel.Pos()), sel.Sel.Name)
				}
			}
			return true
		})
	}
}

// Package variables are constants that Go cannot spell: nothing assigns to
// them, or to their elements, or takes their address.
func TestNoMutablePackageVariables(t *testing.T) {
	fset, files := sources(t)
	vars := map[string]map[string]*ast.ValueSpec{} // room, name
	for _, f := range files {
		if f.isTest() {
			continue
		}
		for _, decl := range f.ast.Decls {
			gen, ok := decl.(*ast.GenDecl)
			if !ok || gen.Tok != token.VAR {
				continue
			}
			for _, spec := range gen.Specs {
				spec := spec.(*ast.ValueSpec)
				for _, name := range spec.Names {
					if name.Name == "_" {
						continue
					}
					if vars[f.room] == nil {
						vars[f.room] = map[string]*ast.ValueSpec{}
					}
					vars[f.room][name.Name] = spec
				}
			}
		}
	}
	for _, f := range files {
		if f.isTest() {
			continue
		}
		check := func(what string, e ast.Expr) {
			name := baseName(e)
			if name == nil {
				return
			}
			spec, ok := vars[f.room][name.Name]
			if !ok || name.Obj != nil && name.Obj.Decl != spec {
				return // not a package variable, or hidden by another one
			}
			t.Errorf("%s: %s the package variable %s", fset.Position(name.Pos()), what, name.Name)
		}
		ast.Inspect(f.ast, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.AssignStmt:
				if n.Tok != token.DEFINE {
					for _, e := range n.Lhs {
						check("assigns to", e)
					}
				}
			case *ast.IncDecStmt:
				check("assigns to", n.X)
			case *ast.UnaryExpr:
				if n.Op == token.AND {
					check("takes the address of", n.X)
				}
			case *ast.CallExpr:
				if fn, ok := n.Fun.(*ast.Ident); ok && (fn.Name == "delete" || fn.Name == "clear") && len(n.Args) > 0 {
					check("empties", n.Args[0])
				}
			}
			return true
		})
	}
}

// baseName returns the variable that an expression like v.f[i] starts with.
func baseName(e ast.Expr) *ast.Ident {
	for {
		switch x := e.(type) {
		case *ast.Ident:
			return x
		case *ast.SelectorExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.ParenExpr:
			e = x.X
		case *ast.StarExpr:
			e = x.X
		default:
			return nil
		}
	}
}

func TestEveryPackageSaysWhatItIs(t *testing.T) {
	_, files := sources(t)
	documented := map[string]bool{}
	for _, f := range files {
		if f.isTest() {
			continue
		}
		documented[f.room] = documented[f.room] || strings.TrimSpace(f.ast.Doc.Text()) != ""
	}
	for room, ok := range documented {
		if !ok {
			t.Errorf("%s has no package comment", room)
		}
	}
}
