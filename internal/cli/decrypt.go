package cli

import (
	"context"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
)

func (a *filesVerbs) decryptCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "decrypt",
		Usage:     "decrypt a file and print the result; with -i many files in place",
		ArgsUsage: "[file...]",
		Flags: flags(
			[]urfave.Flag{
				inPlaceFlag(), outputFlag(), overrideFlag(), orderFlag(), ignoreMACFlag(),
				stringFlag("extract", `print one value only, by its `+"`path`"+`: '["key"][0]'`),
			},
			typeFlags(), commonFlags()),
		Action: a.decrypt,
	}
}

func (a *filesVerbs) decrypt(c *urfave.Context) error {
	if err := checkTargets(c, "decrypt"); err != nil {
		return err
	}
	var path encrypt.Path
	if text := c.String("extract"); text != "" {
		var err error
		if path, err = parseTreePath(text); err != nil {
			return coded(exitTreePath, fmt.Errorf("error parsing --extract path: %w", err))
		}
	}
	if c.Bool("in-place") {
		return a.eachFile(c, exitNoFile, func(ctx context.Context, in *input) ([]byte, error) { return a.plaintext(ctx, c, in, path) })
	}
	lock, err := a.lockOutput(c)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	in, err := a.readInput(c)
	if err != nil {
		return err
	}
	out, err := a.plaintext(c.Context, c, in, path)
	if err != nil {
		return err
	}
	return a.write(c, in, out, true, lock)
}

// plaintext decrypts one file, or one value of it.
func (a *filesVerbs) plaintext(ctx context.Context, c *urfave.Context, in *input, path encrypt.Path) ([]byte, error) {
	d, err := a.open(ctx, c, in, func(o *encrypt.OpenOptions) { o.ReadOnly = true })
	if err != nil {
		return nil, err
	}
	var out []byte
	if len(path) > 0 {
		out, err = d.Extract(path)
	} else {
		out, err = d.Plaintext()
	}
	return out, inFile(in.name, err)
}
