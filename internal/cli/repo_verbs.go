package cli

import urfave "github.com/urfave/cli/v2"

// repoVerbs are the verbs on a repository.
type repoVerbs struct{ *App }

func newRepoVerbs(a *App) *repoVerbs { return &repoVerbs{a} }

// RepoVerbs lists the verbs on a repository.
func RepoVerbs() []verb {
	return []verb{
		{"init", "set up a repository: an identity, a policy, Git's settings", func(a *App) *urfave.Command { return newRepoVerbs(a).initCommand() }},
		{"lint", "check policies", func(a *App) *urfave.Command { return newRepoVerbs(a).lintCommand() }},
		{"explain", "say which rule governs a file, and what follows", func(a *App) *urfave.Command { return newRepoVerbs(a).explainCommand() }},
		{"check", "judge files as the hooks do", func(a *App) *urfave.Command { return newRepoVerbs(a).checkCommand() }},
		{"scan", "look for credentials, or for this repository's own values, in the clear", func(a *App) *urfave.Command { return newRepoVerbs(a).scanCommand() }},
		{"hooks", "install, remove or look at the hooks that judge commits and pushes", func(a *App) *urfave.Command { return newRepoVerbs(a).hooksCommand() }},
		{"hook", "judge what Git is about to accept: what the installed hooks call", func(a *App) *urfave.Command { return newRepoVerbs(a).hookCommand() }},
	}
}
