// Package report writes what hooks found, in the forms that people and programs read:
// [Text] for a person, [Write] in a form by its name. Programs read these forms: they
// change only on purpose, and docs say what stands in them.
package report

import (
	"io"

	"github.com/gitsecrets/gitsecrets/hooks"
)

// IsFormat reports whether a report can be written in a form of this name.
func IsFormat(format string) bool {
	switch format {
	case "", "text", "json", "sarif", "github", "gitlab", "junit":
		return true
	}
	return false
}

// Write writes a report in the form that is named; the form without a name is text.
// version is that of this program, which SARIF tells.
func Write(w io.Writer, format string, r *hooks.Report, version string) error {
	switch format {
	case "json":
		return writeJSON(w, r)
	case "sarif":
		return writeSARIF(w, r, version)
	case "github":
		writeGitHub(w, r)
	case "gitlab":
		return writeGitLab(w, r)
	case "junit":
		return writeJUnit(w, r)
	default:
		Text(w, r)
	}
	return nil
}
