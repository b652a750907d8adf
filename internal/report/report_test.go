package report

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/gitsecrets/gitsecrets/hooks"
)

var update = flag.Bool("update", false, "write the golden files")

// everyKind is a report with a finding of every kind, and paths and words that
// each form has to escape in its own way.
func everyKind() *hooks.Report {
	const print = "00112233445566778899aabbccddeeff"
	finding := func(code hooks.Code, path string) hooks.Finding {
		return hooks.Finding{Code: code, Path: path, Message: "is wrong", Fix: "mend it", Fingerprint: print}
	}
	at := func(f hooks.Finding, line, column int, key string) hooks.Finding {
		f.Line, f.Column, f.KeyPath, f.Rule = line, column, key, ".sops.yaml:2"
		return f
	}
	sent := finding(hooks.CodePlaintext, "sent.yaml")
	sent.Commit, sent.Fix, sent.Then = "0123456789abcdef0123456789abcdef01234567", "git rebase -i 0123456789ab^", "mark 0123456789ab as edit"
	accepted := at(finding(hooks.LeakCode+"jwt", "docs/a.md"), 7, 1, "")
	accepted.Accepted = ".sops.yaml:12"
	bare := hooks.Finding{Code: hooks.CodeUnreadable, Path: "bare", Message: "cannot be judged", Fingerprint: print}
	return &hooks.Report{
		Verdict: hooks.Refused, Judged: 15, Sealed: 1,
		Findings: []hooks.Finding{
			at(finding(hooks.CodePlaintext, "a b.yaml"), 1, 8, `["token"]`),
			at(finding(hooks.CodeRegression, "100%,a:b.yaml"), 0, 0, ""),
			finding(hooks.CodeMoved, "line\nbreak"),
			finding(hooks.CodeKeys, "escape\x1b[31m"),
			finding(hooks.CodeSelector, "no\xffutf8"),
			finding(hooks.CodeMetadata, "<&>\"'"),
			bare,
			finding(hooks.CodePolicy, ".sops.yaml"),
			finding(hooks.CodeLoosePolicy, "ünïcode"),
			finding(hooks.CodeTooLarge, "#?"),
			finding(hooks.CodeValue, "-x"),
			at(finding(hooks.LeakCode+"aws-access-token", "main.tf"), 3, 0, ""),
			sent,
		},
		Accepted: []hooks.Finding{accepted},
		Warnings: []string{"large.bin has 5 bytes"},
	}
}

// Programs read these forms: they change only on purpose.
func TestReports(t *testing.T) {
	plain := func(write func(io.Writer, *hooks.Report)) func(io.Writer, *hooks.Report) error {
		return func(w io.Writer, r *hooks.Report) error { write(w, r); return nil }
	}
	sarif := func(w io.Writer, r *hooks.Report) error { return writeSARIF(w, r, "dev") }
	for name, write := range map[string]func(io.Writer, *hooks.Report) error{
		"report.json": writeJSON, "report.sarif": sarif, "report.gitlab.json": writeGitLab, "report.junit.xml": writeJUnit,
		"report.github": plain(writeGitHub), "report.txt": plain(Text),
	} {
		var got bytes.Buffer
		if err := write(&got, everyKind()); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			t.Errorf("%s: got\n%s\nwant\n%s", name, got.Bytes(), want)
		}
	}
}
