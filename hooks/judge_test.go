package hooks

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Many files are read by a git of their own, to the same verdicts.
func TestManyFiles(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	r := newRepo(t)
	id := r.Commit(".sops.yaml", onePolicy)
	for i := range worthAStream + 20 {
		r.Write(fmt.Sprintf("secrets/f%d.yaml", i), good)
	}
	r.Write("big.txt", strings.Repeat("x", 5000))
	r.Git("add", ".")
	r.Git("update-index", "--add", "--cacheinfo", "160000,"+id+",sub")
	if got := r.codes(); got != "" {
		t.Errorf("got %q", got)
	}
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{Options: Options{MaxSize: 4000}})
	if got := codesOf(t, report, err); got != "too-large" {
		t.Errorf("a large file: %q", got)
	}
	r.Add("secrets/bad.yaml", plainYAML)
	report, err = r.open().JudgeStaged(t.Context(), StagedOptions{})
	if got := codesOf(t, report, err); got != "plaintext" || report.Judged != worthAStream+22 || report.Sealed != worthAStream+20 {
		t.Errorf("%q, judged %d, sealed %d", got, report.Judged, report.Sealed)
	}
	blob := r.Git("rev-parse", ":secrets/bad.yaml")
	if err := os.Remove(filepath.Join(r.Dir, ".git/objects", blob[:2], blob[2:])); err != nil {
		t.Fatal(err)
	}
	if got := r.codes(); !strings.HasPrefix(got, "error: secrets/bad.yaml cannot be judged") {
		t.Errorf("a content that is gone: %q", got)
	}
}
