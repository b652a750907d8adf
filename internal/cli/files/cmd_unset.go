package files

import (
	"errors"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/cli"
)

func (a *verbs) unsetCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "unset",
		Usage:     `remove one value: unset FILE '["key"][0]'`,
		ArgsUsage: "file index",
		Flags: cli.Flags(
			[]urfave.Flag{
				cli.BoolFlag("idempotent", "do nothing, and succeed, if there is no such value"),
				cli.OrderFlag(), cli.IgnoreMACFlag(), keepDataKeyFlag(), cli.ShamirFlag(),
			},
			cli.TypeFlags(), cli.CommonFlags()),
		Action: a.unset,
	}
}

func (a *verbs) unset(c *urfave.Context) error {
	if c.NArg() != 2 {
		return cli.Coded(cli.ExitNoFile, fmt.Errorf("no file specified, or index is missing: unset needs 2 arguments, but got %d", c.NArg()))
	}
	path, err := parseTreePath(c.Args().Get(1))
	if err != nil {
		return cli.Coded(cli.ExitBadSet, fmt.Errorf("invalid unset index: %w", err))
	}
	return a.change(c, func(d *encrypt.Document) error {
		err := d.Unset(path)
		var missing *encrypt.PathError
		if c.Bool("idempotent") && errors.As(err, &missing) && missing.NotFound {
			return nil
		}
		return err
	})
}
