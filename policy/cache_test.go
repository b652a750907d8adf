package policy

import (
	"fmt"
	"sync"
	"testing"
	"testing/fstest"
)

func TestCache(t *testing.T) {
	tree := func(name, text string) fstest.MapFS {
		return fstest.MapFS{name: &fstest.MapFile{Data: []byte(text)}}
	}
	const rules = "creation_rules:\n  - path_regex: ^a\n    age: age1lzd99uklcjnc0e7d860axevet2cz99ce9pq6tzuzd05l5nr28ams36nvun\n"
	var c Cache
	policyOf := func(tree fstest.MapFS, file string) *Policy {
		p, _, err := c.NewResolver(tree).Policy(file)
		if err != nil || p == nil {
			t.Fatalf("%s: got %v, %v", file, p, err)
		}
		return p
	}
	first := policyOf(tree(".sops.yaml", rules), "a")
	if policyOf(tree(".sops.yaml", rules), "a") != first {
		t.Error("the same policy is parsed anew")
	}
	if policyOf(tree(".sops.yaml", rules+"\n"), "a") == first {
		t.Error("another text is taken for the same policy")
	}
	if p := policyOf(tree("sub/.sops.yaml", rules), "sub/a"); p == first || p.Rule("a").Source != "sub/.sops.yaml:2" {
		t.Error("a policy of another folder is taken for the same: errors and rules name its place")
	}
	for range 2 {
		if _, err := c.NewResolver(tree(".sops.yaml", "creation_rules: {")).Rule("a"); err == nil {
			t.Error("a policy that does not parse is none")
		}
	}
	var wait sync.WaitGroup
	for i := range 1000 {
		wait.Go(func() {
			if rule, err := c.NewResolver(tree(".sops.yaml", fmt.Sprintf("%s# %d", rules, i%200))).Rule("a"); rule == nil || err != nil {
				t.Errorf("got %v, %v", rule, err)
			}
		})
	}
	wait.Wait()
	if len(c.parsed) > maxCached {
		t.Errorf("%d policies are held", len(c.parsed))
	}
}
