package hooks

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/gitsecrets/gitsecrets/internal/scan"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// scan looks for credentials in the whole file, not in a diff of it.
func (f *judged) scan() error {
	if isArchive(f.src) {
		f.report.unseen(f.path, UnseenArchive)
	}
	res := f.scanner.Scan(f.path, f.src)
	var before map[string]bool
	for i := range res.Findings {
		leak := &res.Findings[i]
		finding := Finding{
			Code: LeakCode + Code(leak.Rule), Line: leak.Line, Column: leak.Column,
			Message: describe(leak), Fix: restoreFix(f), Fingerprint: leak.Fingerprint,
		}
		if leak.Allowed != "" {
			// Where the verdict is enforced, a comment of the change itself accepts nothing: it must have stood there
			// before.
			ok := !f.snap.enforced
			if f.snap.enforced {
				if before == nil {
					var err error
					if before, err = f.allowedBefore(); err != nil {
						return err
					}
				}
				ok = before[leak.Fingerprint]
			}
			if ok {
				finding.Accepted = leak.Allowed
			} else {
				finding.Message += "; the gitsecrets:allow comment is part of the change itself and does not count here"
			}
		}
		if finding.Accepted == "" {
			var err error
			if finding.Accepted, err = f.accept.accepts(f.ctx, f.path, leak.Rule, leak.Fingerprint); err != nil {
				return err
			}
		}
		f.add(finding)
	}
	if res.Truncated {
		f.add(Finding{Code: LeakCode + "more", Message: "has more findings than are reported", Fix: restoreFix(f)})
	}
	if res.Skipped != "" {
		f.report.Warnings = append(f.report.Warnings, text.Path(f.path)+": "+res.Skipped)
	}
	return nil
}

func describe(leak *scan.Finding) string {
	msg := leak.Description
	if leak.Decoded != "" {
		msg += fmt.Sprintf(" (hidden as %s)", leak.Decoded)
	}
	return msg
}

// allowedBefore holds the fingerprints that a comment allowed in the state of the file before the change.
func (f *judged) allowedBefore() (map[string]bool, error) {
	allowed := map[string]bool{}
	if f.old.ID == "" {
		return allowed, nil
	}
	src, err := f.oldBlob(f.old)
	if err != nil {
		return nil, err
	}
	for _, leak := range f.scanner.Scan(f.path, src).Findings {
		if leak.Allowed != "" {
			allowed[leak.Fingerprint] = true
		}
	}
	return allowed, nil
}

// fingerprint names a finding that is not a leak by what it is and where.
func fingerprint(f Finding) string {
	h := sha256.New()
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s", f.Code, f.Path, f.KeyPath, f.Message)
	return hex.EncodeToString(h.Sum(nil)[:16])
}
