package hooks

import (
	"errors"
	"fmt"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// judged is one file while it is judged.
type judged struct {
	*judge
	path   string
	entry  gitrepo.Entry
	old    gitrepo.Entry
	src    []byte
	parsed readPlain // src
	plain  bool      // it is a regular file that is not sealed
	report Report
}

// look reads the content, if it is not here, and judges it.
func (f *judged) look(blob *gitrepo.HistoryBlob) error {
	f.report.Judged = 1
	if blob != nil && blob.Large != nil {
		return f.tooLarge(blob.Large)
	}
	if blob != nil {
		f.src = blob.Data
		return f.examine()
	}
	var err error
	f.src, err = f.snap.tree.Blob(f.ctx, f.entry, f.limit())
	var large *gitrepo.TooLargeError
	if errors.As(err, &large) {
		return f.tooLarge(large)
	}
	if err != nil {
		return err
	}
	return f.examine()
}

// examine judges the content.
func (f *judged) examine() (err error) {
	if f.search != nil {
		return f.find(f.search)
	}
	if why := f.snap.taken[f.path]; why != 0 {
		return f.takenFile(why)
	}
	if f.snap.whole {
		if !f.entry.Mode.IsRegular() {
			return f.replaced("a symbolic link")
		}
		if !f.isPolicy() {
			_, err = f.govern()
		}
		return err
	}
	if f.isPolicy() {
		f.policyFile()
		return f.scan()
	}
	sealed := false
	if f.entry.Mode.IsRegular() {
		sealed, err = f.govern()
	} else {
		err = f.replaced("a symbolic link")
	}
	if err != nil {
		return err
	}
	if sealed || f.inTheClear() {
		return nil // nothing to find, or nothing more to say of it
	}
	return f.scan()
}

// inTheClear reports whether the file is refused as a whole already.
func (f *judged) inTheClear() bool {
	for _, found := range f.report.Findings {
		switch found.Code {
		case CodePlaintext, CodeRegression, CodeMoved, CodeLoosePolicy, CodeTooLarge:
			return true
		}
	}
	return false
}

// limit is how many bytes of a file are looked at.
func (j *judge) limit() int64 {
	if j.opts.MaxSize > 0 {
		return j.opts.MaxSize
	}
	return DefaultMaxSize
}

func (f *judged) tooLarge(e *gitrepo.TooLargeError) error {
	if why := f.snap.taken[f.path]; f.snap.whole || why != 0 && why&dropsSeal == 0 {
		return nil // said of the commit that brought it
	}
	rules := &ruleSet{}
	if f.search == nil {
		var err error
		if rules, err = f.rules(); err != nil {
			return err
		}
	}
	msg := fmt.Sprintf("has %d bytes; files above %d are not looked at", e.Size, e.Limit)
	pass := f.opts.AllowLarge && !rules.govern()
	if pass {
		was, err := f.opens()
		if err != nil {
			return err
		}
		if was {
			if was, err = f.released(); err != nil {
				return err
			}
			was = !was
		}
		if was {
			pass, msg = false, "was encrypted, and "+msg
		}
	}
	if pass {
		f.report.Warnings = append(f.report.Warnings, text.Path(f.path)+" "+msg)
		return nil
	}
	f.add(Finding{Code: CodeTooLarge, Message: msg, Fix: restoreFix(f)})
	return nil
}

// add reports a finding about this file.
func (f *judged) add(finding Finding) {
	finding.Path = f.path
	commit, rewrite := f.snap.commit, f.snap.rewrite
	if f.snap.broughtBy != nil {
		commit, rewrite = f.snap.broughtBy(f.path)
	}
	finding.Commit = string(commit)
	if finding.Fingerprint == "" {
		finding.Fingerprint = fingerprint(finding)
	}
	if rewrite != "" && finding.Fix != "" {
		finding.Then = rewriteThen(commit, rewrite, finding.Fix)
		finding.Fix = rewrite
	}
	if finding.Accepted != "" {
		f.report.Accepted = append(f.report.Accepted, finding)
		return
	}
	f.report.Findings = append(f.report.Findings, finding)
}
