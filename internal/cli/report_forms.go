package cli

import (
	"io"

	"github.com/gitsecrets/gitsecrets/hooks"
)

// isReportFormat reports whether a report can be written in a form of this name.
func isReportFormat(format string) bool {
	switch format {
	case "", "text", "json", "sarif", "github", "gitlab", "junit":
		return true
	}
	return false
}

// writeReportAs writes a report in the form that is named; the form without a name is text.
// version is that of this program, which SARIF tells.
func writeReportAs(w io.Writer, format string, r *hooks.Report, version string) error {
	switch format {
	case "json":
		return reportJSON(w, r)
	case "sarif":
		return reportSARIF(w, r, version)
	case "github":
		reportGitHub(w, r)
	case "gitlab":
		return reportGitLab(w, r)
	case "junit":
		return reportJUnit(w, r)
	default:
		reportText(w, r)
	}
	return nil
}
