package hooks

import (
	"bytes"
	"errors"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// maxPlaces is how many values in the clear are reported of one file.
const maxPlaces = 20

// govern judges the file by its rules. It reports whether the file is sealed with nothing in the clear, so that no scan
// can find anything in it.
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

// claimsSealed reports whether a file that cannot be read as a sealed one looks like one all the same: half of a merge,
// or something that was damaged.
func claimsSealed(src []byte) bool {
	return bytes.Contains(src, []byte("ENC[AES256_GCM,")) && bytes.Contains(src, []byte("lastmodified"))
}

// quotesSealed reports whether a file is a text that shows an encrypted one, as documentation does: its name is of no
// format, and no format reads it.
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
