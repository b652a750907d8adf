package files

import (
	"context"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/cli"
)

func (a *verbs) decryptCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "decrypt",
		Usage:     "decrypt a file and print the result; with -i many files in place",
		ArgsUsage: "[file...]",
		Flags: cli.Flags(
			[]urfave.Flag{
				cli.InPlaceFlag(), cli.OutputFlag(), cli.OverrideFlag(), cli.OrderFlag(), cli.IgnoreMACFlag(),
				cli.StringFlag("extract", `print one value only, by its `+"`path`"+`: '["key"][0]'`),
			},
			cli.TypeFlags(), cli.CommonFlags()),
		Action: a.decrypt,
	}
}

func (a *verbs) decrypt(c *urfave.Context) error {
	if err := checkTargets(c, "decrypt"); err != nil {
		return err
	}
	var path encrypt.Path
	if text := c.String("extract"); text != "" {
		var err error
		if path, err = parseTreePath(text); err != nil {
			return cli.Coded(cli.ExitTreePath, fmt.Errorf("error parsing --extract path: %w", err))
		}
	}
	if c.Bool("in-place") {
		return a.eachFile(c, cli.ExitNoFile, func(ctx context.Context, in *cli.Input) ([]byte, error) { return a.plaintext(ctx, c, in, path) })
	}
	lock, err := a.LockOutput(c)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	in, err := a.ReadInput(c)
	if err != nil {
		return err
	}
	out, err := a.plaintext(c.Context, c, in, path)
	if err != nil {
		return err
	}
	return a.Write(c, in, out, true, lock)
}

// plaintext decrypts one file, or one value of it.
func (a *verbs) plaintext(ctx context.Context, c *urfave.Context, in *cli.Input, path encrypt.Path) ([]byte, error) {
	d, err := a.Open(ctx, c, in, func(o *encrypt.OpenOptions) { o.ReadOnly = true })
	if err != nil {
		return nil, err
	}
	var out []byte
	if len(path) > 0 {
		out, err = d.Extract(path)
	} else {
		out, err = d.Plaintext()
	}
	return out, cli.InFile(in.Name, err)
}
