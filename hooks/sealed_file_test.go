package hooks

import (
	"strings"
	"testing"
)

// The command that mends a sealed file fits what is wrong with it: one that could not open the file is not offered.
func TestFixesOfSealedFiles(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.env", "A=one\nB=two\n")
	line := good[:strings.Index(good, "\n")+1]
	keys := strings.Replace(onePolicy, recipient, recipient2, 1)
	for _, c := range []struct {
		name, policy, before, text, want string
	}{
		{"a key that occurs twice, in a new file", onePolicy, "", line + good,
			`gitsecrets unset secrets/a.env '["A"]' && git add -- secrets/a.env`},
		{"a key that occurs twice, as before", onePolicy, line + good, line + good + "#x\n", ""},
		{"a key that occurs twice, by hand", onePolicy, good, line + good, "git restore --staged -- secrets/a.env"},
		{"a key that occurs twice, where it was plaintext", onePolicy, "A=\n", line + good, `gitsecrets unset secrets/a.env '["A"]' && git add -- secrets/a.env`},
		{"other keys", keys, "", good, "gitsecrets updatekeys -y secrets/a.env && git add -- secrets/a.env"},
		{"another selector", onePolicy + "    encrypted_regex: ^A$\n", "", good,
			"gitsecrets decrypt -i secrets/a.env && gitsecrets encrypt -i secrets/a.env && git add -- secrets/a.env"},
		{"something in the metadata", onePolicy, "", good + "sops_hidden=x\n", "gitsecrets rotate -i secrets/a.env && git add -- secrets/a.env"},
		{"other keys, and a value in the clear", keys, "", "C=plain\n" + good, "git restore --staged -- secrets/a.env"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRepo(t)
			r.Commit(".sops.yaml", c.policy)
			if c.before != "" {
				r.Commit("secrets/a.env", c.before)
			}
			r.Add("secrets/a.env", c.text)
			report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
			if err != nil || len(report.Findings) == 0 {
				t.Fatalf("got %+v, %v", report, err)
			}
			for _, f := range report.Findings {
				if c.want != "" && f.Fix != c.want {
					t.Errorf("%s: got %q, want %q", f.Message, f.Fix, c.want)
				}
			}
		})
	}
}

// A change cannot loosen the rule that it breaks: what the base's policy encrypts stays encrypted, also in a file that
// is sealed by a looser rule.
func TestSealedByALooserRule(t *testing.T) {
	loose := onePolicy + "    encrypted_regex: ^user$\n"
	strict := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	r := newRepo(t)
	base := r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", strict)
	r.Add(".sops.yaml", loose, "secrets/a.yaml", seal(t, loose, "secrets/a.yaml", plainYAML))
	if got := r.codes(); got != "plaintext" {
		t.Errorf("staged: got %q", got)
	}
	r.Commit()
	report, err := r.open().JudgeProposed(t.Context(), base, "HEAD", Options{})
	if got := codesOf(t, report, err); got != "plaintext" {
		t.Errorf("proposed: got %q", got)
	}
}
