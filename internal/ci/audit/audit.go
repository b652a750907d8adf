// Package audit notes who opened what in a job, in lines of JSON. Call [Append]. A record has no place for a secret,
// and what looks like a token in a claim is left out.
package audit

import (
	"encoding/json"
	"errors"
	"io/fs"
	"slices"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Record is one line of an audit log: who opened what, when, and how it went. It has no place for a secret.
// docs/audit.md says what each field means and how it joins with the logs of AWS and Vault.
type Record struct {
	Time    time.Time `json:"time"`    // zero means now
	Version string    `json:"version"` // of the program
	Verb    string    `json:"verb,omitempty"`
	Outcome string    `json:"outcome"`         // Opened or Failed
	Error   string    `json:"error,omitempty"` // of Class, never a message
	Code    string    `json:"code,omitempty"`  // what the service called it, such as AccessDenied

	Provider   job.Provider `json:"provider,omitempty"`
	Issuer     string       `json:"issuer,omitempty"`
	Subject    string       `json:"subject,omitempty"`
	Audience   []string     `json:"audience,omitempty"`
	Repository string       `json:"repository,omitempty"`
	RunID      string       `json:"run_id,omitempty"`
	Attempt    string       `json:"attempt,omitempty"`
	Job        string       `json:"job,omitempty"`
	Ref        string       `json:"ref,omitempty"`
	SHA        string       `json:"sha,omitempty"`
	Event      string       `json:"event,omitempty"`
	Actor      string       `json:"actor,omitempty"`

	SessionName string `json:"session_name,omitempty"`
	AssumedRole string `json:"assumed_role,omitempty"` // the ARN of the role's session

	Files []File `json:"files"`
}

// File is a file that was opened, or was to be.
type File struct {
	Path   string   `json:"path"`             // in the repository
	SHA256 string   `json:"sha256,omitempty"` // of the sealed file
	Rule   string   `json:"rule,omitempty"`   // file and line of the rule that governs it
	Keys   []string `json:"keys,omitempty"`   // the master keys that opened it: ARNs, recipients, names
}

// The outcomes.
const (
	Opened = "opened"
	Failed = "failed"
)

// Class returns the class of an error, for [Record].Error, and the service's own code for it. Both are empty for nil.
func Class(err error) (class, code string) {
	if err == nil {
		return "", ""
	}
	var e *call.Error
	if !errors.As(err, &e) {
		return "other", ""
	}
	switch e.Failure {
	case call.BadSetting:
		class = "bad_setting"
	case call.NoIdentity:
		class = "no_identity"
	case call.Refused, call.NoCredentials, call.NotTheService:
		class = "refused"
	case call.Transient:
		class = "transient"
	case call.Unsafe:
		class = "unsafe"
	case call.BadKey:
		class = "bad_key"
	default:
		class = "other"
	}
	return class, e.Code
}

// Append appends records to a log, each as a line of JSON, by one write. A claim can hold what its owner wants: what
// has the mark of a token or a private key is left out. The log is made with mode 0600 if it is not there, and is
// synced. Lines of processes that append at the same time stay whole; what a killed one left of a line gets a line of
// its own.
func Append(path string, records ...Record) error {
	var lines []byte
	for _, rec := range records {
		if rec.Time.IsZero() {
			rec.Time = time.Now()
		}
		rec.Time = rec.Time.UTC().Truncate(time.Millisecond)
		if rec.Files == nil {
			rec.Files = []File{}
		}
		line, err := json.Marshal(rec.clean())
		if err != nil {
			return err
		}
		lines = append(append(lines, line...), '\n')
	}
	if len(lines) == 0 {
		return nil
	}
	err := atomicfile.Append(path, lines, atomicfile.AppendOptions{Create: 0o600, Sync: true})
	why := "cannot be written"
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bounded.ErrIrregular):
		why = "is not a regular file"
	case errors.Is(err, fs.ErrPermission):
		why = "cannot be written: permission denied"
	case errors.Is(err, fs.ErrNotExist):
		why = "cannot be made: its folder does not exist"
	}
	return &call.Error{Failure: call.BadSetting, Text: "the audit log " + text.QuoteName(path) + " " + why, Err: err}
}

// clean returns the record without what looks like a token in any of its texts.
func (r Record) clean() Record {
	r.Provider = job.Provider(noToken(string(r.Provider)))
	for _, text := range []*string{&r.Version, &r.Verb, &r.Outcome, &r.Error, &r.Code, &r.Issuer, &r.Subject, &r.Repository, &r.RunID, &r.Attempt, &r.Job,
		&r.Ref, &r.SHA, &r.Event, &r.Actor, &r.SessionName, &r.AssumedRole} {
		*text = noToken(*text)
	}
	r.Audience = noTokens(r.Audience)
	r.Files = slices.Clone(r.Files)
	for i := range r.Files {
		f := &r.Files[i]
		f.Path, f.SHA256, f.Rule, f.Keys = noToken(f.Path), noToken(f.SHA256), noToken(f.Rule), noTokens(f.Keys)
	}
	return r
}

func noToken(s string) string { return text.Withhold(s) }

func noTokens(list []string) []string {
	list = slices.Clone(list)
	for i, s := range list {
		list[i] = noToken(s)
	}
	return list
}
