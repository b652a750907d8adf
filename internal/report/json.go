package report

import (
	"encoding/json"
	"io"
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

// EncodeJSON writes v as the JSON of reports: indented, and without escapes for HTML.
func EncodeJSON(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

func writeJSON(w io.Writer, r *hooks.Report) error {
	warnings := append([]string{}, r.Warnings...)
	var unseen []jsonUnseen
	for _, u := range r.Unseen {
		unseen = append(unseen, jsonUnseen{u.Path, string(u.Why)})
	}
	return EncodeJSON(w, struct {
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
