package cli

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
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

func (a *filesVerbs) updatekeysCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "updatekeys",
		Usage:     "bring the master keys of files in line with their rules, all files or none",
		ArgsUsage: "file...",
		Flags: flags([]urfave.Flag{
			boolFlag("yes", "do not ask", "y"), inputTypeFlag(), keepDataKeyFlag(), orderFlag(), shamirFlag(),
		}, commonFlags()),
		Action: a.updatekeys,
	}
}

var errNoPolicy = errors.New("config file not found: updatekeys needs a .sops.yaml")

// keyChange is what updatekeys means to do with one file.
type keyChange struct {
	in   *input
	rule *policy.Rule // with the threshold that the file is to have
	opts encrypt.OpenOptions
	keys []encrypt.KeyService
}

func (a *filesVerbs) updatekeys(c *urfave.Context) error {
	if c.NArg() == 0 {
		// sops looks for the policy before it looks at its arguments.
		p, err := a.findPolicy(c, "")
		if err == nil && p == nil {
			err = errNoPolicy
		}
		if err != nil {
			return err
		}
		return coded(exitNoFile, errors.New("no file specified"))
	}
	changes := map[string]*keyChange{}
	var order []string
	var failed batch.Errors
	for _, name := range c.Args().Slice() {
		change, err := a.keyChange(c, name)
		switch {
		case err != nil:
			failed = append(failed, batch.Failure{Path: name, Err: coded(exitGeneric, err)})
		case change == nil:
			a.say("%s is up to date already", text.Escape(name))
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
		return batch.Result{Data: out, Read: change.in.data}, err
	})
	if err != nil {
		return err
	}
	for _, name := range order {
		a.say("%s: synced with the new keys", text.Escape(name))
	}
	return nil
}

// keyChange reads a file and compares its keys with its rule's. nil: they
// agree.
func (a *filesVerbs) keyChange(c *urfave.Context, name string) (*keyChange, error) {
	data, err := readToReplace(name, exitGeneric)
	if err != nil {
		return nil, err
	}
	in := &input{name: name, as: name, data: data}
	rule, p, err := a.ruleFor(c, name)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, errNoPolicy
	}
	if len(p.Policy.Rules) == 0 {
		return nil, fmt.Errorf("%s does not contain any creation rule", a.policyName(p))
	}
	if rule == nil {
		return nil, a.noRule(c, p, name)
	}
	wanted := *rule
	change := &keyChange{in: in, rule: &wanted}
	if change.opts, err = a.openOptions(c); err != nil {
		return nil, err
	}
	if change.keys, err = a.services(c); err != nil {
		return nil, err
	}
	file, err := a.fileFor(c, name, name)
	if err != nil {
		return nil, err
	}
	if err := a.parse(c, file, in); err != nil {
		return nil, err
	}
	info := in.sealed.Info()
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
func (a *filesVerbs) stillAgreed(c *urfave.Context, shown *keyChange) (*keyChange, error) {
	data, err := readToReplace(shown.in.name, exitGeneric)
	if err != nil || bytes.Equal(data, shown.in.data) {
		return shown, err
	}
	now, err := a.keyChange(c, shown.in.name)
	if err != nil || now == nil {
		return nil, err
	}
	before, after := shown.in.sealed.Info(), now.in.sealed.Info()
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
func (a *filesVerbs) agree(c *urfave.Context, order []string, changes map[string]*keyChange) ([]string, error) {
	answers := bufio.NewReader(a.stdin)
	var agreed []string
	for _, name := range order {
		a.showChange(name, changes[name])
		if c.Bool("yes") {
			agreed = append(agreed, name)
			continue
		}
		for {
			fmt.Fprint(a.stdout, "Is this okay? (y/n):")
			line, err := answers.ReadString('\n')
			answer := strings.TrimSpace(line)
			if answer == "y" {
				agreed = append(agreed, name)
				break
			}
			if answer == "n" {
				a.say("%s is left unchanged", text.Escape(name))
				break
			}
			if err != nil {
				return nil, &codedError{err: errors.New("no answer; nothing was changed"), code: exitGeneric, hint: "--yes does not ask"}
			}
		}
	}
	return agreed, nil
}

// rekey brings a file's keys in line with its rule and returns the new file.
func (a *filesVerbs) rekey(ctx context.Context, change *keyChange) ([]byte, error) {
	name := change.in.name
	out, err := change.in.sealed.Rekey(ctx, change.rule, change.opts, change.keys...)
	if err != nil {
		return nil, unrenewed(err, name)
	}
	a.warnings(name, out.Warnings)
	a.noteDeparture(name, out.Departure)
	return out.Bytes, nil
}
