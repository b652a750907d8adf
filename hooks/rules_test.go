package hooks

import (
	"strings"
	"testing"
)

// A policy with many problems is not told whole for each file under it.
func TestBrokenPolicyInBrief(t *testing.T) {
	r := newRepo(t)
	r.Add(".sops.yaml", "creation_rules:\n"+strings.Repeat("  - path_regex: (\n    nonsense: x\n", 50), "a.txt", "x", "b.txt", "y")
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, f := range report.Findings {
		if f.Path == ".sops.yaml" {
			continue
		}
		if seen++; len(f.Message) > 300 || !strings.Contains(f.Message, " more") {
			t.Errorf("%d bytes: %.400s", len(f.Message), f.Message)
		}
	}
	if seen != 2 {
		t.Errorf("%d findings", seen)
	}
}
