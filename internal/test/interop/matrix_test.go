//go:build interop

package interop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// keySetup is a policy, and the one that replaces it before updatekeys.
type keySetup struct{ name, policy, changed string }

func keySetups(t *testing.T) []keySetup {
	recipient := func(name string) string { return keyText(t, name, "# public key: ") }
	ssh := func(name, kind string) string {
		return kind + " " + strings.Fields(keyText(t, name+".pub", kind))[0]
	}
	one, two, three, pq := recipient("age.txt"), recipient("age-2.txt"), recipient("age-3.txt"), recipient("age-pq.txt")
	ed25519, rsa := ssh("ssh_ed25519", "ssh-ed25519"), ssh("ssh_rsa", "ssh-rsa")
	pgp := keyText(t, "pgp.asc", "Fingerprint: ")
	rule := func(lines ...string) string {
		return "creation_rules:\n  - " + strings.Join(lines, "\n    ") + "\n"
	}
	shamir := func(first string) string {
		return rule("shamir_threshold: 2", "key_groups:", "  - age: ["+first+"]", "  - age: ["+two+"]", "  - age: ["+three+"]")
	}
	kms := func(arns ...string) string {
		lines := []string{"key_groups:", "  - kms:"}
		for _, arn := range arns {
			lines = append(lines, "      - arn: "+arn, "        context:", "          app: interop")
		}
		return rule(lines...)
	}
	return []keySetup{
		{"age", rule("age: " + one), rule("age: " + one + "," + two)},
		{"age-ssh", rule("age: " + ed25519), rule("age: " + ed25519 + "," + rsa)},
		{"age-pq", rule("age: " + pq), rule("age: " + pq + "," + one)},
		{"pgp", rule("pgp: " + pgp), rule("pgp: "+pgp, "age: "+one)},
		{"shamir", shamir(one), shamir(one + "," + pq)},
		{"kms", kms(kmsKeyOne), kms(kmsKeyOne, kmsKeyTwo)},
	}
}

// fileKind is a file to encrypt, and where a value stands in it. The value
// contains hunter2.
type fileKind struct{ name, source, index string }

var fileKinds = []fileKind{
	{"secrets.yaml", "sops/input/single.yaml", `["database"]["password"]`},
	{"secrets.yml", "sops/input/multi.yaml", `["database"]["password"]`},
	{"secrets.json", "sops/input/app.json", `["name"]`},
	{"secrets.env", "sops/input/app.env", `["PASSWORD"]`},
	{"secrets.ini", "sops/input/app.ini", `["database"]["password"]`},
	{"secrets.bin", "sops/3.13.1/plain/bytes.bin", `["data"]`},
}

// verb is a way to change a sealed file. It must not need the folder's other files.
type verb struct {
	name string
	args func(f fileKind) []string // nil: the verb does not fit the kind of file
}

func verbs() []verb {
	return []verb{
		{"keep", func(fileKind) []string { return []string{"filestatus"} }},
		{"set", func(f fileKind) []string { return []string{"set", f.name, f.index, `"cha\nnged"`} }},
		{"unset", func(f fileKind) []string {
			if strings.HasSuffix(f.name, ".bin") {
				return nil
			}
			return []string{"unset", f.name, f.index}
		}},
		{"edit", func(f fileKind) []string { return []string{"edit", f.name} }},
		{"rotate", func(f fileKind) []string { return []string{"rotate", "-i", f.name} }},
		{"updatekeys", func(f fileKind) []string { return []string{"updatekeys", "--yes", f.name} }},
	}
}

// Whoever encrypts, whoever changes the file and whoever decrypts it: the
// result is what sops alone makes of it, and the file looks as sops's does.
func TestBothWays(t *testing.T) {
	editor := filepath.Join(t.TempDir(), "editor")
	writeFile(t, editor, "#!/bin/sh\nLC_ALL=C sed s/hunter2/edited/ \"$1\" >\"$1.new\" && cat \"$1.new\" >\"$1\" && rm \"$1.new\"\n")
	if err := os.Chmod(editor, 0o755); err != nil {
		t.Fatal(err)
	}
	env := []string{"EDITOR=" + editor}
	for _, keys := range keySetups(t) {
		for _, kind := range fileKinds {
			t.Run(keys.name+"/"+kind.name, func(t *testing.T) {
				t.Parallel()
				bothWays(t, keys, kind, verbs(), env)
			})
		}
	}
}

func bothWays(t *testing.T, keys keySetup, kind fileKind, verbs []verb, env []string) {
	plain := readFile(t, filepath.Join(testdata, kind.source))
	if !strings.Contains(plain, "hunter2") {
		plain = strings.Replace(plain, "service", "hunter2", 1)
	}
	if !strings.Contains(plain, "hunter2") {
		plain += "hunter2"
	}
	programs := map[string]string{"ours": ours, "sops": theirs}
	sealed := map[string]string{}
	for name, program := range programs {
		dir := t.TempDir()
		writeFile(t, filepath.Join(dir, ".sops.yaml"), keys.policy)
		writeFile(t, filepath.Join(dir, kind.name), plain)
		must(t, dir, program, env, "encrypt", "-i", kind.name)
		sealed[name] = readFile(t, filepath.Join(dir, kind.name))
	}
	for _, v := range verbs {
		args := v.args(kind)
		if args == nil {
			continue
		}
		t.Run(v.name, func(t *testing.T) {
			change := func(encrypter, changer string) (dir, sealedNow string) {
				dir = t.TempDir()
				policy := keys.policy
				if v.name == "updatekeys" {
					policy = keys.changed
				}
				writeFile(t, filepath.Join(dir, ".sops.yaml"), policy)
				writeFile(t, filepath.Join(dir, kind.name), sealed[encrypter])
				call := args
				if v.name == "keep" {
					call = append(call, kind.name)
				}
				must(t, dir, programs[changer], env, call...)
				return dir, readFile(t, filepath.Join(dir, kind.name))
			}
			dir, reference := change("sops", "sops")
			want := must(t, dir, theirs, env, "decrypt", kind.name)
			if reference == sealed["sops"] && v.name != "keep" {
				t.Errorf("%s changed nothing", v.name)
			}
			for _, way := range [][2]string{{"sops", "sops"}, {"sops", "ours"}, {"ours", "sops"}, {"ours", "ours"}} {
				dir, got := change(way[0], way[1])
				if got, want := shape(got), shape(reference); got != want {
					t.Errorf("encrypted by %s, %s by %s: the file has another shape\ngot\n%s\nwant\n%s", way[0], v.name, way[1], got, want)
				}
				for reader, program := range programs {
					if got := must(t, dir, program, env, "decrypt", kind.name); got != want {
						t.Errorf("encrypted by %s, %s by %s, decrypted by %s:\ngot\n%s\nwant\n%s", way[0], v.name, way[1], reader, got, want)
					}
				}
			}
		})
	}
}
