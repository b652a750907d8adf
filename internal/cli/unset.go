package cli

import (
	"errors"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
)

func (a *filesVerbs) unsetCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "unset",
		Usage:     `remove one value: unset FILE '["key"][0]'`,
		ArgsUsage: "file index",
		Flags: flags(
			[]urfave.Flag{
				boolFlag("idempotent", "do nothing, and succeed, if there is no such value"),
				orderFlag(), ignoreMACFlag(), keepDataKeyFlag(), shamirFlag(),
			},
			typeFlags(), commonFlags()),
		Action: a.unset,
	}
}

func (a *filesVerbs) unset(c *urfave.Context) error {
	if c.NArg() != 2 {
		return coded(exitNoFile, fmt.Errorf("no file specified, or index is missing: unset needs 2 arguments, and got %d", c.NArg()))
	}
	path, err := parseTreePath(c.Args().Get(1))
	if err != nil {
		return coded(exitBadSet, fmt.Errorf("invalid unset index: %w", err))
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
