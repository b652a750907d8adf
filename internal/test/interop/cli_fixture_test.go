//go:build interop

package interop

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// cliFolder lays out a folder with good and bad files of every format. What is
// encrypted in it, sops has encrypted.
func cliFolder(t *testing.T) string {
	dir := t.TempDir()
	one, two, three := keyText(t, "age.txt", "# public key: "), keyText(t, "age-2.txt", "# public key: "), keyText(t, "age-3.txt", "# public key: ")
	put := func(name, content string) { writeFile(t, filepath.Join(dir, name), content) }
	put(".sops.yaml", `creation_rules:
  - path_regex: ^regex
    encrypted_regex: ^password$
    age: `+one+`
  - path_regex: ^shamir
    shamir_threshold: 2
    key_groups:
      - age: [`+one+`]
      - age: [`+two+`]
      - age: [`+three+`]
  - path_regex: ^(plain|enc|more|broken|empty|list|nonstring|value|mac|nomac|renamed|clear|stranger|missing)
    age: `+one+`
`)
	put("more.sops", "creation_rules:\n  - age: "+one+","+two+"\n")
	plain := map[string]string{
		"yaml": "# about\na: one\nnum: 1\nf: 1.5\nb: true\nnothing: null\nempty: \"\"\nlist:\n    - x\n    - z\nm:\n    password: p\n    k: v\n",
		"json": "{\n\t\"a\": \"one\",\n\t\"num\": 1,\n\t\"f\": 1.5,\n\t\"b\": true,\n\t\"list\": [\n\t\t\"x\",\n\t\t\"z\"\n\t],\n\t\"m\": {\n\t\t\"password\": \"p\"\n\t}\n}\n",
		"env":  "a=one\nnum=1\nb=two words\n",
		"ini":  "[m]\na = one\nk = v\n",
		"bin":  "\x00\x01 bytes\xff\n",
	}
	seal := func(name, content string) string {
		put(name, content)
		must(t, dir, theirs, nil, "encrypt", "-i", name)
		return readFile(t, filepath.Join(dir, name))
	}
	for ext, content := range plain {
		put("plain."+ext, content)
		seal("enc."+ext, content)
	}
	seal("regex.yaml", plain["yaml"])
	seal("shamir.yaml", plain["yaml"])
	sealed := readFile(t, filepath.Join(dir, "enc.yaml"))
	first := func(old, new string) string { return strings.Replace(sealed, old, new, 1) }
	put("value.yaml", first("data:", "data:AA"))
	_, mac, _ := strings.Cut(sealed, "    mac:")
	mac, _, _ = strings.Cut(mac, "\n")
	put("nomac.yaml", first("    mac:"+mac+"\n", ""))
	put("mac.yaml", first("lastmodified: \"20", "lastmodified: \"19"))
	put("renamed.yaml", first("\nnum: ", "\nrenamed: "))
	put("clear.yaml", first(sealed[strings.Index(sealed, "\na: ENC"):strings.Index(sealed, "\nnum:")], "\na: clear"))
	put("more.yaml", sealed)
	put("broken.yaml", "a: [1\nb: }\n")
	put("broken.json", "{\"a\": \n")
	put("broken.env", "no equal sign\n")
	put("empty.yaml", "")
	put("list.yaml", "- a\n- b\n")
	put("nonstring.yaml", "1: a\n")
	put("value.txt", `"from a file"`)
	must(t, dir, filepath.Join(filepath.Dir(theirs), "age-keygen"), nil, "-o", "other")
	_, other, _ := strings.Cut(readFile(t, filepath.Join(dir, "other")), "public key: ")
	other, _, _ = strings.Cut(other, "\n")
	put("stranger.yaml", plain["yaml"])
	must(t, dir, theirs, nil, "encrypt", "-i", "--age", other, "stranger.yaml")
	if err := os.Remove(filepath.Join(dir, "other")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder.yaml"), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

// copyFolder copies a flat folder.
func copyFolder(t *testing.T, from string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	return to
}

// snapshot reads the files of a folder.
func snapshot(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[filepath.Base(path)] = readFile(t, path)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
