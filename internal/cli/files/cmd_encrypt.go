package files

import (
	"context"
	"errors"
	"runtime"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/batch"
	"github.com/gitsecrets/gitsecrets/internal/cli"
)

func (a *verbs) encryptCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "encrypt",
		Usage:     "encrypt a file by its rule and print the result; with -i many files in place",
		ArgsUsage: "[file...]",
		Flags: cli.Flags(
			[]urfave.Flag{
				cli.InPlaceFlag(), cli.OutputFlag(), cli.OverrideFlag(),
				cli.StringFlag("onto", "keep the ciphertext of `file`, an older sealed form, for all values that did not change"),
				keepDataKeyFlag(), cli.OrderFlag(), cli.IgnoreMACFlag(),
			},
			cli.LossFlags(), cli.MasterKeyFlags(), cli.SelectorFlags(), cli.TypeFlags(), cli.CommonFlags()),
		Action: a.encrypt,
	}
}

func (a *verbs) encrypt(c *urfave.Context) error {
	if err := checkTargets(c, "encrypt"); err != nil {
		return err
	}
	if c.NArg() == 0 && c.String("filename-override") == "" {
		return cli.Coded(cli.ExitConflict, errors.New("must specify --filename-override when reading from stdin"))
	}
	if c.Bool("in-place") {
		if c.String("onto") != "" {
			return cli.Usagef("--onto names the file to change, so -i is not possible; use --output")
		}
		return a.eachFile(c, cli.ExitNoFile, func(ctx context.Context, in *cli.Input) ([]byte, error) {
			sealed, err := a.seal(ctx, c, in)
			if err != nil {
				return nil, err
			}
			return sealed.Bytes, nil
		})
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
	sealed, err := a.seal(c.Context, c, in)
	if err != nil {
		return err
	}
	if sealed.Unchanged && c.String("output") != "" && cli.SameFile(c.String("output"), c.String("onto")) {
		return nil // nothing changed, nothing is written
	}
	return a.Write(c, in, sealed.Bytes, false, lock)
}

// seal encrypts one file by its rule.
func (a *verbs) seal(ctx context.Context, c *urfave.Context, in *cli.Input) (*encrypt.Result, error) {
	as := in.As
	onto := c.String("onto")
	if onto != "" && c.String("filename-override") == "" {
		as = onto // the file that is to be changed, whose name the rule speaks of
	}
	file, err := a.FileFor(c, in.Name, as)
	if err != nil {
		return nil, err
	}
	a.WarnOfFormat(file, as, c)
	rule, err := a.SealRule(c, as, file.Input)
	if err != nil {
		return nil, err
	}
	keys, err := a.Services(c)
	if err != nil {
		return nil, err
	}
	opts := encrypt.SealOptions{AllowLossy: c.Bool("allow-lossy"), AllowNothing: c.Bool("allow-nothing-encrypted")}
	if onto != "" {
		if opts.Open, err = a.OpenOptions(c); err != nil {
			return nil, err
		}
		if opts.Onto, err = cli.ReadFile(onto, cli.ExitNoFile); err != nil {
			return nil, err
		}
		in.Onto = opts.Onto
		if opts.Fresh, err = a.alwaysFresh(c, as); err != nil {
			return nil, err
		}
		opts.Earlier = a.earlierForms(c, onto)()
	}
	sealed, err := encrypt.Seal(ctx, rule, file, in.Data, opts, keys...)
	var old *encrypt.OntoError
	switch {
	case errors.As(err, &old):
		return nil, cli.InFile(onto, err)
	case err != nil:
		return nil, cli.InFile(in.Name, inPlain(err))
	}
	a.noteDeparture(onto, sealed.Departure)
	a.Warnings(in.Name, sealed.Warnings)
	return sealed, nil
}

// checkTargets refuses flags that contradict each other about where the
// result goes.
func checkTargets(c *urfave.Context, verb string) error {
	inPlace, output := c.Bool("in-place"), c.String("output")
	switch {
	case inPlace && c.NArg() == 0:
		return cli.Coded(cli.ExitConflict, errors.New("cannot use --in-place when reading from stdin"))
	case inPlace && output != "":
		return cli.Coded(cli.ExitConflict, errors.New("cannot operate on both --output and --in-place"))
	case inPlace && c.NArg() > 1 && c.String("filename-override") != "":
		return cli.Coded(cli.ExitConflict, errors.New("--filename-override works with one file only"))
	case !inPlace && c.NArg() > 1:
		return &cli.UsageError{Msg: verb + " takes one file, unless it works in place", Hint: "add -i to work on all of them in place; quote a name with blanks in it"}
	}
	return nil
}

// eachFile replaces all files of the command line by what f makes of them,
// all or none. nil leaves a file as it is.
func (a *verbs) eachFile(c *urfave.Context, missing int, f func(context.Context, *cli.Input) ([]byte, error)) error {
	return batch.Run(c.Context, c.Args().Slice(), a.batchOptions(), func(ctx context.Context, name string) (batch.Result, error) {
		in := &cli.Input{Name: name, As: c.String("filename-override")}
		if in.As == "" {
			in.As = name
		}
		var err error
		if in.Data, err = cli.ReadToReplace(name, missing); err != nil {
			return batch.Result{}, err
		}
		out, err := f(ctx, in)
		return batch.Result{Data: out, Read: in.Data}, err
	})
}

// batchOptions lets many calls to a KMS be under way at once: most of the
// workers wait for the network then. A file that is encrypted to age keys
// alone does not wait, and more workers than cores do it no harm.
func (a *verbs) batchOptions() batch.Options {
	return batch.Options{Workers: max(32, 2*runtime.GOMAXPROCS(0)), Progress: a.Progress(), Waiting: a.Waiting, InPlace: a.ToldInPlace}
}

// inPlain gives errors of reading a plaintext the code that sops has for them.
func inPlain(err error) error {
	if cli.IsSyntax(err) {
		return cli.Coded(cli.ExitRead, err)
	}
	return err
}
