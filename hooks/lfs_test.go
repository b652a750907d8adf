package hooks

import (
	"strings"
	"testing"
)

// Git holds a pointer where Git LFS keeps a file. What a rule governs must not be there, and what nothing governs is
// searched where it lies.
func TestFilesOfLFS(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	leak := "token = " + fakeToken(12) + "\n"
	for _, c := range []struct {
		name string
		make func(r *testRepo)
		want string // codes
		says string
		fix  string
	}{
		{"governed, in the clear", func(r *testRepo) { r.Add("secrets/a.yaml", r.storeInLFS(plainYAML)) }, "plaintext",
			"as plaintext, so Git has only a pointer", "gitsecrets encrypt -i secrets/a.yaml && git add -- secrets/.gitattributes secrets/a.yaml"},
		{"governed, encrypted", func(r *testRepo) { r.Add("secrets/a.yaml", r.storeInLFS(good)) }, "plaintext",
			"The file is encrypted: take it out of LFS", "git rm -q --cached -f -- secrets/a.yaml && git add -- secrets/.gitattributes secrets/a.yaml"},
		{"governed, not here", func(r *testRepo) {
			r.Add("secrets/a.yaml", strings.Replace(r.storeInLFS(plainYAML), "sha256:", "sha256:ff", 1))
		}, "plaintext", "as plaintext", "gitsecrets encrypt -i"},
		{"a credential", func(r *testRepo) { r.Add("a.bin", r.storeInLFS(leak)) }, "leak:github-pat", "", "git restore --staged -- a.bin"},
		{"nothing in it", func(r *testRepo) { r.Add("a.bin", r.storeInLFS("\x00nothing\n")) }, "", "", ""},
		{"too large", func(r *testRepo) { r.Add("a.bin", r.storeInLFS(strings.Repeat("x", 9000))) }, "too-large", "9000 bytes", ""},
		{"was encrypted", func(r *testRepo) {
			r.Commit("secrets/b.yaml", seal(t, onePolicy, "secrets/b.yaml", plainYAML))
			r.Add("secrets/b.yaml", r.storeInLFS(plainYAML))
		}, "decrypted", "would become plaintext", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRepo(t)
			r.Commit(".sops.yaml", onePolicy)
			c.make(r)
			report, err := r.open().JudgeStaged(t.Context(), StagedOptions{Options: Options{MaxSize: 8000}})
			if got := codesOf(t, report, err); got != c.want {
				t.Fatalf("got %q, want %q", got, c.want)
			}
			for _, f := range report.Findings {
				if !strings.Contains(f.Message, c.says) || !strings.Contains(f.Fix, c.fix) {
					t.Errorf("got %q, %q; want %q, %q", f.Message, f.Fix, c.says, c.fix)
				}
			}
		})
	}
}

// What is not here cannot be looked at, and is named.
func TestFilesOfLFSThatAreNotHere(t *testing.T) {
	r := newRepo(t)
	r.Add("a.bin", strings.Replace(r.storeInLFS("x"), "size 1", "size 2", 1))
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
	if err != nil || report.Verdict != Clean || len(report.Unseen) != 1 || report.Unseen[0].Why != UnseenLFS {
		t.Errorf("staged: %+v, %v", report, err)
	}
	r.Commit()
	report, err = r.open().JudgeWorktree(t.Context(), nil, Options{})
	if err != nil || len(report.Unseen) != 1 {
		t.Errorf("in the working tree: %+v, %v", report, err)
	}
}
