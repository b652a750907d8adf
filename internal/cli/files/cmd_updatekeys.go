package files

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/batch"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

func (a *verbs) updatekeysCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "updatekeys",
		Usage:     "bring the master keys of files in line with their rules, all files or none",
		ArgsUsage: "file...",
		Flags: cli.Flags([]urfave.Flag{
			cli.BoolFlag("yes", "do not ask", "y"), cli.InputTypeFlag(), keepDataKeyFlag(), cli.OrderFlag(), cli.ShamirFlag(),
		}, cli.CommonFlags()),
		Action: a.updatekeys,
	}
}

var errNoPolicy = errors.New("config file not found: updatekeys needs a .sops.yaml")

// keyChange is what updatekeys means to do with one file.
type keyChange struct {
	in   *cli.Input
	rule *policy.Rule // with the threshold that the file is to have
	opts encrypt.OpenOptions
	keys []encrypt.KeyService
}

func (a *verbs) updatekeys(c *urfave.Context) error {
	if c.NArg() == 0 {
		// sops looks for the policy before it looks at its arguments.
		p, err := a.FindPolicy(c, "")
		if err == nil && p == nil {
			err = errNoPolicy
		}
		if err != nil {
			return err
		}
		return cli.Coded(cli.ExitNoFile, errors.New("no file specified"))
	}
	changes := map[string]*keyChange{}
	var order []string
	var failed batch.Errors
	for _, name := range c.Args().Slice() {
		change, err := a.keyChange(c, name)
		switch {
		case err != nil:
			failed = append(failed, batch.Failure{Path: name, Err: cli.Coded(cli.ExitGeneric, err)})
		case change == nil:
			a.Say("%s is up to date already", text.Escape(name))
		case changes[name] == nil:
			changes[name] = change
			order = append(order, name)
		}
	}
	if len(failed) > 0 {
		return failed
	}
	order, err := a.agree(c, order, changes)
	if err != nil || len(order) == 0 {
		return err
	}
	err = batch.Run(c.Context, order, a.batchOptions(), func(ctx context.Context, name string) (batch.Result, error) {
		change, err := a.stillAgreed(c, changes[name])
		if err != nil || change == nil {
			return batch.Result{}, err
		}
		out, err := a.rekey(ctx, change)
		return batch.Result{Data: out, Read: change.in.Data}, err
	})
	if err != nil {
		return err
	}
	for _, name := range order {
		a.Say("%s: synced with the new keys", text.Escape(name))
	}
	return nil
}

// keyChange reads a file and compares its keys with its rule's. nil: they
// agree.
func (a *verbs) keyChange(c *urfave.Context, name string) (*keyChange, error) {
	data, err := cli.ReadToReplace(name, cli.ExitGeneric)
	if err != nil {
		return nil, err
	}
	in := &cli.Input{Name: name, As: name, Data: data}
	rule, p, err := a.RuleFor(c, name)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, errNoPolicy
	}
	if len(p.Policy.Rules) == 0 {
		return nil, fmt.Errorf("%s does not contain any creation rule", a.PolicyName(p))
	}
	if rule == nil {
		return nil, a.NoRule(c, p, name)
	}
	wanted := *rule
	change := &keyChange{in: in, rule: &wanted}
	if change.opts, err = a.OpenOptions(c); err != nil {
		return nil, err
	}
	if change.keys, err = a.Services(c); err != nil {
		return nil, err
	}
	file, err := a.FileFor(c, name, name)
	if err != nil {
		return nil, err
	}
	if err := a.Parse(c, file, in); err != nil {
		return nil, err
	}
	info := in.Sealed.Info()
	if wanted.Threshold == 0 {
		wanted.Threshold = min(info.Threshold, len(rule.Groups))
	}
	if n := c.Int("shamir-secret-sharing-threshold"); n != 0 {
		wanted.Threshold = n
	}
	if wanted.Threshold == info.Threshold && sameKeys(info.Groups, rule.Groups) {
		return nil, nil
	}
	return change, nil
}

// stillAgreed looks at a file again once it is locked: while the person was asked it was not.
// What others changed in its values stays. nil means that it needs no change any more; other keys
// than those that were shown are an error.
func (a *verbs) stillAgreed(c *urfave.Context, shown *keyChange) (*keyChange, error) {
	data, err := cli.ReadToReplace(shown.in.Name, cli.ExitGeneric)
	if err != nil || bytes.Equal(data, shown.in.Data) {
		return shown, err
	}
	now, err := a.keyChange(c, shown.in.Name)
	if err != nil || now == nil {
		return nil, err
	}
	before, after := shown.in.Sealed.Info(), now.in.Sealed.Info()
	if before.Threshold != after.Threshold || !slices.EqualFunc(before.Groups, after.Groups, sameGroup) {
		return nil, atomicfile.ErrChanged
	}
	return now, nil
}

// sameGroup reports whether two groups hold the same keys.
func sameGroup(a, b []encrypt.Wrapped) bool {
	return slices.EqualFunc(a, b, func(x, y encrypt.Wrapped) bool { return x.Key.Matches(y.Key) })
}

// agree shows what would change and asks, unless --yes. It returns the files
// to go on with.
func (a *verbs) agree(c *urfave.Context, order []string, changes map[string]*keyChange) ([]string, error) {
	answers := bufio.NewReader(a.Stdin)
	var agreed []string
	for _, name := range order {
		a.showChange(name, changes[name])
		if c.Bool("yes") {
			agreed = append(agreed, name)
			continue
		}
		for {
			fmt.Fprint(a.Stdout, "Is this okay? (y/n):")
			line, err := answers.ReadString('\n')
			answer := strings.TrimSpace(line)
			if answer == "y" {
				agreed = append(agreed, name)
				break
			}
			if answer == "n" {
				a.Say("%s is left unchanged", text.Escape(name))
				break
			}
			if err != nil {
				return nil, &cli.CodedError{Err: errors.New("no answer; nothing was changed"), Code: cli.ExitGeneric, Hint: "--yes does not ask"}
			}
		}
	}
	return agreed, nil
}

// rekey brings a file's keys in line with its rule and returns the new file.
func (a *verbs) rekey(ctx context.Context, change *keyChange) ([]byte, error) {
	name := change.in.Name
	out, err := change.in.Sealed.Rekey(ctx, change.rule, change.opts, change.keys...)
	if err != nil {
		return nil, unrenewed(err, name)
	}
	a.Warnings(name, out.Warnings)
	a.noteDeparture(name, out.Departure)
	return out.Bytes, nil
}
