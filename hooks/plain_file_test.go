package hooks

import (
	"fmt"
	"strings"
	"testing"
)

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
