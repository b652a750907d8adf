package files

import (
	"context"
	"errors"
	"os"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

func (a *verbs) rotateCommand() *urfave.Command {
	var keyFlags []urfave.Flag
	for _, name := range cli.KeyNames() {
		keyFlags = append(keyFlags,
			cli.StringFlag("add-"+name, "add these `keys` to the file's"),
			cli.StringFlag("rm-"+name, "remove these `keys` from the file's"))
	}
	return &urfave.Command{
		Name:      "rotate",
		Usage:     "make a new data key, encrypt every value anew and print the result; with -i many files in place",
		ArgsUsage: "file...",
		Flags: cli.Flags(
			[]urfave.Flag{
				cli.InPlaceFlag(), cli.OutputFlag(), cli.OverrideFlag(), cli.OrderFlag(), cli.IgnoreMACFlag(),
				cli.StringFlag("encryption-context", "comma separated `name:value` pairs for the keys of --add-kms"),
				cli.StringFlag("aws-profile", "`profile` of the AWS configuration for the keys of --add-kms"),
			},
			keyFlags, cli.TypeFlags(), cli.CommonFlags()),
		Action: a.rotate,
	}
}

func (a *verbs) rotate(c *urfave.Context) error {
	if c.NArg() == 0 {
		return cli.Coded(cli.ExitNoFile, errors.New("no file specified"))
	}
	if err := checkTargets(c, "rotate"); err != nil {
		return err
	}
	kmsContext, ok := policy.ParseContext(c.String("encryption-context"))
	if !ok {
		return cli.Coded(cli.ExitKMSContext, errors.New("invalid KMS encryption context: it must be name:value,name:value"))
	}
	add, err := cli.KeysOfFlags(c, "add-", kmsContext)
	if err != nil {
		return err
	}
	rm, err := cli.KeysOfFlags(c, "rm-", kmsContext)
	if err != nil {
		return err
	}
	missing := cli.ExitRead
	if len(add)+len(rm) > 0 {
		missing = cli.ExitNoSuchFile
	}
	if name := c.Args().First(); !c.Bool("in-place") {
		if _, err := os.Stat(name); errors.Is(err, os.ErrNotExist) {
			return cli.Coded(missing, cli.InFile(name, cli.ErrNoSuchFile))
		}
	}
	rotated := func(ctx context.Context, in *cli.Input) ([]byte, error) {
		d, err := a.Open(ctx, c, in, nil)
		if err != nil {
			return nil, err
		}
		keys, err := a.Services(c)
		if err != nil {
			return nil, err
		}
		info := in.Sealed.Info()
		for _, k := range rm {
			if !slices.ContainsFunc(info.Groups, func(g []encrypt.Wrapped) bool { return holds(g, k) }) {
				a.Warnf("%s: there is no %s key %s to remove", text.Escape(in.Name), k.Type, text.Escape(k.ID))
			}
		}
		groups := changeGroups(info.Groups, add, rm)
		if !slices.ContainsFunc(groups, func(g policy.Group) bool { return len(g) > 0 }) {
			return nil, cli.InFile(in.Name, errors.New("no master keys would be left"))
		}
		if err := a.warnOfStrangers(c, in, groups, add); err != nil {
			return nil, err
		}
		if err := d.Rotate(ctx, groups, info.Threshold, keys...); err != nil {
			return nil, cli.InFile(in.Name, err)
		}
		a.noteDeparture(in.Name, d.Departure())
		out, err := d.Seal()
		return out, cli.InFile(in.Name, err)
	}
	if c.Bool("in-place") {
		return a.eachFile(c, missing, rotated)
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
	out, err := rotated(c.Context, in)
	if err != nil {
		return err
	}
	return a.Write(c, in, out, false, lock)
}

// changeGroups adds keys to the first group and removes keys from all, however
// often they stand there. A key that is there already is not added twice.
func changeGroups(wrapped [][]encrypt.Wrapped, add, rm policy.Group) []policy.Group {
	groups := make([]policy.Group, len(wrapped))
	for i, g := range wrapped {
		for _, w := range g {
			if !named(rm, w.Key) {
				groups[i] = append(groups[i], w.Key)
			}
		}
	}
	for _, k := range add {
		if !named(groups[0], k) && !named(rm, k) {
			groups[0] = append(groups[0], k)
		}
	}
	return groups
}

func holds(group []encrypt.Wrapped, k policy.Key) bool {
	return slices.ContainsFunc(group, func(w encrypt.Wrapped) bool { return w.Key.Matches(k) })
}

func named(group policy.Group, k policy.Key) bool {
	for _, want := range group {
		if k.Matches(want) {
			return true
		}
	}
	return false
}
