package archtest

import (
	"go/ast"
	"testing"
)

// What the program says to people goes through words, say, warnf and
// printError, which take keys out of it: a path in a message may be one. These
// files write to a stream themselves: the ways named above, what a verb was asked to print
// (values, an identity, a script, true or false), and a question.
var streamWriters = map[string]bool{
	"app.go": true, "exit.go": true, "cmd_completion.go": true, "file.go": true,
	"cijob/cmd_decrypt.go": true, "cijob/cmd_export.go": true, "cijob/cmd_mask.go": true,
	"files/cmd_filestatus.go": true, "files/cmd_keygen.go": true, "files/cmd_updatekeys.go": true,
}

func TestMessagesGoThroughOnePlace(t *testing.T) {
	fset, files := sources(t)
	isStream := func(e ast.Expr) bool {
		sel, ok := e.(*ast.SelectorExpr)
		return ok && (sel.Sel.Name == "Stdout" || sel.Sel.Name == "Stderr")
	}
	const program = "internal/cli"
	found := map[string]bool{}
	for _, f := range files {
		if f.isTest() || !under(f.room, []string{program}) {
			continue
		}
		name := f.path[len(program)+1:]
		ast.Inspect(f.ast, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			fun, ok := call.Fun.(*ast.SelectorExpr)
			if ok && isStream(fun.X) || len(call.Args) > 0 && isStream(call.Args[0]) {
				found[name] = true
				if !streamWriters[name] {
					t.Errorf("%s: print by a.Words(), a.Say or a.Warnf: they quote no key", fset.Position(call.Pos()))
				}
			}
			return true
		})
	}
	for name := range streamWriters {
		if !found[name] {
			t.Errorf("%s writes to no stream: take it off the list", name)
		}
	}
}
