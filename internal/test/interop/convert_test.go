//go:build interop

package interop

import (
	"path/filepath"
	"testing"
)

// Every conversion that --input-type and --output-type can ask for: both
// programs convert alike, refuse alike, and open what the other has converted.
func TestConversions(t *testing.T) {
	recipient := keyText(t, "age.txt", "# public key: ")
	sources := map[string]string{
		"yaml":   "s:\n    # one\n    k: v w\n    j: \"5\"\nt:\n    x: \"\"\n",
		"json":   `{"s": {"k": "v", "n": "5"}}`,
		"dotenv": "# c\nA=b c\nB=\n",
		"ini":    "[s]\n; c\nk = v\n[t]\nx = \"a b\"\n",
		"binary": "raw\x01\n",
	}
	deep := "a:\n    - b: 1\n      c: [x, 2.5, true]\n" // no flat format holds it
	formats := []string{"yaml", "json", "dotenv", "ini", "binary"}
	for _, in := range formats {
		for _, out := range formats {
			t.Run(in+" to "+out, func(t *testing.T) {
				t.Parallel()
				convert(t, recipient, in, out, sources[in], formats)
				if in == "yaml" {
					convert(t, recipient, in, out, deep, formats)
				}
			})
		}
	}
}

// Of several documents sops writes the first into a format that holds one, and
// drops the others.
func TestDocumentsAreNotDropped(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "two.yaml"), "a: b\n---\nc: d\n")
	got := run(t, dir, ours, "", nil, "encrypt", "--age", keyText(t, "age.txt", "# public key: "), "--output-type", "json", "two.yaml")
	if got.code != 4 || got.stdout != "" {
		t.Errorf("exit %d: %s%s", got.code, got.stdout, got.stderr)
	}
}

func convert(t *testing.T, recipient, in, out, source string, formats []string) {
	t.Helper()
	dir := t.TempDir()
	writeFile(t, filepath.Join(dir, "source"), source)
	sealed := map[string]string{}
	codes := map[string]int{}
	for name, program := range map[string]string{"ours": ours, "sops": theirs} {
		got := run(t, dir, program, "", nil, "encrypt", "--age", recipient, "--input-type", in, "--output-type", out, "source")
		sealed[name], codes[name] = got.stdout, got.code
	}
	if codes["ours"] != codes["sops"] {
		t.Fatalf("encrypt: exit %d, sops %d", codes["ours"], codes["sops"])
	}
	if codes["ours"] != 0 {
		return
	}
	for name, text := range sealed {
		writeFile(t, filepath.Join(dir, name), text)
		for _, to := range formats {
			args := []string{"decrypt", "--input-type", out, "--output-type", to, name}
			got, want := run(t, dir, ours, "", nil, args...), run(t, dir, theirs, "", nil, args...)
			if got.code != want.code || got.code == 0 && got.stdout != want.stdout {
				t.Errorf("sealed by %s, decrypt to %s: exit %d\n%s\nsops exits %d\n%s", name, to, got.code, got.stdout, want.code, want.stdout)
			}
		}
	}
}
