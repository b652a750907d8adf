package repo

import (
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/ci/outputs"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/githooks"
	"github.com/gitsecrets/gitsecrets/internal/report"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

func (a *verbs) hooksStatus(c *urfave.Context, site *githooks.Site) error {
	status, err := githooks.Status(c.Context, site)
	if err != nil {
		return hooksRefusal("status", err)
	}
	a.otherPolicies()
	if c.Bool("json") {
		err = report.EncodeJSON(a.Words(), status)
	} else {
		err = a.printHooksStatus(status)
	}
	if err != nil {
		return err
	}
	if slices.ContainsFunc(status.Hooks, func(s githooks.HookStatus) bool { return s.Problem == githooks.ProblemMissing }) {
		a.Say("hint: gitsecrets hooks install%s", map[bool]string{true: " --server"}[site.Server])
	}
	if !status.Active {
		return cli.ExitError(cli.ExitGeneric)
	}
	return nil
}

// otherPolicies says which policy the verbs use here that the hooks do not know.
func (a *verbs) otherPolicies() {
	if name := os.Getenv("SOPS_CONFIG"); name != "" {
		a.Warnf("SOPS_CONFIG names %s: the verbs use it, the hooks judge by the policies of the repository alone", text.Escape(name))
		return
	}
	here, err := cli.InDisk(".")
	if err != nil {
		return
	}
	found, _ := a.Policies.Find(path.Join(here, "-"), "")
	if found != nil && aboveRepository(cli.OnDisk(found.Dir)) {
		a.Warnf("%s lies above the repository: the verbs use it, the hooks do not", text.Escape(a.PolicyName(found)))
	}
}

// aboveRepository reports whether a folder above the working one, or that itself,
// is no part of its repository.
func aboveRepository(folder string) bool {
	here, err := os.Getwd()
	top, _ := outputs.RepositoryAbove(here)
	return err == nil && len(folder) < len(top)
}

func (a *verbs) printHooksStatus(report *githooks.SiteStatus) error {
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
		if _, err := fmt.Fprintf(a.Words(), "%s: %s\n", text.EscapeLine(a.ShortName(s.Path)), text.EscapeLine(words)); err != nil {
			return err
		}
	}
	for _, words := range report.Warnings {
		a.Warnf("%s", words)
	}
	words := "a made-up credential was refused"
	if !report.Canary.Refused {
		words = report.Canary.Problem
	}
	_, err := fmt.Fprintln(a.Words(), "canary: "+text.EscapeLine(words))
	return err
}
