package main

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	"github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/ci"
	"github.com/gitsecrets/gitsecrets/internal/githooks"
	"github.com/gitsecrets/gitsecrets/internal/term"
)

// hooksReport is what hooks status --json prints.
type hooksReport struct {
	Active   bool              `json:"active"` // every hook refuses what it must
	Hooks    []githooks.Status `json:"hooks"`
	Canary   *githooks.Proof   `json:"canary"`
	Warnings []string          `json:"warnings,omitempty"`
}

func (a *app) hooksStatus(c *cli.Context, site *githooks.Site) error {
	all, proof, err := githooks.Look(c.Context, site)
	if err != nil {
		return hooksRefusal("status", err)
	}
	report := hooksReport{Active: proof.Refused, Hooks: all, Canary: proof}
	a.otherPolicies()
	if report.Warnings, err = githooks.Warnings(c.Context, site); err != nil {
		return err
	}
	for _, s := range all {
		report.Active = report.Active && s.Problem == ""
	}
	if c.Bool("json") {
		err = encodeJSON(a.words(), report)
	} else {
		err = a.printHooksStatus(report)
	}
	if err != nil {
		return err
	}
	if slices.ContainsFunc(all, func(s githooks.Status) bool { return s.Problem == githooks.ProblemMissing }) {
		a.say("hint: gitsecrets hooks install%s", map[bool]string{true: " --server"}[site.Server])
	}
	if !report.Active {
		return exitError(exitGeneric)
	}
	return nil
}

// otherPolicies says which policy the verbs use here that the hooks do not know.
func (a *app) otherPolicies() {
	if name := os.Getenv("SOPS_CONFIG"); name != "" {
		a.warnf("SOPS_CONFIG names %s: the verbs use it, the hooks judge by the policies of the repository alone", term.Escape(name))
		return
	}
	here, err := inDisk(".")
	if err != nil {
		return
	}
	found, _ := a.policies.Find(path.Join(here, "-"), "")
	if found != nil && aboveRepository(onDisk(found.Dir)) {
		a.warnf("%s lies above the repository: the verbs use it, the hooks do not", term.Escape(a.policyName(found)))
	}
}

// aboveRepository reports whether a folder above the working one, or that itself,
// is no part of its repository.
func aboveRepository(folder string) bool {
	here, err := os.Getwd()
	top, _ := ci.RepositoryAbove(here)
	return err == nil && len(folder) < len(top)
}

func (a *app) printHooksStatus(report hooksReport) error {
	for _, s := range report.Hooks {
		words := "active"
		switch {
		case s.Problem != "":
			words = s.Problem
		case !s.Ours:
			words += ": kept by another program, and calls gitsecrets"
		default:
			words += fmt.Sprintf(", version %d", s.Version)
		}
		if s.Before != "" {
			words += ", after " + filepath.Base(s.Before) + " (not run for the canary)"
		}
		if _, err := fmt.Fprintf(a.words(), "%s: %s\n", term.EscapeLine(a.shortName(s.Path)), term.EscapeLine(words)); err != nil {
			return err
		}
	}
	for _, words := range report.Warnings {
		a.warnf("%s", words)
	}
	words := "a made-up credential was refused"
	if !report.Canary.Refused {
		words = report.Canary.Problem
	}
	_, err := fmt.Fprintln(a.words(), "canary: "+term.EscapeLine(words))
	return err
}
