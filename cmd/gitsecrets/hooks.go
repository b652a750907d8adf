package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/hooks"
	"github.com/gitsecrets/gitsecrets/internal/term"
)

func (a *app) hooksCommand() *cli.Command {
	return &cli.Command{
		Name:      "hooks",
		Usage:     "install, remove or look at the hooks that judge commits and pushes",
		ArgsUsage: "install | uninstall | status",
		Description: "install puts pre-commit, pre-merge-commit and pre-push where this repository looks for them; a hook that\n" +
			"is there runs first. uninstall gives back what was there. status says what is active and proves it: a made-up\n" +
			"credential is put before the hook that Git runs, on a scratch index, and must be refused; exit code 1 if not.",
		Flags: []cli.Flag{
			boolFlag("server", "install pre-receive into a bare repository"),
			boolFlag("json", "print the status as JSON"),
		},
		Action: a.hooks,
	}
}

func (a *app) hooks(c *cli.Context) error {
	if c.NArg() != 1 {
		return usagef("hooks needs one of install, uninstall and status")
	}
	program, err := os.Executable()
	if err == nil {
		program, err = filepath.Abs(program)
	}
	if err != nil {
		return err
	}
	site := &hooks.Site{Env: os.Environ(), Program: program, Server: c.Bool("server")}
	switch action := c.Args().First(); action {
	case "install":
		done, err := hooks.Install(c.Context, site)
		a.tellDone(done)
		return hooksRefusal(err)
	case "uninstall":
		done, err := hooks.Uninstall(c.Context, site)
		a.tellDone(done)
		return hooksRefusal(err)
	case "status":
		return a.hooksStatus(c, site)
	default:
		return &usageError{msg: "hooks knows no " + action, hint: "install, uninstall or status"}
	}
}

// hooksRefusal gives the reason why hooks must not be written its way out.
func hooksRefusal(err error) error {
	var refused *hooks.RefusedError
	if errors.As(err, &refused) {
		return &codedError{err: fmt.Errorf("nothing was changed: %w", err), code: exitGeneric, hint: refused.Instead}
	}
	return err
}

func (a *app) tellDone(done []hooks.Done) {
	for _, d := range done {
		words := d.What
		switch {
		case d.What == "left alone":
			words += ": it is not ours, or was changed since"
		case d.What == "removed" && d.Before != "":
			words += "; the hook that was there before is back"
		case d.Before != "":
			words += "; " + filepath.Base(d.Before) + " runs first"
		}
		a.say("%s: %s", term.EscapeLine(a.shortName(d.Path)), words)
	}
}

func (a *app) hooksStatus(c *cli.Context, site *hooks.Site) error {
	all, proof, err := hooks.Look(c.Context, site)
	if err != nil {
		return hooksRefusal(err)
	}
	bad := !proof.Refused
	for _, s := range all {
		bad = bad || s.Problem != ""
	}
	if c.Bool("json") {
		err = encodeJSON(a.stdout, struct {
			Active bool           `json:"active"`
			Hooks  []hooks.Status `json:"hooks"`
			Canary *hooks.Proof   `json:"canary"`
		}{!bad, all, proof})
	} else {
		for _, s := range all {
			words := "active"
			switch {
			case s.Problem != "":
				words = s.Problem
			case !s.Ours:
				words = "calls gitsecrets"
			case s.Before != "":
				words += ", after " + filepath.Base(s.Before)
			}
			fmt.Fprintf(a.stdout, "%s: %s\n", term.EscapeLine(a.shortName(s.Path)), term.EscapeLine(words))
		}
		switch {
		case site.Server:
		case proof.Refused:
			fmt.Fprintln(a.stdout, "canary: a made-up credential was refused")
		default:
			fmt.Fprintln(a.stdout, "canary: "+term.EscapeLine(proof.Problem))
		}
	}
	if err != nil {
		return err
	}
	if bad {
		return exitError(exitGeneric)
	}
	return nil
}
