package cijob

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/audit"
	"github.com/gitsecrets/gitsecrets/internal/cli"
)

// auditLog is where openings are recorded; empty means nowhere.
func (j *ciJob) auditLog() string {
	if path := j.c.String("audit-log"); path != "" {
		return path
	}
	if j.section != nil {
		return j.section.AuditLog
	}
	return ""
}

// audit records which files were opened, or not, by whom and with which keys.
// Where that was asked for and fails, no file is used.
func (j *ciJob) audit(files []*ciFile) error {
	path := j.auditLog()
	if path == "" {
		return nil
	}
	var who jobIdentity
	if j.lenders != nil {
		who = j.lenders.who()
	}
	var records []audit.Record
	for _, f := range files {
		r := audit.Record{
			Time: time.Now().UTC(), Version: j.a.Version, Verb: j.c.Command.Name, Outcome: audit.Opened,
			Provider: j.run.Provider, Issuer: who.claims.Issuer, Subject: who.claims.Subject, Audience: who.claims.Audience,
			Repository: j.run.Repository, RunID: j.run.RunID, Attempt: j.run.Attempt, Job: j.run.Job,
			Ref: j.run.Ref, SHA: j.run.SHA, Event: j.run.Event, Actor: j.run.Actor,
			SessionName: who.session, AssumedRole: who.role,
		}
		if f.err != nil {
			r.Outcome = audit.Failed
			r.Error, r.Code = failureClass(f.err)
		}
		file := audit.File{Path: f.in.Name}
		if f.in.Data != nil {
			sum := sha256.Sum256(f.in.Data)
			file.SHA256 = hex.EncodeToString(sum[:])
		}
		if f.rule != nil {
			file.Rule = f.rule.Source
			for _, k := range f.rule.Groups[0] {
				file.Keys = append(file.Keys, k.ID)
			}
		}
		if ref := j.settings.Key; ref != nil {
			file.Keys = append(file.Keys, ref.Text)
		}
		r.Files = []audit.File{file}
		records = append(records, r)
	}
	return cli.Coded(cli.ExitWrite, audit.Append(path, records...))
}

// auditRefused records files for which nobody was asked, because of err: the job
// has no identity, or may not open anything. That this could not be recorded is
// said, and changes nothing, since nothing was opened.
func (j *ciJob) auditRefused(names []string, err error) {
	files := make([]*ciFile, len(names))
	for i, name := range names {
		files[i] = &ciFile{in: &cli.Input{Name: name}, err: err}
	}
	j.auditFailed(files)
}

func (j *ciJob) auditFailed(files []*ciFile) {
	if err := j.audit(files); err != nil {
		j.a.Warnf("%s", err)
	}
}

// failureClass is why a file could not be opened, in one word, and the code of
// the service that said so.
func failureClass(err error) (class, code string) {
	var mac *encrypt.MACError
	if errors.As(err, &mac) {
		return "mac", ""
	}
	if class, code = audit.Class(err); class == "other" {
		class, _ = audit.Class(&call.Error{Failure: call.BadKey})
	}
	return class, code
}
