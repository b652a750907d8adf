package policy

import (
	"strings"
	"testing"
	"testing/fstest"
)

func TestResolver(t *testing.T) {
	rule := func(path string) string { return "creation_rules:\n  - path_regex: " + path + "\n" + oneKey }
	tree := fstest.MapFS{
		".sops.yaml":           {Data: []byte(rule(`^(secrets|sub)/|^top`))},
		"sub/.sops.yaml":       {Data: []byte(rule(`^secrets/`))},
		"broken/.sops.yaml":    {Data: []byte("creation_rules:\n  - path_regx: x\n")},
		"folder/.sops.yaml/x":  {Data: []byte("")},
		"yml/.sops.yml":        {Data: []byte("")},
		"sub/secrets/deep/a.y": {Data: []byte("")},
	}
	r := NewResolver(tree)
	for path, want := range map[string]bool{
		"secrets/a.yaml":         true,
		"top.yaml":               true,
		"other.yaml":             false,
		"sub/a.yaml":             false, // the nearer policy says nothing of it
		"sub/secrets/deep/a.yml": true,
		"sub/.sops.yaml":         false,
		".sops.yaml":             false,
		"yml/x":                  false,
	} {
		got, err := r.Rule(path)
		if err != nil || (got != nil) != want {
			t.Errorf("%s: governed %t, %v; want %t", path, got != nil, err, want)
		}
	}
	for _, path := range []string{"broken/a", "broken/deep/a", "folder/a", "../a", "/a"} {
		if rule, err := r.Rule(path); err == nil || rule != nil {
			t.Errorf("%s: %v, %v; want an error", path, rule, err)
		}
	}
	if w := r.Warnings(); len(w) != 1 || !strings.Contains(w[0], "yml/.sops.yml") {
		t.Errorf("warnings %q", w)
	}
}
