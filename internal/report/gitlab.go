package report

import (
	"io"
	"strings"

	"github.com/gitsecrets/gitsecrets/hooks"
)

// writeGitLab writes a Code Quality report of GitLab. Accepted findings are
// not in it: it has no word for them.
func writeGitLab(w io.Writer, r *hooks.Report) error {
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
	return EncodeJSON(w, out)
}
