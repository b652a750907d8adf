package hooks

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

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

// regresses reports a file that was encrypted and would be plaintext, though nobody has said that it may.
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
		f.add(Finding{
			Code: CodeMoved, Fix: sealAgainFix(f),
			Message: "contains the plaintext of " + text.Path(name) + ", an encrypted file that goes away in this change",
		})
	}
	return name != "", nil
}

// givenUp reports an encrypted file that makes room for something that holds no secret itself: what comes there next
// would not be held against it.
func (f *judged) givenUp(what string) (bool, error) {
	if may, err := f.released(); may || err != nil {
		return false, err
	}
	f.add(Finding{Code: CodeRegression, Message: "was encrypted and would " + what + wayOut, Fix: restoreFix(f)})
	return true, nil
}

// wayOut says how a file that was encrypted may go or become plaintext, where encrypting it is not what mends it.
const wayOut = "; to give it up, delete it; to open it, release its path in an earlier change (gitsecrets: released: in .sops.yaml)"

// replaced judges what takes the place of a file and is not a file itself: an encrypted file does not become plaintext
// behind a link.
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

// plaintext reports what of the file the rule encrypts, values and comments that hold some, and whether that is
// anything.
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
