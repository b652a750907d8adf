package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

func (a *App) decryptCommand() *cli.Command {
	return &cli.Command{
		Name:      "decrypt",
		Usage:     "decrypt a file and print the result; with -i many files in place",
		ArgsUsage: "[file...]",
		Flags: flags(
			[]cli.Flag{
				inPlaceFlag(), outputFlag(), overrideFlag(), orderFlag(), ignoreMACFlag(),
				stringFlag("extract", `print one value only, by its `+"`path`"+`: '["key"][0]'`),
			},
			typeFlags(), commonFlags()),
		Action: a.decrypt,
	}
}

func (a *App) decrypt(c *cli.Context) error {
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
func (a *App) plaintext(ctx context.Context, c *cli.Context, in *input, path encrypt.Path) ([]byte, error) {
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

// open decrypts a file for a verb. with, if not nil, changes the options.
func (a *App) open(ctx context.Context, c *cli.Context, in *input, with func(*encrypt.OpenOptions)) (*encrypt.Document, error) {
	file, err := a.fileFor(c, in.name, in.as)
	if err != nil {
		return nil, err
	}
	opts, err := a.openOptions(c)
	if err != nil {
		return nil, err
	}
	if with != nil {
		with(&opts)
	}
	rule, _, err := a.ruleFor(c, in.as)
	if err != nil {
		return nil, err
	}
	keys, err := a.services(c)
	if err != nil {
		return nil, err
	}
	if err := a.parse(c, file, in); err != nil {
		return nil, err
	}
	d, err := in.sealed.Open(ctx, rule, opts, keys...)
	if err != nil {
		return nil, inFile(in.name, err)
	}
	a.warnings(in.name, d.Warnings)
	return d, nil
}

// parse reads the sealed file of a verb, once.
func (a *App) parse(c *cli.Context, file encrypt.File, in *input) (err error) {
	if in.sealed == nil {
		if in.sealed, err = encrypt.Parse(file, in.data); err != nil {
			return inFile(in.name, unsealed(err, file, in, c))
		}
	}
	return nil
}

// unsealed explains a file that cannot be read as a sealed one: what format it
// was taken for may be why.
func unsealed(err error, file encrypt.File, in *input, c *cli.Context) error {
	if !errors.Is(err, encrypt.ErrNotSealed) && !isSyntax(err) {
		return err
	}
	e := &codedError{err: err, code: exitGeneric}
	if f, ok := lookalike(in.as); ok && file.Input == encrypt.Binary && c.String("input-type") == "" {
		e.hint = fmt.Sprintf("the file is read as binary, by its name; --input-type %s reads it as %s", f, f)
	} else if isSyntax(err) && text.Conflicted(in.data) {
		e.hint = fmt.Sprintf("the file contains merge conflict markers; git checkout -m -- %[1]s && git checkout --ours -- %[1]s takes our side", text.ShellPath(in.name))
	} else if isSyntax(err) {
		e.hint = fmt.Sprintf("the file is read as %s; --input-type says otherwise", file.Input)
	}
	return e
}

func isSyntax(err error) bool {
	var syntax *encrypt.SyntaxError
	return errors.As(err, &syntax)
}
