package hooks

import (
	"strings"
	"testing"
)

func TestLoosePolicyByItsOwnName(t *testing.T) {
	r := newRepo(t)
	r.Write("it's/.sops.yml", onePolicy)
	r.Add("it's/secrets/a.yaml", plainYAML)
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
	if err != nil || len(report.Findings) != 1 {
		t.Fatalf("%+v, %v", report, err)
	}
	f := report.Findings[0]
	if want := `mv -n -- 'it'\''s/.sops.yml' 'it'\''s/.sops.yaml' && git add -- 'it'\''s/.sops.yaml'`; f.Fix != want {
		t.Errorf("fix %s, want %s", f.Fix, want)
	}
	if f.Rule != "it's/.sops.yml:2" || !strings.Contains(f.Message, "it's/.sops.yml governs it") {
		t.Errorf("rule %s: %s", f.Rule, f.Message)
	}
}
