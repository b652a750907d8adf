package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/batch"
	"github.com/gitsecrets/gitsecrets/internal/term"
	"github.com/gitsecrets/gitsecrets/policy"
)

func (a *app) updatekeysCommand() *cli.Command {
	return &cli.Command{
		Name:      "updatekeys",
		Usage:     "bring the master keys of files in line with their rules, all files or none",
		ArgsUsage: "file...",
		Flags: flags([]cli.Flag{
			boolFlag("yes", "do not ask", "y"), inputTypeFlag(), orderFlag(), shamirFlag(),
		}, commonFlags()),
		Action: a.updatekeys,
	}
}

// keyChange is what updatekeys means to do with one file.
type keyChange struct {
	in        *input
	rule      *policy.Rule
	threshold int
	doc       *encrypt.Document
}

func (a *app) updatekeys(c *cli.Context) error {
	if c.NArg() == 0 {
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
			a.say("%s is up to date already", term.Escape(name))
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
		change := changes[name]
		out, err := a.rekey(ctx, c, change)
		return batch.Result{Data: out, Read: change.in.data}, err
	})
	if err != nil {
		return err
	}
	for _, name := range order {
		a.say("%s: synced with the new keys", term.Escape(name))
	}
	return nil
}

// keyChange reads a file and compares its keys with its rule's. nil: they
// agree.
func (a *app) keyChange(c *cli.Context, name string) (*keyChange, error) {
	data, err := readFile(name, exitGeneric)
	if err != nil {
		return nil, err
	}
	in := &input{name: name, as: name, data: data}
	rule, p, err := a.ruleFor(c, name)
	if err != nil {
		return nil, err
	}
	if p == nil {
		return nil, errors.New("config file not found: updatekeys needs a .sops.yaml")
	}
	if len(p.policy.Rules) == 0 {
		return nil, fmt.Errorf("%s does not contain any creation rule", a.shortName(p.path))
	}
	if rule == nil {
		return nil, a.noRule(c, p, name)
	}
	for _, g := range rule.Groups {
		for _, k := range g {
			if err := encrypt.ValidateKey(k); err != nil {
				return nil, fmt.Errorf("%s: %w", rule.Source, err)
			}
		}
	}
	doc, err := a.open(c.Context, c, in, func(o *encrypt.OpenOptions) { o.KeysOnly = true })
	if err != nil {
		return nil, err
	}
	info := doc.Info()
	change := &keyChange{in: in, rule: rule, doc: doc, threshold: min(info.Threshold, len(rule.Groups))}
	if rule.Threshold != 0 {
		change.threshold = rule.Threshold
	}
	if n := c.Int("shamir-secret-sharing-threshold"); n != 0 {
		change.threshold = n
	}
	if change.threshold == info.Threshold && sameKeys(info.Groups, rule.Groups) {
		return nil, nil
	}
	return change, nil
}

func sameKeys(have [][]encrypt.Wrapped, want []policy.Group) bool {
	if len(have) != len(want) {
		return false
	}
	for i := range have {
		added, removed, _ := diffKeys(have[i], want[i])
		if len(added)+len(removed) > 0 || len(have[i]) != len(want[i]) {
			return false
		}
	}
	return true
}

// diffKeys compares a group of a file with one of a rule.
func diffKeys(have []encrypt.Wrapped, want policy.Group) (added, removed, common []policy.Key) {
	for _, k := range want {
		if slices.ContainsFunc(have, func(w encrypt.Wrapped) bool { return w.Key.Matches(k) }) {
			common = append(common, k)
		} else {
			added = append(added, k)
		}
	}
	for _, w := range have {
		if !named(want, w.Key) {
			removed = append(removed, w.Key)
		}
	}
	return added, removed, common
}

// agree shows what would change and asks, unless --yes. It returns the files
// to go on with.
func (a *app) agree(c *cli.Context, order []string, changes map[string]*keyChange) ([]string, error) {
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
				a.say("%s is left unchanged", term.Escape(name))
				break
			}
			if err != nil {
				return nil, &codedError{err: errors.New("no answer; nothing was changed"), code: exitGeneric, hint: "--yes does not ask"}
			}
		}
	}
	return agreed, nil
}

// showChange prints on stdout, word for word as sops does: scripts read it.
func (a *app) showChange(name string, change *keyChange) {
	info := change.doc.Info()
	a.say("%s:", term.Escape(name))
	var b strings.Builder
	b.WriteString("The following changes will be made to the file's groups:\n")
	if old := info.Threshold; old > 0 && old == change.threshold {
		fmt.Fprintf(&b, "shamir_threshold: %d\n", old)
	} else {
		if change.threshold > 0 {
			fmt.Fprintf(&b, "+++ shamir_threshold: %d\n", change.threshold)
		}
		if old > 0 {
			fmt.Fprintf(&b, "--- shamir_threshold: %d\n", old)
		}
	}
	for i := range max(len(info.Groups), len(change.rule.Groups)) {
		var have []encrypt.Wrapped
		var want policy.Group
		if i < len(info.Groups) {
			have = info.Groups[i]
		}
		if i < len(change.rule.Groups) {
			want = change.rule.Groups[i]
		}
		fmt.Fprintf(&b, "Group %d\n", i+1)
		added, removed, common := diffKeys(have, want)
		for _, part := range []struct {
			sign string
			keys []policy.Key
		}{{"   ", common}, {"+++", added}, {"---", removed}} {
			for _, k := range part.keys {
				fmt.Fprintf(&b, "%s %s\n", part.sign, term.Escape(nameOf(k)))
			}
		}
	}
	fmt.Fprint(a.stdout, b.String())
}

// nameOf shows a key as sops does: an ARN with its role, context and profile.
func nameOf(k policy.Key) string {
	s := k.ID
	if k.Role != "" {
		s += "+" + k.Role
	}
	if len(k.Context) > 0 || k.Profile != "" {
		var pairs []string
		for name, value := range k.Context {
			pairs = append(pairs, name+":"+value)
		}
		slices.Sort(pairs)
		s += "|" + strings.Join(pairs, ",")
	}
	if k.Profile != "" {
		s += "|" + k.Profile
	}
	return s
}

// rekey wraps a file's data key for its rule and returns the new file.
func (a *app) rekey(ctx context.Context, c *cli.Context, change *keyChange) ([]byte, error) {
	keys, err := a.services(c)
	if err != nil {
		return nil, err
	}
	if err := change.doc.Rekey(ctx, change.rule.Groups, change.threshold, keys...); err != nil {
		return nil, err
	}
	return change.doc.Seal()
}
