package cli

import urfave "github.com/urfave/cli/v2"

// repoVerbs are the verbs on a repository.
type repoVerbs struct{ *App }

func newRepoVerbs(a *App) *repoVerbs { return &repoVerbs{a} }

// RepoVerbs lists the verbs on a repository.
func RepoVerbs() []verb {
	return []verb{
		{name: "init", usage: "set up a repository: an identity, a policy, Git's settings", command: func(a *App) *urfave.Command { return newRepoVerbs(a).initCommand() }},
		{name: "lint", usage: "check policies", command: func(a *App) *urfave.Command { return newRepoVerbs(a).lintCommand() }},
		{name: "explain", usage: "say which rule governs a file, and what follows", command: func(a *App) *urfave.Command { return newRepoVerbs(a).explainCommand() }},
		{name: "check", usage: "judge files as the hooks do", command: func(a *App) *urfave.Command { return newRepoVerbs(a).checkCommand() }},
		{name: "scan", usage: "look for credentials, or for this repository's own values, in the clear", command: func(a *App) *urfave.Command { return newRepoVerbs(a).scanCommand() }},
		{name: "hooks", usage: "install, remove or look at the hooks that judge commits and pushes", command: func(a *App) *urfave.Command { return newRepoVerbs(a).hooksCommand() }},
		{name: "hook", usage: "judge what Git is about to accept: what the installed hooks call", command: func(a *App) *urfave.Command { return newRepoVerbs(a).hookCommand() }},
	}
}
