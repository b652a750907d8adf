// Package equivalence holds package scan to the gitleaks library: the table of
// rules that is made from it, and what both find.
//
// It is a module of its own, so that gitleaks and what that brings stay out of
// the program's. The link named scan leads to package scan: so nothing here
// depends on the requirements of the module around.
package equivalence

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/logging"

	"github.com/gitsecrets/gitsecrets/internal/scan/equivalence/scan"
)

// found is a finding of either engine: rule, line from 1 and credential.
type found struct {
	rule, secret string
	line         int
}

func (f found) String() string {
	return fmt.Sprintf("%s line %d %d bytes", f.rule, f.line, len(f.secret))
}

func newDetector(t testing.TB) *detect.Detector {
	t.Helper()
	logging.Logger = zerolog.New(io.Discard).Level(zerolog.Disabled)
	d, err := detect.NewDetectorDefaultConfig()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// theirs is what gitleaks finds. It numbers lines by where a match begins.
func theirs(d *detect.Detector, name, text string) []found {
	var all []found
	for _, f := range d.Detect(detect.Fragment{Raw: text, FilePath: name}) {
		all = append(all, found{f.RuleID, f.Secret, f.StartLine + 1})
	}
	return all
}

// ours is what package scan finds with gitleaks' rules, and with all.
func ours(t testing.TB, s *scan.Scanner, name, text string) (theirRules, all []scan.Finding) {
	t.Helper()
	r := s.Scan(name, []byte(text))
	if r.Truncated {
		t.Fatalf("%s: more findings than the cap", name)
	}
	for _, f := range r.Findings {
		if f.Offset < 0 || f.Length < 0 || f.Offset+f.Length > len(text) {
			t.Fatalf("%s: %s at %d+%d is out of range", name, f.Rule, f.Offset, f.Length)
		}
		if isTheirs[f.Rule] {
			theirRules = append(theirRules, f)
		}
	}
	return theirRules, r.Findings
}

var isTheirs = map[string]bool{}

// difference is what one engine finds and the other does not.
type difference struct {
	found
	who string // "only gitleaks", "only gitsecrets"
}

// differ compares the findings of a text that nothing is decoded in. It also
// returns the rules of gitleaks' findings.
func differ(t testing.TB, d *detect.Detector, s *scan.Scanner, name, text string) (diffs []difference, rules []string) {
	t.Helper()
	if len(isTheirs) == 0 {
		for id := range d.Config.Rules {
			isTheirs[id] = true
		}
	}
	mine, all := ours(t, s, name, text)
	want := theirs(d, name, text)
	used := make([]bool, len(mine))
	for _, w := range want {
		rules = append(rules, w.rule)
		i := 0
		for i < len(mine) && (used[i] || mine[i].Rule != w.rule || text[mine[i].Offset:mine[i].Offset+mine[i].Length] != w.secret || !between(w.line, mine[i])) {
			i++
		}
		if i < len(mine) {
			used[i] = true
			continue
		}
		if explained(text, w, all) == "" {
			diffs = append(diffs, difference{w, "only gitleaks"})
		}
	}
	for i, f := range mine {
		if !used[i] && f.Decoded == "" && f.Length > 0 && accepted(text, f) == "" {
			diffs = append(diffs, difference{found{f.Rule, text[f.Offset : f.Offset+f.Length], f.Line}, "only gitsecrets"})
		}
	}
	return diffs, rules
}

// between reports whether a match that begins on line can hold f.
func between(line int, f scan.Finding) bool {
	return f.Line >= line && f.Line <= line+15
}

// accepted names the reason why gitleaks may lack a finding.
func accepted(text string, f scan.Finding) string {
	if f.Rule == "generic-api-key" && !strings.Contains(text[f.Offset+f.Length:], "\n") {
		return "gitleaks takes all that comes before for a part of the last line, if that has no end: " +
			"an allowed line anywhere in the file allows what is found there"
	}
	return ""
}

// explained names the reason why a finding of gitleaks may be missing.
func explained(text string, w found, all []scan.Finding) string {
	switch {
	case strings.ContainsAny(w.secret, "\u017f\u212a"):
		return "a letter that only Unicode folds to ASCII"
	case strings.HasPrefix(w.secret, "age1"):
		return "an age recipient is public"
	}
	for _, f := range all {
		if w.rule == "generic-api-key" && f.Rule != w.rule && strings.Contains(text[f.Offset:f.Offset+f.Length], w.secret) {
			return "a particular rule of ours found it"
		}
	}
	return ""
}
