package policy

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/getsops/sops/v3/config"
)

// The example at the top of the repository is what people copy: both programs
// must take it, and read the same rules from it.
func TestExampleFile(t *testing.T) {
	const file = "../.sops.yaml.example"
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	p, err := Parse(FileName, src)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range p.Warnings {
		t.Errorf("warning: %s", w)
	}
	dir, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[*Rule]bool{}
	for _, path := range []string{"secrets/prod/db.yaml", "k8s/shop/db.secret.yaml", "config/app.json", "secrets/dev.env", "notes.txt"} {
		rule := p.Rule(path)
		if rule == nil {
			t.Errorf("%s: no rule", path)
			continue
		}
		seen[rule] = true
		theirs, err := config.LoadCreationRuleForFile(file, filepath.Join(dir, path), nil)
		if err != nil {
			t.Fatal(err)
		}
		compareRule(t, rule, theirs)
	}
	if len(seen) != len(p.Rules) {
		t.Errorf("%d of %d rules are tried", len(seen), len(p.Rules))
	}
	stores, err := config.LoadStoresConfig(file)
	if err != nil {
		t.Fatal(err)
	}
	if stores.YAML.Indent != p.Stores.YAMLIndent || stores.JSON.Indent != p.Stores.JSONIndent || stores.JSONBinary.Indent != p.Stores.JSONBinaryIndent {
		t.Errorf("stores %+v; sops %+v", p.Stores, *stores)
	}
}
