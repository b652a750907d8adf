package hooks

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// maxPlaces is how many values in the clear are reported of one file.
const maxPlaces = 20

// govern judges the file by its rules. It reports whether the file is sealed
// with nothing in the clear, so that no scan can find anything in it.
func (f *judged) govern() (sealed bool, err error) {
	rules, err := f.rules()
	if err != nil {
		return false, err
	}
	file := encrypt.FileAt(f.path)
	s, err := encrypt.Parse(file, f.src)
	if err == nil {
		return f.sealedFile(s, rules), nil
	}
	if !errors.Is(err, encrypt.ErrNotSealed) && claimsSealed(f.src) && (rules.govern() || !f.quotesSealed()) {
		finding := Finding{Code: CodeMetadata, Line: encrypt.LineOf(err), Message: "looks encrypted but cannot be judged: " + err.Error(), Fix: restoreFix(f)}
		if text.Conflicted(f.src) {
			finding.Message = "contains merge conflict markers: take one side, then make the change of the other side with gitsecrets edit"
			finding.Fix = conflictFix(f)
		}
		f.add(finding)
		return false, nil
	}
	return false, f.plainFile(rules)
}

// claimsSealed reports whether a file that cannot be read as a sealed one
// looks like one all the same: half of a merge, or something that was damaged.
func claimsSealed(src []byte) bool {
	return bytes.Contains(src, []byte("ENC[AES256_GCM,")) && bytes.Contains(src, []byte("lastmodified"))
}

// quotesSealed reports whether a file is a text that shows an encrypted one, as
// documentation does: its name is of no format, and no format reads it.
func (f *judged) quotesSealed() bool {
	if !encrypt.FileAt(f.path).IsBinary() || bytes.HasPrefix(bytes.TrimSpace(f.src), []byte("{")) {
		return false
	}
	for _, name := range []string{"a.yaml", "a.env", "a.ini"} {
		if _, err := encrypt.Parse(encrypt.FileAt(name), f.src); err == nil {
			return false
		}
	}
	return true
}

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

// fixes gives the commands that mend the problems of a sealed file. Where one of
// them takes the file back, they all do: the others could not open it.
func (f *judged) fixes(all []encrypt.Violation) func(encrypt.Violation) string {
	if slices.ContainsFunc(all, func(p encrypt.Violation) bool { return f.fix(p) == "" }) {
		return func(encrypt.Violation) string { return restoreFix(f) }
	}
	return f.fix
}

// fix is the command that mends one problem; empty if none does but to take the
// file back.
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

// had reports whether the file had a problem of a kind before the change, or was
// not sealed.
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

// sealAgainFix encrypts the file, or takes it back where no rule takes it or its
// rule has nothing in it to encrypt: encrypt would refuse it.
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

// plainFile judges a file that is not sealed.
func (f *judged) plainFile(rules *ruleSet) error {
	if refused, err := f.regresses(); refused || err != nil {
		return err
	}
	all := rules.bases
	if rules.own != nil {
		all = append([]*policy.Rule{rules.own}, all...)
	}
	for _, r := range all {
		if demands(r) && f.plaintext(r) {
			return nil
		}
	}
	if err := f.throughLFS(); err != nil || f.inTheClear() {
		return err
	}
	if moved, err := f.moved(); moved || err != nil {
		return err
	}
	f.plain = true
	return f.loose()
}

// regresses reports a file that was encrypted and would be plaintext, though
// nobody has said that it may.
func (f *judged) regresses() (bool, error) {
	was, err := f.opens()
	if !was || err != nil {
		return false, err
	}
	if len(bytes.TrimSpace(f.src)) == 0 {
		return f.givenUp("be empty")
	}
	if may, err := f.mayOpen(); may || err != nil {
		return false, err
	}
	found := Finding{Code: CodeRegression, Message: "was encrypted and would become plaintext", Fix: sealAgainFix(f)}
	if found.Fix != encryptFix(f) {
		found.Message += wayOut
	}
	f.add(found)
	return true, nil
}

// moved reports the plaintext of an encrypted file that goes away.
func (f *judged) moved() (bool, error) {
	name, err := f.movedFrom()
	if err != nil {
		return false, err
	}
	if name != "" {
		f.add(Finding{Code: CodeMoved, Message: "contains the plaintext of " + text.Path(name) + ", an encrypted file that goes away in this change", Fix: sealAgainFix(f)})
	}
	return name != "", nil
}

// givenUp reports an encrypted file that makes room for something that holds no
// secret itself: what comes there next would not be held against it.
func (f *judged) givenUp(what string) (bool, error) {
	if may, err := f.released(); may || err != nil {
		return false, err
	}
	f.add(Finding{Code: CodeRegression, Message: "was encrypted and would " + what + wayOut, Fix: restoreFix(f)})
	return true, nil
}

// wayOut says how a file that was encrypted may go or become plaintext, where
// encrypting it is not what mends it.
const wayOut = "; to give it up, delete it; to open it, release its path in an earlier change (gitsecrets: released: in .sops.yaml)"

// replaced judges what takes the place of a file and is none itself: an encrypted
// file does not come into the clear behind a link.
func (f *judged) replaced(what string) error {
	if why := f.snap.taken[f.path]; f.search != nil || why != 0 && why&dropsSeal == 0 {
		return nil
	}
	was, err := f.opens()
	if was && err == nil {
		_, err = f.givenUp("be replaced by " + what)
	}
	return err
}

// plaintext reports what of the file the rule encrypts, values and comments that
// hold some, and whether that is anything.
func (f *judged) plaintext(r *policy.Rule) bool {
	if encrypt.IsLFSPointer(f.src) {
		msg := foreign(f.src)
		if f.sealedInLFS() {
			msg = "is in Git LFS, so Git has only a pointer, and a rule governs the file. The file is encrypted: take it out of LFS"
		}
		f.add(Finding{Code: CodePlaintext, Rule: r.Source, Message: msg, Fix: lfsFix(f)})
		return true
	}
	places, err := f.plainPlaces(r)
	var comments []tellingComment
	if err == nil {
		comments, err = f.plainComments(r)
	}
	if err != nil {
		what := foreign(f.src)
		if what == "" {
			what = "is not encrypted, and cannot be read to see whether it needs to be: " + err.Error()
		}
		f.add(Finding{Code: CodePlaintext, Line: encrypt.LineOf(err), Rule: r.Source, Message: what, Fix: encryptFix(f)})
		return true
	}
	for i, p := range places {
		if i == maxPlaces {
			f.add(Finding{Code: CodePlaintext, Rule: r.Source, Message: fmt.Sprintf("and %d more values in plaintext", len(places)-i), Fix: encryptFix(f)})
			break
		}
		msg := "is plaintext, but the rule encrypts it"
		if encrypt.FileAt(f.path).IsBinary() {
			p = encrypt.Value{}
			msg = "is not encrypted, but its rule requires it"
			if what := foreign(f.src); what != "" {
				msg = what
			}
		}
		f.add(Finding{Code: CodePlaintext, Line: int(p.Pos.Line), Column: int(p.Pos.Col), KeyPath: p.Path.String(), Rule: r.Source, Message: msg, Fix: encryptFix(f)})
	}
	if len(places) > 0 { // to encrypt them encrypts the comments as well
		comments = slices.DeleteFunc(comments, func(c tellingComment) bool { return c.Sealable })
	}
	f.addComments(r, comments)
	return len(places)+len(comments) > 0
}

// plainPlaces lists the values of the plaintext that the rule encrypts.
func (f *judged) plainPlaces(r *policy.Rule) ([]encrypt.Value, error) {
	if len(bytes.TrimSpace(f.src)) == 0 {
		return nil, nil
	}
	plain, err := f.asPlain()
	if err != nil {
		return nil, err
	}
	all, err := plain.Values(r)
	if err != nil {
		return nil, err
	}
	var places []encrypt.Value
	for _, s := range all {
		if s.Encrypted {
			places = append(places, s)
		}
	}
	return places, nil
}

// foreign names what other tools leave in the place of a file.
func foreign(src []byte) string {
	switch {
	case encrypt.IsLFSPointer(src):
		return "is in Git LFS as plaintext, so Git has only a pointer, and a rule governs the file. Take it out of LFS and encrypt it"
	case bytes.HasPrefix(src, []byte("\x00GITCRYPT\x00")):
		return "is encrypted with git-crypt, not as its rule requires"
	case bytes.HasPrefix(src, []byte("age-encryption.org/v1")), bytes.HasPrefix(src, []byte("-----BEGIN AGE ENCRYPTED FILE-----")):
		return "is encrypted with age alone, not as its rule requires"
	case bytes.HasPrefix(src, []byte("-----BEGIN PGP MESSAGE-----")):
		return "is encrypted with PGP alone, not as its rule requires"
	}
	return ""
}
