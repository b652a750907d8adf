package policy

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
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

// counting counts how often each file is opened.
type counting struct {
	fs.FS
	mu     sync.Mutex
	opened map[string]int
}

func (c *counting) Open(name string) (fs.File, error) {
	f, err := c.FS.Open(name)
	if err == nil {
		c.mu.Lock()
		c.opened[name]++
		c.mu.Unlock()
	}
	return f, err
}

func (c *counting) Stat(name string) (fs.FileInfo, error) { return fs.Stat(c.FS, name) }

func TestEachPolicyIsReadOnce(t *testing.T) {
	tree := &counting{FS: fstest.MapFS{
		".sops.yaml":     {Data: []byte("creation_rules:\n  - path_regex: x\n" + oneKey)},
		"bad/.sops.yaml": {Data: []byte("creation_rules: 1\n")},
	}, opened: map[string]int{}}
	r := NewResolver(tree)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 50 {
				name := string(rune('a'+i%26)) + "/x"
				if rule, err := r.Rule(name); err != nil || rule == nil {
					t.Errorf("%s: %v, %v", name, rule, err)
				}
				if _, err := r.Rule("bad/" + name); err == nil {
					t.Error("a policy that does not parse was taken for none")
				}
			}
		})
	}
	wg.Wait()
	for name, n := range tree.opened {
		if n != 1 {
			t.Errorf("%s opened %d times", name, n)
		}
	}
}

func TestResolverOnDisk(t *testing.T) {
	dir := t.TempDir()
	mkdir := func(name string) {
		if err := os.MkdirAll(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write := func(name, text string) {
		mkdir(filepath.Dir(name))
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sound := "creation_rules:\n  - path_regex: x$\n" + oneKey
	write(".sops.yaml", sound)
	write("large/.sops.yaml", strings.Repeat("# large\n", MaxSize/8+1))
	write("file", "")
	mkdir("folder/.sops.yaml")
	links := os.Symlink(filepath.Join(dir, "nowhere"), filepath.Join(dir, "folder", "link")) == nil
	if links {
		mkdir("dangling")
		mkdir("linked")
		if err := errors.Join(
			os.Symlink("nowhere", filepath.Join(dir, "dangling", FileName)),
			os.Symlink("../.sops.yaml", filepath.Join(dir, "linked", FileName)),
		); err != nil {
			t.Fatal(err)
		}
	}
	r := NewResolver(os.DirFS(dir))
	for _, name := range []string{"large/x", "folder/x"} {
		if rule, err := r.Rule(name); err == nil {
			t.Errorf("%s: %v, no error", name, rule)
		}
	}
	// A file where the path has a folder, or a folder that is not there.
	for _, name := range []string{"file/x", "file/a/b/x", "gone/a/x", "./x"} {
		if rule, err := r.Rule(name); err != nil || rule == nil {
			t.Errorf("%s: %v, %v", name, rule, err)
		}
	}
	if links {
		if _, err := r.Rule("dangling/x"); err == nil || !strings.Contains(err.Error(), "target of the link does not exist") {
			t.Errorf("a policy that is a dangling link: %v", err)
		}
		if rule, err := r.Rule("linked/x"); err != nil || rule == nil {
			t.Errorf("a policy that is a link: %v, %v", rule, err)
		}
	}
	p, at, err := r.Policy("a/b/c")
	if err != nil || p == nil || at != "." {
		t.Errorf("policy %v in %q, %v", p, at, err)
	}
}
