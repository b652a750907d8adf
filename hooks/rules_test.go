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

// On a file system that does not tell upper from lower case, a rule for one spelling of a path holds for all.
func TestRulesWhereCaseDoesNotMatter(t *testing.T) {
	r := newRepo(t)
	r.Add(".sops.yaml", onePolicy, "Secrets/A.yaml", plainYAML)
	for ignore, want := range map[bool]string{false: "", true: "plaintext"} {
		report, err := r.open().JudgeStaged(t.Context(), StagedOptions{Options: Options{IgnoreCase: ignore}})
		if got := codesOf(t, report, err); got != want {
			t.Errorf("ignoring case %t: got %q, want %q", ignore, got, want)
		}
	}
}
