package cli

import (
	"encoding/json"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/gitsecrets/gitsecrets/hooks"
)

// jsonFinding is a finding as docs/report.md describes it.
type jsonFinding struct {
	Code        string `json:"code"`
	Path        string `json:"path"`
	PathBytes   []byte `json:"path_bytes,omitempty"` // in base64, of a path that is no UTF-8
	Line        int    `json:"line,omitempty"`
	Column      int    `json:"column,omitempty"`
	KeyPath     string `json:"key_path,omitempty"`
	Message     string `json:"message"`
	Fix         string `json:"fix,omitempty"`
	Then        string `json:"then,omitempty"`
	Rule        string `json:"rule,omitempty"`
	Commit      string `json:"commit,omitempty"`
	Fingerprint string `json:"fingerprint"`
	Accepted    string `json:"accepted,omitempty"`
}

// jsonUnseen is a file that was not looked at.
type jsonUnseen struct {
	Path string `json:"path"`
	Why  string `json:"why"`
}

func toJSON(fs []hooks.Finding) []jsonFinding {
	out := make([]jsonFinding, 0, len(fs))
	for _, f := range fs {
		j := jsonFinding{
			Code: string(f.Code), Path: f.Path, Line: f.Line, Column: f.Column, KeyPath: f.KeyPath, Message: f.Message,
			Fix: f.Fix, Then: f.Then, Rule: f.Rule, Commit: f.Commit, Fingerprint: f.Fingerprint, Accepted: f.Accepted,
		}
		if !utf8.ValidString(f.Path) {
			j.PathBytes = []byte(f.Path)
		}
		out = append(out, j)
	}
	return out
}

func encodeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func reportJSON(w io.Writer, r *hooks.Report) error {
	warnings := append([]string{}, r.Warnings...)
	var unseen []jsonUnseen
	for _, u := range r.Unseen {
		unseen = append(unseen, jsonUnseen{u.Path, string(u.Why)})
	}
	return encodeJSON(w, struct {
		Version  int           `json:"version"`
		Verdict  string        `json:"verdict"`
		Judged   int           `json:"judged"`
		Sealed   int           `json:"sealed"`
		Findings []jsonFinding `json:"findings"`
		Accepted []jsonFinding `json:"accepted"`
		Warnings []string      `json:"warnings"`
		Unseen   []jsonUnseen  `json:"unseen,omitempty"`
	}{1, r.Verdict.String(), r.Judged, r.Sealed, toJSON(r.Findings), toJSON(r.Accepted), append(warnings, r.Notes()...), unseen})
}

// reportGitLab writes a Code Quality report of GitLab. Accepted findings are
// not in it: it has no word for them.
func reportGitLab(w io.Writer, r *hooks.Report) error {
	type lines struct {
		Begin int `json:"begin"`
	}
	type location struct {
		Path  string `json:"path"`
		Lines lines  `json:"lines"`
	}
	type issue struct {
		Description string   `json:"description"`
		CheckName   string   `json:"check_name"`
		Fingerprint string   `json:"fingerprint"`
		Severity    string   `json:"severity"`
		Location    location `json:"location"`
	}
	out := make([]issue, 0, len(r.Findings))
	for _, f := range r.Findings {
		out = append(out, issue{
			Description: sentence(f), CheckName: string(f.Code), Fingerprint: f.Fingerprint, Severity: "blocker",
			Location: location{strings.ToValidUTF8(f.Path, "\uFFFD"), lines{max(f.Line, 1)}},
		})
	}
	return encodeJSON(w, out)
}

// sentence is a finding in one line, without its path and place.
func sentence(f hooks.Finding) string {
	s := f.Message
	if f.KeyPath != "" {
		s = f.KeyPath + " " + s
	}
	if f.Fix != "" {
		s += ". To mend it: " + f.Fix
		if f.Then != "" {
			s += "; in it " + f.Then
		}
	}
	return s
}
