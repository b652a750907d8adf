// Package repo holds the verbs on a repository: what sets it up, explains and judges it, and
// what Git's hooks call. [Verbs] lists them for the program.
package repo

import (
	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/cli"
)

// verbs are the verbs on a repository.
type verbs struct{ *cli.App }

func newVerbs(a *cli.App) *verbs { return &verbs{a} }

// of makes a verb's command when it is called.
func of(command func(*verbs) *urfave.Command) func(*cli.App) *urfave.Command {
	return func(a *cli.App) *urfave.Command { return command(newVerbs(a)) }
}

// Verbs lists the verbs on a repository.
func Verbs() []cli.Verb {
	return []cli.Verb{
		{Name: "init", Usage: "set up a repository: an identity, a policy, Git's settings", Command: of((*verbs).initCommand)},
		{Name: "lint", Usage: "check policies", Command: of((*verbs).lintCommand)},
		{Name: "explain", Usage: "say which rule governs a file, and what it means for the file", Command: of((*verbs).explainCommand)},
		{Name: "check", Usage: "judge files as the hooks do", Command: of((*verbs).checkCommand)},
		{Name: "scan", Usage: "look for credentials, or for this repository's own values, in the clear", Command: of((*verbs).scanCommand)},
		{Name: "hooks", Usage: "install, remove or look at the hooks that judge commits and pushes", Command: of((*verbs).hooksCommand)},
		{Name: "hook", Usage: "judge what Git is about to accept: what the installed hooks call", Command: of((*verbs).hookCommand)},
	}
}
