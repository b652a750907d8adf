package repo

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/githooks"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

func (a *verbs) hooksCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "hooks",
		Usage:     "install, remove or look at the hooks that judge commits and pushes",
		ArgsUsage: "install | uninstall | status",
		Description: "install puts pre-commit, pre-merge-commit and pre-push where this repository looks for them; a hook that\n" +
			"is there runs first. uninstall gives back what was there. status says what is active and proves it: a made-up\n" +
			"credential is put before the hook that Git runs, on a scratch index, and must be refused; exit code 1 if not.",
		Flags: []urfave.Flag{
			cli.BoolFlag("server", "the hooks of a bare repository that is pushed to: pre-receive"),
			cli.BoolFlag("per-ref", "with --server: update instead, which refuses each ref by itself"),
			cli.BoolFlag("print", "with install: print what hooks that another program keeps must call, and change nothing"),
			cli.BoolFlag("json", "print the status as JSON"),
		},
		Action: a.hooks,
	}
}

func (a *verbs) hooks(c *urfave.Context) error {
	if c.NArg() != 1 {
		return cli.Usagef("hooks needs one of install, uninstall and status")
	}
	site := &githooks.Site{Env: os.Environ(), Server: c.Bool("server"), PerRef: c.Bool("per-ref")}
	if site.PerRef && !site.Server {
		return cli.Usagef("--per-ref is for --server")
	}
	action := c.Args().First()
	if c.Bool("print") && action != "install" {
		return cli.Usagef("--print is for hooks install")
	}
	if c.Bool("json") && action != "status" {
		return cli.Usagef("--json is for hooks status")
	}
	switch action {
	case "install":
		if c.Bool("print") {
			return a.hooksPrint(c, site)
		}
		var err error
		if site.Program, err = ownPath(); err != nil {
			return err
		}
		done, notes, err := githooks.Install(c.Context, site)
		a.tellDone(done)
		for _, note := range notes {
			a.Warnf("%s", note)
		}
		return hooksRefusal(action, err)
	case "uninstall":
		done, err := githooks.Uninstall(c.Context, site)
		a.tellDone(done)
		return hooksRefusal(action, err)
	case "status":
		return a.hooksStatus(c, site)
	default:
		return &cli.UsageError{Msg: "hooks has no verb " + action, Hint: "install, uninstall or status"}
	}
}

func (a *verbs) hooksPrint(c *urfave.Context, site *githooks.Site) error {
	text, err := githooks.Print(c.Context, site)
	if err != nil {
		return hooksRefusal("install", err)
	}
	_, err = fmt.Fprintln(a.Words(), text)
	return err
}

// ownPath is where this program lies: the name in PATH that leads to it, which
// outlives an upgrade, or else its own.
func ownPath() (string, error) {
	own, err := os.Executable()
	if err != nil {
		return "", err
	}
	if named, err := exec.LookPath("gitsecrets"); err == nil && filepath.IsAbs(named) {
		one, err := os.Stat(own)
		other, otherErr := os.Stat(named)
		if err == nil && otherErr == nil && os.SameFile(one, other) {
			return named, nil
		}
	}
	return filepath.Abs(own)
}

// hooksRefusal gives the reason why hooks must not be written its way out, which
// is said for install.
func hooksRefusal(action string, err error) error {
	var refused *githooks.RefusedError
	if !errors.As(err, &refused) {
		return err
	}
	if action != "status" {
		err = fmt.Errorf("nothing was changed: %w", err)
	}
	return &cli.CodedError{Err: err, Code: cli.ExitGeneric, Hint: strings.Replace(refused.Instead, "gitsecrets hooks install", "gitsecrets hooks "+action, 1)}
}

func (a *verbs) tellDone(done []githooks.Done) {
	for _, d := range done {
		words := d.What
		switch {
		case d.What == githooks.LeftAlone:
			words += ": it is not ours, or was changed since"
			if d.Before != "" {
				words += "; what was there before is " + filepath.Base(d.Before)
			}
		case d.What == githooks.Removed && d.Before != "":
			words += "; the hook that was there before is back"
		case d.BeforeIdle:
			words += "; " + filepath.Base(d.Before) + " is not executable, and is not run, as before"
		case d.Before != "":
			words += "; " + filepath.Base(d.Before) + " runs first"
		}
		a.Say("%s: %s", text.EscapeLine(a.ShortName(d.Path)), words)
	}
}
