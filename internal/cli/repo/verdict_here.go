package repo

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gitsecrets/gitsecrets/hooks"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// fromHere makes the commands of a report, whose paths begin at the top of the
// repository, work in the folder where the person stands, and by the policies
// that were judged by, whatever SOPS_CONFIG names.
func fromHere(r *hooks.Report, root, dir string) *hooks.Report {
	up := upTo(root, dir)
	named := os.Getenv("SOPS_CONFIG") != ""
	if up == "" && !named {
		return r
	}
	here := *r
	here.Findings = slices.Clone(r.Findings)
	for i, f := range here.Findings {
		var first []string
		if named && strings.Contains(f.Fix, "gitsecrets ") {
			first = append(first, "unset SOPS_CONFIG")
		}
		if up != "" {
			first = append(first, "cd "+text.ShellPath(up))
		}
		if f.Fix != "" && len(first) > 0 {
			here.Findings[i].Fix = "(" + strings.Join(append(first, f.Fix), " && ") + ")"
		}
		if f.Then != "" && up != "" {
			here.Findings[i].Then += ", at the top of the repository"
		}
	}
	return &here
}

// upTo is the way from a folder to the top of its repository; empty if it is
// the top, or that is not known.
func upTo(root, dir string) string {
	if root == "" {
		return ""
	}
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	up, err := filepath.Rel(dir, root)
	if err != nil || up == "." {
		return ""
	}
	return filepath.ToSlash(up)
}
