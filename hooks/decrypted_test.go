package hooks

import (
	"strings"
	"testing"
)

// A file that was encrypted is refused even if it is too large to be looked at.
func TestDecryptedAndTooLarge(t *testing.T) {
	r := newRepo(t)
	r.Commit("a.yaml", seal(t, onePolicy, "secrets/a.yaml", plainYAML))
	r.Add("a.yaml", plainYAML+strings.Repeat("# padding\n", 1000), "b.txt", strings.Repeat("x", 9000))
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{Options: Options{MaxSize: 8000, AllowLarge: true}})
	if got := codesOf(t, report, err); got != "too-large" || report.Findings[0].Path != "a.yaml" || len(report.Warnings) != 1 {
		t.Errorf("got %q: %+v", got, report)
	}
}
