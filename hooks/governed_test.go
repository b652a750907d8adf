package hooks

import (
	"fmt"
	"strings"
	"testing"
)

// Documentation shows what an encrypted file looks like; such a text is none. The encrypted
// file itself is damaged, not quoted, under whatever name it stands.
func TestTextsThatQuoteSealedFiles(t *testing.T) {
	const all = "creation_rules:\n  - age: " + recipient + "\n"
	good := seal(t, all, "a.yaml", plainYAML)
	quoted := "# How it looks\n\nThis is what sops makes of it.\n\n    " + strings.ReplaceAll(good, "\n", "\n    ") + "\n"
	half := good[:strings.Index(good, "\n    mac:")] + "\n"
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

// The command that mends a sealed file fits what is wrong with it: one that could not open the
// file is not offered.
func TestFixesOfSealedFiles(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.env", "A=one\nB=two\n")
	line := good[:strings.Index(good, "\n")+1]
	keys := strings.Replace(onePolicy, recipient, recipient2, 1)
	for _, c := range []struct {
		name, policy, before, text, want string
	}{
		{"a key that stands twice, in a new file", onePolicy, "", line + good,
			`gitsecrets unset secrets/a.env '["A"]' && git add -- secrets/a.env`},
		{"a key that stands twice, as before", onePolicy, line + good, line + good + "#x\n", ""},
		{"a key that stands twice, by hand", onePolicy, good, line + good, "git restore --staged -- secrets/a.env"},
		{"a key that stands twice, where it was plaintext", onePolicy, "A=\n", line + good, `gitsecrets unset secrets/a.env '["A"]' && git add -- secrets/a.env`},
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

// What other tools have encrypted is named for what it is.
func TestFilesThatOthersEncrypted(t *testing.T) {
	for name, text := range map[string]string{
		"git-crypt":      "\x00GITCRYPT\x00\x01\x02",
		"with age alone": "-----BEGIN AGE ENCRYPTED FILE-----\nYWdl\n-----END AGE ENCRYPTED FILE-----\n",
		"with PGP alone": "-----BEGIN PGP MESSAGE-----\n\nYWdl\n-----END PGP MESSAGE-----\n",
	} {
		r := newRepo(t)
		r.Add(".sops.yaml", onePolicy, "secrets/a.bin", text)
		report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
		if err != nil || len(report.Findings) != 1 || !strings.Contains(report.Findings[0].Message, name) {
			t.Errorf("%s: %+v, %v", name, report, err)
		}
	}
}

// A file with very many values in the clear is reported in brief.
func TestManyValuesInTheClear(t *testing.T) {
	text := "k: v\n"
	for i := range 30 {
		text += fmt.Sprintf("key%d: value\n", i)
	}
	r := newRepo(t)
	r.Add(".sops.yaml", onePolicy, "secrets/a.yaml", text)
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(report.Findings); n != maxPlaces+1 || !strings.Contains(report.Findings[0].Message+report.Findings[n-1].Message, "and 11 more") {
		t.Errorf("%d findings: %+v", n, report.Findings)
	}
}

// What one side of a merge has and the other does not is mended so that no change is dropped.
func TestFixOfAConflict(t *testing.T) {
	good := seal(t, onePolicy, "secrets/a.yaml", plainYAML)
	r := newRepo(t)
	r.Commit(".sops.yaml", onePolicy, "secrets/a.yaml", good)
	r.Git("checkout", "-q", "-b", "side")
	r.Commit("secrets/a.yaml", seal(t, onePolicy, "secrets/a.yaml", "user: other\n"))
	r.Git("checkout", "-q", "main")
	ours := seal(t, onePolicy, "secrets/a.yaml", "user: ours\n")
	r.Commit("secrets/a.yaml", ours)
	if out := r.fails("merge", "-q", "side"); !strings.Contains(out, "CONFLICT") {
		t.Fatal(out)
	}
	r.Git("add", "secrets/a.yaml")
	report, err := r.open().JudgeStaged(t.Context(), StagedOptions{})
	if got := codesOf(t, report, err); got != "metadata" {
		t.Fatalf("got %q", got)
	}
	f := report.Findings[0]
	if !strings.Contains(f.Message, "merge conflict") || !strings.HasPrefix(f.Fix, "git checkout -m -- secrets/a.yaml && git checkout --ours -- secrets/a.yaml && gitsecrets edit") {
		t.Errorf("got %q, %q", f.Message, f.Fix)
	}
	// The first two commands bring back our side, with which the index can be committed.
	r.Git("checkout", "-m", "--", "secrets/a.yaml")
	r.Git("checkout", "--ours", "--", "secrets/a.yaml")
	r.Git("add", "secrets/a.yaml")
	if got := r.codes(); got != "" {
		t.Errorf("got %q", got)
	}
}

// A change cannot loosen the rule that it breaks: what the base's policy encrypts stays
// encrypted, also in a file that is sealed by a looser rule.
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

// On a file system that does not tell upper from lower case, a rule for one spelling of a path
// holds for all.
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
