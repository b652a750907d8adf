package main

import (
	"path/filepath"
	"slices"

	"github.com/gitsecrets/gitsecrets/hooks"
)

// fromHere makes the commands of a report, whose paths begin at the top of the
// repository, work in the folder where the person stands.
func fromHere(r *hooks.Report, root, dir string) *hooks.Report {
	if root == "" {
		return r
	}
	dir, err := filepath.Abs(dir)
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		return r
	}
	if real, err := filepath.EvalSymlinks(root); err == nil {
		root = real
	}
	up, err := filepath.Rel(dir, root)
	if err != nil || up == "." {
		return r
	}
	here := *r
	here.Findings = slices.Clone(r.Findings)
	for i, f := range here.Findings {
		if f.Fix != "" {
			here.Findings[i].Fix = "(cd " + shellQuote(filepath.ToSlash(up)) + " && " + f.Fix + ")"
		}
		if f.Then != "" {
			here.Findings[i].Then += ", at the top of the repository"
		}
	}
	return &here
}
