package equivalence

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/zricethezav/gitleaks/v8/cmd/generate/config/utils"

	"github.com/gitsecrets/gitsecrets/internal/scan/equivalence/scan"
)

// The examples that gitleaks' rules come with, good and bad, written out in
// their source. Those that are computed there are computed by synthetic_test.go.
func TestExamples(t *testing.T) {
	d, s := newDetector(t), scan.New(scan.Options{})
	n, hits := 0, 0
	for _, text := range literals(t) {
		for _, name := range names(text) {
			diffs, rules := differ(t, d, s, name, text)
			for _, diff := range diffs {
				t.Errorf("%s: %v in %q as %q", diff.who, diff.found, text, name)
			}
			hits += len(rules)
			n++
		}
	}
	if n < 2000 || hits < 1000 {
		t.Errorf("only %d examples with %d findings", n, hits)
	}
	t.Logf("%d examples, %d findings", n, hits)
}

// names are the paths to try: those that a rule could ask for.
func names(text string) []string {
	switch {
	case strings.Contains(text, "kind"):
		return []string{"a.yaml"}
	case strings.Contains(text, "password"), strings.Contains(text, "Password"):
		return []string{"main.tf", "nuget.config"}
	case strings.Contains(text, "secret_key"):
		return []string{"x.php"}
	}
	return []string{""}
}

// literals returns the strings in the source of gitleaks' rules, and what its
// generator of samples makes of the short ones.
func literals(t *testing.T) []string {
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/zricethezav/gitleaks/v8").Output()
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(dir)), "cmd", "generate", "config", "rules", "*.go"))
	if err != nil || len(files) < 100 {
		t.Fatalf("%d files of rules (%v)", len(files), err)
	}
	var all []string
	for _, path := range files {
		if filepath.Base(path) == "stopwords.go" {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, text)
			if len(text) >= 16 && len(text) < 120 && !strings.ContainsAny(text, " \n") {
				all = append(all, utils.GenerateSampleSecrets("service", text)...)
			}
			return true
		})
	}
	return all
}
