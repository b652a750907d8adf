package hooks

import (
	"strings"
	"testing"
)

// Documentation shows what an encrypted file looks like; such a text is not an encrypted file. The encrypted file
// itself is damaged, not quoted, under whatever name it stands.
func TestTextsThatQuoteSealedFiles(t *testing.T) {
	const all = "creation_rules:\n  - age: " + recipient + "\n"
	good := seal(t, all, "a.yaml", plainYAML)
	quoted := "# How it looks\n\nThis is what sops makes of it.\n\n    " + strings.ReplaceAll(good, "\n", "\n    ") + "\n"
	head, _, _ := strings.Cut(good, "\n    mac:")
	half := head + "\n"
	for _, c := range []struct{ name, policy, path, text, want string }{
		{"a manual", all, "manual.md", quoted, ""},
		{"a script", all, "run.sh", "#!/bin/sh\n# " + strings.ReplaceAll(good, "\n", "\n# ") + "\n", ""},
		{"the file under a name of no format", all, "a.yaml.bak", good, "metadata"},
		{"half of it", all, "a.yaml", half, "metadata"},
		{"half of it, governed, as text", onePolicy, "secrets/a.md", quoted, "metadata"},
		{"JSON without its end", all, "cut.bin", `{"data": "ENC[AES256_GCM,data:AAAA", "sops": {"lastmodified": "2026"}`, "metadata"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRepo(t)
			r.Add(".sops.yaml", c.policy, c.path, c.text)
			if got := r.codes(); got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}
