package files

import (
	"errors"
	"fmt"
	"os"
	"slices"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

func keepDataKeyFlag() urfave.Flag {
	return cli.BoolFlag("keep-data-key", "keep the data key when a recipient is removed, as sops does: anybody who has an older copy of the file can then open the new one")
}

// maxEarlier bounds what is read of an earlier version of a file, in bytes.
const maxEarlier = 256 << 20

// earlierForms begins to look up what HEAD and the index hold of a file, while
// the file itself is being opened. Where Git does not answer, that is said, and there are none.
func (a *verbs) earlierForms(c *urfave.Context, name string) func() [][]byte {
	var forms [][]byte
	var err error
	done := make(chan struct{})
	go func() {
		defer close(done)
		forms, err = gitrepo.Versions(c.Context, gitrepo.Options{Env: os.Environ()}, name, maxEarlier)
	}()
	return func() [][]byte {
		if <-done; err != nil {
			a.Warnf("%s: it is unknown whether a recipient was removed since HEAD: %s; if so, gitsecrets rotate -i %s makes a new data key", name, err, text.ShellPath(name))
		}
		return forms
	}
}

// alwaysFresh reports whether the policy that speaks for a file gives each change
// a new data key.
func (a *verbs) alwaysFresh(c *urfave.Context, file string) (bool, error) {
	p, err := a.FindPolicy(c, file)
	if err != nil || p == nil || !p.Policy.Settings.FreshDataKey {
		return false, err
	}
	if c.Bool("keep-data-key") {
		return false, cli.Coded(cli.ExitPolicy, fmt.Errorf("--keep-data-key: %s asks for a new data key with each change (fresh_data_key: always)", a.PolicyName(p)))
	}
	return true, nil
}

// renew gives a document that was changed a new data key, where a reader of
// the file went or the policy asks for one.
func (a *verbs) renew(c *urfave.Context, d *encrypt.Document, name string, earlier func() [][]byte) error {
	if !d.Changed() {
		return nil
	}
	always, err := a.alwaysFresh(c, name)
	if err != nil {
		return err
	}
	keys, err := a.Services(c)
	if err != nil {
		return err
	}
	before := len(d.Warnings)
	if err := d.Renew(c.Context, earlier(), always, keys...); err != nil {
		return unrenewed(err, name)
	}
	a.Warnings(name, d.Warnings[before:])
	a.noteDeparture(name, d.Departure())
	return nil
}

// unrenewed says what can be done where a file cannot have a new data key.
func unrenewed(err error, name string) error {
	var stranger *encrypt.StrangerError
	var departing *encrypt.DepartureError
	var mac *encrypt.MACError
	switch {
	case errors.As(err, &stranger):
		return &cli.CodedError{Err: err, Code: cli.ExitPolicy, Hint: "gitsecrets updatekeys " + text.ShellPath(name) + " brings the file's keys in line with the rule"}
	case errors.As(err, &mac):
		return err
	case errors.As(err, &departing):
		return &cli.CodedError{Err: err, Code: cli.ExitCode(err), Hint: "--keep-data-key keeps the old one, as sops does, and leaves the file open to anybody who has an older copy of it"}
	}
	return err
}

// warnOfStrangers says for which keys, that only the file names, rotate makes a
// new data key readable: anybody who can change the file can write one there.
func (a *verbs) warnOfStrangers(c *urfave.Context, in *cli.Input, groups []policy.Group, add policy.Group) error {
	rule, _, err := a.RuleFor(c, in.As)
	if err != nil || rule == nil || len(rule.Groups) == 0 {
		return err
	}
	for _, k := range slices.Concat(groups...) {
		if (k.Type == policy.Age || k.Type == policy.PGP) && !rule.Allows(k) && !named(add, k) {
			a.Warnf("%s: the new data key is wrapped for the %s key %s too: the file names it, but the rule at %s does not; gitsecrets updatekeys %s removes it", in.Name, k.Type, k.ID, rule.Source, text.ShellPath(in.Name))
		}
	}
	return nil
}
