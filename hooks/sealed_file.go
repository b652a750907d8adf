package hooks

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// sealedFile judges a sealed file.
func (f *judged) sealedFile(s *encrypt.Sealed, rules *ruleSet) bool {
	before := len(f.report.Findings)
	f.problems(s.Check(rules.own), rules.own)
	if len(f.report.Findings) == before {
		for _, r := range rules.bases {
			if demands(r) {
				f.problems(s.CheckValues(r), r)
			}
		}
	}
	if len(f.report.Findings) > before {
		return s.AllSealed()
	}
	f.report.Sealed++
	return s.AllSealed()
}

// problems turns what a check found into findings.
func (f *judged) problems(err error, rule *policy.Rule) {
	if err == nil {
		return
	}
	source := ""
	if rule != nil {
		source = rule.Source
	}
	var check *encrypt.CheckError
	if !errors.As(err, &check) {
		f.add(Finding{Code: CodeUnreadable, Line: encrypt.LineOf(err), Rule: source, Message: "cannot be judged: " + err.Error(), Fix: restoreFix(f)})
		return
	}
	fix := f.fixes(check.Violations)
	for i, p := range check.Violations {
		if i == maxPlaces {
			f.add(Finding{Code: codeOf(p.Kind), Rule: source, Message: fmt.Sprintf("and %d more of the kind", len(check.Violations)-i)})
			return
		}
		f.add(Finding{Code: codeOf(p.Kind), Line: int(p.Pos.Line), Column: int(p.Pos.Col), KeyPath: p.Path, Rule: source, Message: p.Msg, Fix: fix(p)})
	}
}

func codeOf(kind encrypt.ViolationKind) Code {
	switch kind {
	case encrypt.ViolationValue:
		return CodePlaintext
	case encrypt.ViolationKeys:
		return CodeKeys
	case encrypt.ViolationSelector:
		return CodeSelector
	}
	return CodeMetadata
}

// fixes gives the commands that mend the problems of a sealed file. Where one of them takes the file back, they all do:
// the others could not open it.
func (f *judged) fixes(all []encrypt.Violation) func(encrypt.Violation) string {
	if slices.ContainsFunc(all, func(p encrypt.Violation) bool { return f.fix(p) == "" }) {
		return func(encrypt.Violation) string { return restoreFix(f) }
	}
	return f.fix
}

// fix is the command that mends one problem; empty if none does but to take the file back.
func (f *judged) fix(p encrypt.Violation) string {
	name := text.ShellPath(f.path)
	switch p.Kind {
	case encrypt.ViolationKeys:
		return fmt.Sprintf("gitsecrets updatekeys -y %s && git add -- %s", name, name)
	case encrypt.ViolationSelector, encrypt.ViolationBytes:
		return fmt.Sprintf("gitsecrets decrypt -i %s && gitsecrets encrypt -i %s && git add -- %s", name, name, name)
	case encrypt.ViolationStray:
		return fmt.Sprintf("gitsecrets rotate -i %s && git add -- %s", name, name)
	case encrypt.ViolationTwice:
		if !f.had(p.Kind) {
			break // written by hand: the MAC is wrong, and nothing opens the file
		}
		return fmt.Sprintf("gitsecrets unset %s %s && git add -- %s", name, text.ShellPath(p.Path), name)
	}
	return ""
}

// had reports whether the file had a problem of a kind before the change, or was not sealed.
func (f *judged) had(kind encrypt.ViolationKind) bool {
	if f.old.ID == "" {
		return true
	}
	src, err := f.oldBlob(f.old)
	if err != nil || src == nil {
		return true
	}
	s, err := encrypt.Parse(encrypt.FileAt(f.path), src)
	if err != nil {
		return true
	}
	var check *encrypt.CheckError
	return errors.As(s.Check(nil), &check) && slices.ContainsFunc(check.Violations, func(p encrypt.Violation) bool { return p.Kind == kind })
}

func encryptFix(f *judged) string {
	if encrypt.IsLFSPointer(f.src) {
		return lfsFix(f)
	}
	name := text.ShellPath(f.path)
	return fmt.Sprintf("gitsecrets encrypt -i %s && git add -- %s", name, name)
}

// sealAgainFix encrypts the file, or takes it back where no rule takes it or its rule has nothing in it to encrypt:
// encrypt would refuse it.
func sealAgainFix(f *judged) string {
	rule, err := f.rule(f.own, f.path)
	if err != nil {
		return encryptFix(f)
	}
	if rule != nil {
		if places, bad := f.plainPlaces(rule); bad != nil || len(places) > 0 {
			return encryptFix(f)
		}
	}
	return restoreFix(f)
}
