package cijob

import (
	"context"
	"fmt"
	"io"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/ci/runner"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

func (a *verbs) ciMaskCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "ci mask",
		Usage:     "have the runner mask the encrypted values of files in its logs",
		ArgsUsage: "file...",
		Description: "GitHub Actions, Azure Pipelines and Buildkite can learn while a job runs what to hide in its log; the other CIs\n" +
			"cannot, and nothing is printed there. The other ci verbs do this by themselves, before they use a value.",
		Flags:  cli.Flags(ciFileFlags(), ciIdentityFlags()),
		Action: a.ciMask,
	}
}

func (a *verbs) ciMask(c *urfave.Context) error {
	names := c.Args().Slice()
	j, ctx, end, err := a.startCI(c, names)
	if err != nil {
		return err
	}
	defer end()
	if runner.MaskWayOf(j.run.Provider) == runner.NoMask {
		return &cli.UsageError{Msg: "this CI cannot learn while a job runs what to mask", Hint: "GitHub Actions, Azure Pipelines and Buildkite can"}
	}
	files, err := j.openAll(ctx, names)
	skip, err := j.noIdentity(err)
	if err == nil && !skip {
		err = j.mask(ctx, files)
	}
	if err == nil && c.Bool("json") {
		err = j.printDone(nil, skip)
	}
	return err
}

// maskValues tells the runner on stderr, which it reads like stdout and where
// no data flows.
func (j *ciJob) maskValues(ctx context.Context, values []string) error {
	var skipped int
	switch runner.MaskWayOf(j.run.Provider) {
	case runner.MaskLines:
		var lines []string
		lines, skipped = runner.Masks(j.run.Provider, values, false)
		for _, line := range lines {
			if _, err := io.WriteString(j.a.Stderr, line+"\n"); err != nil {
				return fmt.Errorf("cannot tell the runner what to mask: %w", err)
			}
		}
	case runner.MaskAgent:
		var err error
		if skipped, err = runner.Redact(ctx, j.world.Getenv, j.world.Run, values, false); err != nil {
			return err
		}
	}
	if skipped > 0 {
		j.a.Say("gitsecrets: %s not masked: too short, or a common word", text.Count(skipped, "value is", "values are"))
	}
	return nil
}
