package cli

import (
	"context"
	"errors"
	"runtime"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/batch"
)

func (a *filesVerbs) encryptCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "encrypt",
		Usage:     "encrypt a file by its rule and print the result; with -i many files in place",
		ArgsUsage: "[file...]",
		Flags: flags(
			[]urfave.Flag{
				inPlaceFlag(), outputFlag(), overrideFlag(),
				stringFlag("onto", "keep the ciphertext of `file`, an older sealed form, for all that did not change"),
				keepDataKeyFlag(), orderFlag(), ignoreMACFlag(),
			},
			lossFlags(), masterKeyFlags(), selectorFlags(), typeFlags(), commonFlags()),
		Action: a.encrypt,
	}
}

func (a *filesVerbs) encrypt(c *urfave.Context) error {
	if err := checkTargets(c, "encrypt"); err != nil {
		return err
	}
	if c.NArg() == 0 && c.String("filename-override") == "" {
		return coded(exitConflict, errors.New("must specify --filename-override when reading from stdin"))
	}
	if c.Bool("in-place") {
		if c.String("onto") != "" {
			return usagef("--onto names the file to change itself: with -i it would be lost which; use --output")
		}
		return a.eachFile(c, exitNoFile, func(ctx context.Context, in *input) ([]byte, error) {
			sealed, err := a.seal(ctx, c, in)
			if err != nil {
				return nil, err
			}
			return sealed.Bytes, nil
		})
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
	sealed, err := a.seal(c.Context, c, in)
	if err != nil {
		return err
	}
	if sealed.Unchanged && c.String("output") != "" && sameFile(c.String("output"), c.String("onto")) {
		return nil // nothing changed, nothing is written
	}
	return a.write(c, in, sealed.Bytes, false, lock)
}

// seal encrypts one file by its rule.
func (a *filesVerbs) seal(ctx context.Context, c *urfave.Context, in *input) (*encrypt.Result, error) {
	as := in.as
	onto := c.String("onto")
	if onto != "" && c.String("filename-override") == "" {
		as = onto // the file that is to be changed, whose name the rule speaks of
	}
	file, err := a.fileFor(c, in.name, as)
	if err != nil {
		return nil, err
	}
	a.warnOfFormat(file, as, c)
	rule, err := a.sealRule(c, as, file.Input)
	if err != nil {
		return nil, err
	}
	keys, err := a.services(c)
	if err != nil {
		return nil, err
	}
	opts := encrypt.SealOptions{AllowLossy: c.Bool("allow-lossy"), AllowNothing: c.Bool("allow-nothing-encrypted")}
	if onto != "" {
		if opts.Open, err = a.openOptions(c); err != nil {
			return nil, err
		}
		if opts.Onto, err = readFile(onto, exitNoFile); err != nil {
			return nil, err
		}
		in.onto = opts.Onto
		if opts.Fresh, err = a.alwaysFresh(c, as); err != nil {
			return nil, err
		}
		opts.Earlier = a.earlierForms(c, onto)()
	}
	sealed, err := encrypt.Seal(ctx, rule, file, in.data, opts, keys...)
	var old *encrypt.OntoError
	switch {
	case errors.As(err, &old):
		return nil, inFile(onto, err)
	case err != nil:
		return nil, inFile(in.name, inPlain(err))
	}
	a.noteDeparture(onto, sealed.Departure)
	a.warnings(in.name, sealed.Warnings)
	return sealed, nil
}

// checkTargets refuses flags that contradict each other about where the
// result goes.
func checkTargets(c *urfave.Context, verb string) error {
	inPlace, output := c.Bool("in-place"), c.String("output")
	switch {
	case inPlace && c.NArg() == 0:
		return coded(exitConflict, errors.New("cannot use --in-place when reading from stdin"))
	case inPlace && output != "":
		return coded(exitConflict, errors.New("cannot operate on both --output and --in-place"))
	case inPlace && c.NArg() > 1 && c.String("filename-override") != "":
		return coded(exitConflict, errors.New("--filename-override goes with one file only"))
	case !inPlace && c.NArg() > 1:
		return &usageError{msg: verb + " takes one file, unless it works in place", hint: "add -i to work on all of them in place; quote a name with blanks in it"}
	}
	return nil
}

// eachFile replaces all files of the command line by what f makes of them,
// all or none. nil leaves a file as it is.
func (a *filesVerbs) eachFile(c *urfave.Context, missing int, f func(context.Context, *input) ([]byte, error)) error {
	return batch.Run(c.Context, c.Args().Slice(), a.batchOptions(), func(ctx context.Context, name string) (batch.Result, error) {
		in := &input{name: name, as: c.String("filename-override")}
		if in.as == "" {
			in.as = name
		}
		var err error
		if in.data, err = readToReplace(name, missing); err != nil {
			return batch.Result{}, err
		}
		out, err := f(ctx, in)
		return batch.Result{Data: out, Read: in.data}, err
	})
}

// batchOptions lets many calls to a KMS be under way at once: most of the
// workers wait for the network then. A file that is encrypted to age keys
// alone does not wait, and more workers than cores do it no harm.
func (a *filesVerbs) batchOptions() batch.Options {
	return batch.Options{Workers: max(32, 2*runtime.GOMAXPROCS(0)), Progress: a.progress(), Waiting: a.waiting, InPlace: a.toldInPlace}
}

// inPlain gives errors of reading a plaintext the code that sops has for them.
func inPlain(err error) error {
	if isSyntax(err) {
		return coded(exitRead, err)
	}
	return err
}
