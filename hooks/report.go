package hooks

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Verdict is what was decided about a file, or about a snapshot. The zero value is the safe one.
type Verdict uint8

// The verdicts.
const (
	Refused Verdict = iota // something must be mended first
	Sealed                 // encrypted as its rule demands
	Clean                  // nothing in it is a secret, as far as can be seen
)

var verdictNames = [...]string{Refused: "refused", Sealed: "sealed", Clean: "clean"}

// String returns the verdict in one word.
func (v Verdict) String() string {
	if int(v) >= len(verdictNames) {
		return "unknown"
	}
	return verdictNames[v]
}

// Code names a kind of finding. Codes are stable: people and programs filter by them.
type Code string

// The codes. That of a leak is [LeakCode] and the id of the rule of the scan.
const (
	CodePlaintext   Code = "plaintext"         // a file, or a value of it, in the clear where the rule encrypts
	CodeRegression  Code = "decrypted"         // what was encrypted would become plaintext
	CodeMoved       Code = "moved-out"         // the plaintext of an encrypted file that goes away
	CodeCopy        Code = "copy"              // the plaintext of an encrypted file beside it
	CodeKeys        Code = "keys"              // master keys are not the rule's
	CodeSelector    Code = "selector"          // selector or MAC mode are not the rule's
	CodeMetadata    Code = "metadata"          // damaged metadata, or something hidden in it
	CodeUnreadable  Code = "unreadable"        // cannot be parsed, so cannot be judged
	CodePolicy      Code = "policy"            // a .sops.yaml that is invalid
	CodeLoosePolicy Code = "policy-not-staged" // a policy outside of what is committed governs the file
	CodeTooLarge    Code = "too-large"         // larger than what is looked at
)

// LeakCode begins the code of a credential that the scan found.
const LeakCode = "leak:"

// Finding is one reason to refuse, or one that somebody accepted. It never holds a value.
type Finding struct {
	Code    Code
	Path    string // bytes as Git has them
	Line    int    // from 1; 0: the whole file
	Column  int    // from 1, in bytes; 0: the whole line
	KeyPath string // as in set: ["a"]["b"]; empty where it does not apply
	Message string
	// Fix is one command that mends it, for a POSIX shell; empty if there is none.
	Fix string
	// Then says what follows Fix, where that stops half-way; empty if nothing does.
	Then string
	// Rule is where the creation rule stands, as ".sops.yaml:4".
	Rule string
	// Commit is the id of the commit that holds the file; empty for the index and for the working tree.
	Commit string
	// Fingerprint names the finding for lists of accepted ones.
	Fingerprint string
	// Accepted says who accepted it: "comment", ".sops.yaml:12", "baseline"; empty if nobody did.
	Accepted string
}

// Report is the outcome of a judgement.
type Report struct {
	Verdict  Verdict
	Findings []Finding // that refuse: by commit, in the order judged, by path and place
	Accepted []Finding // that somebody accepted, each still reported
	// Judged counts the files that were looked at, Sealed those that are encrypted as their rule demands.
	Judged, Sealed int
	// Warnings are words about the judgement as a whole.
	Warnings []string
	// Unseen are the files that were not looked at, or not into. Notes tells them in brief.
	Unseen []Unseen
}

// add joins another report to this one.
func (r *Report) add(other *Report) {
	r.Findings = append(r.Findings, other.Findings...)
	r.Accepted = append(r.Accepted, other.Accepted...)
	r.Judged += other.Judged
	r.Sealed += other.Sealed
	r.Unseen = append(r.Unseen, other.Unseen...)
	for _, w := range other.Warnings {
		if !slices.Contains(r.Warnings, w) {
			r.Warnings = append(r.Warnings, w)
		}
	}
}

// close sorts the findings and gives the verdict.
func (r *Report) close() *Report {
	for _, list := range [][]Finding{r.Findings, r.Accepted} {
		order := map[string]int{}
		for _, f := range list {
			if _, ok := order[f.Commit]; !ok {
				order[f.Commit] = len(order)
			}
		}
		slices.SortStableFunc(list, func(a, b Finding) int {
			return cmp.Or(cmp.Compare(order[a.Commit], order[b.Commit]), cmp.Compare(a.Path, b.Path),
				cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column), cmp.Compare(a.Code, b.Code))
		})
	}
	slices.SortFunc(r.Unseen, func(a, b Unseen) int { return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Why, b.Why)) })
	r.Unseen = slices.Compact(r.Unseen)
	r.Verdict = Clean
	if len(r.Findings) > 0 {
		r.Verdict = Refused
	}
	return r
}

// Unseen is a file that was not looked at, or not into.
type Unseen struct {
	Path string
	Why  UnseenWhy
}

// UnseenWhy says why nothing was looked at. It is stable: people and programs filter by it.
type UnseenWhy string

// Why a file was not looked at.
const (
	UnseenArchive   UnseenWhy = "archive"   // a zip, a tar, a jar: what is packed in it
	UnseenSubmodule UnseenWhy = "submodule" // another repository
	UnseenLFS       UnseenWhy = "lfs"       // a file of Git LFS that is not here
)

// unseen takes down a file that was not looked at.
func (r *Report) unseen(path string, why UnseenWhy) {
	r.Unseen = append(r.Unseen, Unseen{path, why})
}

// maxNamed is how many files a note names.
const maxNamed = 3

// Notes are one line for each kind of what was not looked at.
func (r *Report) Notes() []string {
	var out []string
	for _, kind := range []struct {
		why   UnseenWhy
		words string
	}{
		{UnseenLFS, "in Git LFS and not here, so not looked at: "},
		{UnseenArchive, "archives are not opened: "},
		{UnseenSubmodule, "submodules are not looked into: "},
	} {
		var names []string
		for _, u := range r.Unseen {
			if u.Why == kind.why {
				names = append(names, text.Path(u.Path))
			}
		}
		if len(names) == 0 {
			continue
		}
		line := kind.words + strings.Join(names[:min(maxNamed, len(names))], ", ")
		if more := len(names) - maxNamed; more > 0 {
			line += fmt.Sprintf(" and %d more", more)
		}
		out = append(out, line)
	}
	return out
}
