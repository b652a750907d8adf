package hooks

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The situations of a commit, each in a repository of its own: what is staged, and what the hook says of it.
func TestPreCommit(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	for _, c := range []struct {
		name string
		make func(r *testRepo)
		want string // codes; empty: accepted
	}{
		{"nothing", func(r *testRepo) {}, ""},
		{"a sealed file", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", good) }, ""},
		{"a README", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "README.md", "password: x\n") }, ""},
		{"plaintext", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", plainYAML) }, "plaintext"},
		{"plaintext JSON", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "secrets/a.json", `{"a": "`+canary+`"}`) }, "plaintext"},
		{"plaintext dotenv", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "secrets/a.env", "A="+canary) }, "plaintext"},
		{"plaintext INI", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "secrets/a.ini", "[a]\nb="+canary) }, "plaintext"},
		{"plaintext binary", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "secrets/a.bin", "\x00\x01"+canary) }, "plaintext"},
		{"broken YAML", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", "a: [\n"+canary) }, "plaintext"},
		{"empty file", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", "") }, ""},
		{"only nulls", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", "a:\nb: ''\n") }, ""},
		{"working tree differs, sealed is staged", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", good)
			r.Write("secrets/a.yaml", plainYAML)
		}, ""},
		{"working tree differs, plaintext is staged", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", plainYAML)
			r.Write("secrets/a.yaml", good)
		}, "plaintext"},
		{"deleted in the working tree", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", plainYAML)
			os.Remove(filepath.Join(r.Dir, "secrets/a.yaml"))
		}, "plaintext"},
		{"a value in the clear", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", "extra: "+canary+"\n"+good)
		}, "plaintext"},
		{"a number in the clear", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", "extra: 5432\n"+good) }, "plaintext"},
		{"a comment in the clear", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", "# "+canary+"\n"+good) }, "plaintext"},
		{"a second document", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", good+"---\na: "+canary+"\n")
		}, "metadata plaintext"},
		{"conflict markers", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", "<<<<<<< a\n"+good+"=======\n"+good+">>>>>>> b\n")
		}, "metadata"},
		{"another recipient", func(r *testRepo) {
			r.Add(".sops.yaml", strings.Replace(onePolicy, recipient, recipient2, 1), "secrets/a.yaml", good)
		}, "keys"},
		{"another selector", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy+"    encrypted_regex: ^pass\n", "secrets/a.yaml", good)
		}, "selector"},
		{"a selector that takes nothing here", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy+"    encrypted_regex: ^data$\n", "secrets/a.yaml", plainYAML)
		}, ""},
		{"LFS pointer", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy, "secrets/a.bin", "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n")
		}, "plaintext"},
		{"git-crypt", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", "\x00GITCRYPT\x00abc") }, "plaintext"},
		{"bare age file", func(r *testRepo) { r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", "age-encryption.org/v1\n") }, "plaintext"},
		{"a link", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy, "secrets/x", "")
			os.Remove(filepath.Join(r.Dir, "secrets/x"))
			os.Symlink("../README.md", filepath.Join(r.Dir, "secrets/x"))
			r.Git("add", "secrets/x")
		}, ""},
		{"intended to be added", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy)
			r.Write("secrets/a.yaml", plainYAML)
			r.Git("add", "-N", "secrets/a.yaml")
		}, ""},
		{"decrypted", func(r *testRepo) {
			r.Commit("a.yaml", good)
			r.Add("a.yaml", plainYAML)
		}, "decrypted"},
		{"decrypted and moved away", func(r *testRepo) {
			r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", good)
			r.Git("rm", "-q", "secrets/a.yaml")
			r.Add("a.yaml", plainYAML)
		}, "moved-out"},
		{"removed", func(r *testRepo) {
			r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", good)
			r.Git("rm", "-q", "secrets/a.yaml")
		}, ""},
		{"rule removed with the plaintext", func(r *testRepo) {
			r.Commit(".sops.yaml", onePolicy)
			r.Add(".sops.yaml", "creation_rules: []\n", "secrets/a.yaml", plainYAML)
		}, "plaintext"},
		{"policy deleted with the plaintext", func(r *testRepo) {
			r.Commit(".sops.yaml", onePolicy)
			r.Git("rm", "-q", "--cached", ".sops.yaml")
			os.Remove(filepath.Join(r.Dir, ".sops.yaml"))
			r.Add("secrets/a.yaml", plainYAML)
		}, "plaintext"},
		{"rule narrowed with the plaintext", func(r *testRepo) {
			r.Commit(".sops.yaml", onePolicy)
			r.Add(".sops.yaml", onePolicy+"    encrypted_regex: ^data$\n", "secrets/a.yaml", plainYAML)
		}, "plaintext"},
		{"shadowed by a nested policy", func(r *testRepo) {
			r.Commit(".sops.yaml", onePolicy)
			r.Add("secrets/.sops.yaml", "creation_rules: []\n", "secrets/a.yaml", plainYAML)
		}, "plaintext"},
		{"rule weakened in the working tree only", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", plainYAML)
			r.Write(".sops.yaml", "creation_rules: []\n")
		}, "plaintext"},
		{"policy not tracked", func(r *testRepo) {
			r.Write(".sops.yaml", onePolicy)
			r.Add("secrets/a.yaml", plainYAML)
		}, "policy-not-staged"},
		{"what is never governed, in a governed folder", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy, "secrets/.gitattributes", "*.env -text\n", "secrets/.gitignore", "*.dec.yaml\n")
		}, ""},
		{"policy above the repository", func(r *testRepo) {
			above := strings.Replace(onePolicy, "^secrets/", "/secrets/", 1)
			if err := os.WriteFile(filepath.Join(r.Dir, "..", ".sops.yaml"), []byte(above), 0o644); err != nil {
				r.T.Fatal(err)
			}
			r.Add("secrets/a.yaml", plainYAML)
		}, "policy-not-staged"},
		{"policy above, and one of the repository that is nearer", func(r *testRepo) {
			above := strings.Replace(onePolicy, "^secrets/", ".*", 1)
			if err := os.WriteFile(filepath.Join(r.Dir, "..", ".sops.yaml"), []byte(above), 0o644); err != nil {
				r.T.Fatal(err)
			}
			r.Add(".sops.yaml", onePolicy, "README.md", "hello\n")
		}, ""},
		{"policy called .sops.yml", func(r *testRepo) { r.Add(".sops.yml", onePolicy) }, "policy"},
		{"plaintext under a .sops.yml that is there", func(r *testRepo) {
			r.Commit(".sops.yml", onePolicy)
			r.Add("secrets/a.yaml", plainYAML)
		}, "policy-not-staged"},
		{"broken policy", func(r *testRepo) { r.Add(".sops.yaml", "creation_rules: [{path_regex: '(', age: x}]\n") }, "policy"},
		{"file under a broken policy", func(r *testRepo) {
			r.Commit(".sops.yaml", "creation_rules: {\n")
			r.Add("secrets/a.yaml", plainYAML)
		}, "policy"},
		{"broken policy repaired", func(r *testRepo) {
			r.Commit(".sops.yaml", "creation_rules: {\n")
			r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", good)
		}, ""},
		{"policy is a link", func(r *testRepo) {
			r.Write("real.yaml", onePolicy)
			os.Symlink("real.yaml", filepath.Join(r.Dir, ".sops.yaml"))
			r.Git("add", ".")
		}, "policy"},
		{"catch-all rule", func(r *testRepo) {
			r.Add(".sops.yaml", "creation_rules:\n  - age: "+recipient+"\n", "README.md", "hello\n", "a.yaml", "a: b\n")
		}, ""},
		{"sealed under a catch-all rule with a value in the clear", func(r *testRepo) {
			r.Add(".sops.yaml", "creation_rules:\n  - age: "+recipient+"\n", "a.yaml", "extra: "+canary+"\n"+good)
		}, "plaintext"},
		{"sealed without any rule, with a value in the clear", func(r *testRepo) { r.Add("a.yaml", "extra: "+canary+"\n"+good) }, "plaintext"},
		{"legacy plaintext untouched", func(r *testRepo) {
			r.Commit(".sops.yaml", onePolicy, "secrets/old.yaml", plainYAML)
			r.Commit("README.md", "x\n")
			r.Add("README.md", "y\n")
		}, ""},
		{"legacy plaintext, nothing staged", func(r *testRepo) {
			r.Commit(".sops.yaml", onePolicy, "secrets/old.yaml", plainYAML)
		}, "plaintext"}, // an amendment would commit it again
		{"a file called HEAD", func(r *testRepo) {
			r.Commit("HEAD", "x\n")
			r.Add(".sops.yaml", onePolicy, "secrets/HEAD", canary)
		}, "plaintext"},
		{"names that bite", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy, "secrets/a\nb.yaml", plainYAML, "secrets/-f.yaml", plainYAML, "secrets/:(top)x.yaml", plainYAML,
				"secrets/*.yaml", plainYAML, "secrets/\"q'.yaml", plainYAML, "secrets/\xff\xfe.yaml", plainYAML, "secrets/\x1b[31m.yaml", plainYAML)
		}, "plaintext"},
		{"gitattributes that hide it", func(r *testRepo) {
			r.Add(".sops.yaml", onePolicy, ".gitattributes", "*.yaml -diff binary\n", "secrets/a.yaml", plainYAML)
		}, "plaintext"},
		{"a submodule", func(r *testRepo) {
			id := r.Commit("x", "y")
			r.Git("update-index", "--add", "--cacheinfo", "160000,"+id+",secrets/sub")
		}, ""},
	} {
		for _, format := range []string{"sha1", "sha256"} {
			t.Run(c.name+" "+format, func(t *testing.T) {
				t.Parallel()
				r := newRepo(t, "--object-format="+format)
				c.make(r)
				before := r.Git("status", "--porcelain=v2") + r.Git("stash", "list") + r.Git("for-each-ref")
				if got := r.codes(); got != c.want {
					t.Errorf("got %q, want %q", got, c.want)
				}
				if after := r.Git("status", "--porcelain=v2") + r.Git("stash", "list") + r.Git("for-each-ref"); after != before {
					t.Errorf("the repository was touched:\n%s\nwas\n%s", after, before)
				}
			})
		}
	}
}
