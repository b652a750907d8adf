package cijob

import (
	"os"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/ci/outputs"
	"github.com/gitsecrets/gitsecrets/internal/ci/runner"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

func (a *verbs) ciCleanupCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "ci cleanup",
		Usage: "remove what the verbs above left for later steps",
		Description: "Removes the files of this job that ci decrypt wrote, and those that a killed run left behind; blanks the\n" +
			"variables of ci export --format github-env. What was changed since stays, with a warning: exit code 0.",
		Flags: []urfave.Flag{
			cli.BoolFlag("all", "clean up after all jobs that ran here as this user"),
		},
		Action: a.ciCleanup,
	}
}

func (a *verbs) ciCleanup(c *urfave.Context) error {
	if c.NArg() > 0 {
		return cli.Usagef("ci cleanup takes no arguments: it knows what was written")
	}
	world := a.ciWorld(c)
	key := jobKey(job.Describe(world.Getenv))
	if c.Bool("all") {
		key = ""
	}
	cleaned, err := outputs.CleanupFolder(c.Context, manifestFolder(), key)
	if err != nil {
		a.Warnf("not all could be removed: %s", text.EscapeLine(text.EscapeCommands(err.Error())))
	}
	for _, kept := range cleaned.Kept {
		a.Warnf("%s stays: %s", text.EscapeLine(kept.Path), text.EscapeLine(kept.Why))
	}
	if file := os.Getenv("GITHUB_ENV"); file != "" && len(cleaned.Names) > 0 {
		var blank []outputs.Pair
		for _, name := range cleaned.Names {
			if outputs.IsPowerful(name) { // the steps to come need PATH
				a.Warnf("the variable %s keeps its value, because programs depend on it", name)
				continue
			}
			blank = append(blank, outputs.Pair{Name: name})
		}
		if err := runner.AppendFile(file, blank); err != nil {
			a.Warnf("the exported variables cannot be blanked: %s", text.EscapeLine(text.EscapeCommands(err.Error())))
		}
	}
	a.Say("gitsecrets: removed %s", text.Count(len(cleaned.Removed), "file or folder", "files and folders"))
	return nil
}
