package repo

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/policy"
)

func (a *verbs) explainCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "explain",
		Usage:     "say which rule governs a file and why, who can open it, and what is encrypted in it",
		ArgsUsage: "path...",
		Description: "The path need not exist. Nobody is contacted, no passphrase is asked for and no value is shown.\n" +
			"SOPS_AGE_KEY_CMD and the like are not run.",
		Flags:  cli.Flags([]urfave.Flag{cli.BoolFlag("json", "print the answer as JSON")}, cli.TypeFlags(), cli.CommonFlags()),
		Action: a.explain,
	}
}

// explanation is all that explain has to say about one path.
type explanation struct {
	Path      string           `json:"path"`
	Policy    string           `json:"policy,omitempty"`        // empty: there is none
	SeenAs    string           `json:"seen_as,omitempty"`       // the path as rules see it
	Format    string           `json:"format"`                  // by which it is read
	Governed  bool             `json:"governed"`                // a rule matches
	Rules     []explainedRule  `json:"rules"`                   // all of the policy, in order
	Selector  string           `json:"selector,omitempty"`      // name and text
	MACOnly   bool             `json:"mac_only_encrypted"`      // of the rule
	Threshold int              `json:"threshold,omitempty"`     // groups needed; 0 with one group
	Groups    [][]explainedKey `json:"key_groups"`              // of the rule; without one, of the file
	State     string           `json:"state"`                   // missing, plaintext, encrypted, unreadable
	Problem   string           `json:"problem,omitempty"`       // why it is unreadable
	Agrees    *bool            `json:"agrees_with_rule"`        // null if that cannot be said
	Disagrees []explainedFault `json:"disagreements,omitempty"` // with the rule
	Encrypted []explainedValue `json:"encrypted"`
	Plain     []explainedValue `json:"plain"`
}

type explainedRule struct {
	Source  string `json:"source"`
	Governs bool   `json:"governs"`
	Reason  string `json:"reason"`
}

type explainedKey struct {
	Type     policy.KeyType `json:"type"`
	ID       string         `json:"id"`
	Openable string         `json:"openable"` // yes, no, maybe, unchecked
	Why      string         `json:"why,omitempty"`
}

type explainedValue struct {
	Path string `json:"path"`
	Line uint32 `json:"line,omitempty"`
}

type explainedFault struct {
	Path    string `json:"path,omitempty"`
	Line    uint32 `json:"line,omitempty"`
	Message string `json:"message"`
}

func (a *verbs) explain(c *urfave.Context) error {
	if c.NArg() == 0 {
		return cli.Coded(cli.ExitNoFile, errors.New("no path given"))
	}
	opener := &opener{ids: a.Identities(c.Context)}
	var all []*explanation
	for _, name := range c.Args().Slice() {
		e, err := a.explainOne(c, name, opener)
		if err != nil {
			return err
		}
		all = append(all, e)
	}
	if c.Bool("json") {
		enc := json.NewEncoder(a.Words())
		enc.SetIndent("", "  ")
		enc.SetEscapeHTML(false)
		if len(all) == 1 {
			return enc.Encode(all[0])
		}
		return enc.Encode(all)
	}
	for i, e := range all {
		if i > 0 {
			fmt.Fprintln(a.Words())
		}
		if err := e.print(a.Words()); err != nil {
			return err
		}
	}
	return nil
}

func (a *verbs) explainOne(c *urfave.Context, name string, opener *opener) (*explanation, error) {
	e := &explanation{Path: name, Rules: []explainedRule{}, Groups: [][]explainedKey{}, Encrypted: []explainedValue{}, Plain: []explainedValue{}}
	file, err := a.FileFor(c, name, name)
	if err != nil {
		return nil, err
	}
	e.Format = file.Input.String()
	rule, p, err := a.RuleFor(c, name)
	if err != nil {
		return nil, err
	}
	if p != nil {
		e.Policy, e.SeenAs = a.PolicyName(p), p.Path
		if filepath.Base(name) == policy.FileName {
			e.Problem = "a policy is never governed itself"
		} else {
			for _, r := range p.Policy.Explain(e.SeenAs) {
				e.Rules = append(e.Rules, explainedRule{r.Rule.Source, r.Governs, r.Text})
			}
		}
	}
	if rule != nil {
		e.Governed = true
		e.describe(c.Context, rule, file, opener)
	}
	return e, a.explainFile(c.Context, e, name, file, rule, opener)
}

// describe tells what a rule demands.
func (e *explanation) describe(ctx context.Context, rule *policy.Rule, file encrypt.File, opener *opener) {
	e.Selector = "unencrypted_suffix " + policy.DefaultUnencryptedSuffix
	if k := rule.Selector.Kind(); k != policy.NoSelector {
		e.Selector = k.String() + " " + rule.Selector.Text()
	}
	if file.Input == encrypt.Binary {
		e.Selector = "none: a binary file is encrypted as a whole"
	}
	e.MACOnly = rule.MACOnlyEncrypted
	for _, g := range rule.Groups {
		e.Groups = append(e.Groups, opener.group(ctx, g))
	}
	e.Threshold = threshold(rule.Threshold, len(rule.Groups))
}

func threshold(written, groups int) int {
	if groups < 2 {
		return 0
	}
	if written == 0 {
		return groups
	}
	return written
}

// explainFile tells what stands in the file, if it is there.
func (a *verbs) explainFile(ctx context.Context, e *explanation, name string, file encrypt.File, rule *policy.Rule, opener *opener) error {
	data, err := cli.ReadFile(name, cli.ExitNoFile)
	if cli.ExitCode(err) == cli.ExitNoFile {
		e.State = "missing"
		return nil
	}
	unreadable := func(err error) error {
		e.State, e.Problem = "unreadable", err.Error()
		return nil
	}
	if err != nil {
		return unreadable(err)
	}
	var values []encrypt.Value
	sealed, err := encrypt.Parse(file, data)
	if err == nil {
		e.State = "encrypted"
		if values, err = sealed.Values(); err != nil {
			return unreadable(err)
		}
		if rule == nil {
			info := sealed.Info()
			for _, g := range info.Groups {
				var keys policy.Group
				for _, w := range g {
					keys = append(keys, w.Key)
				}
				e.Groups = append(e.Groups, opener.group(ctx, keys))
			}
			e.Threshold = threshold(info.Threshold, len(info.Groups))
		} else {
			e.compare(sealed.Check(rule))
		}
	} else {
		e.State = "plaintext"
		if rule == nil {
			return nil
		}
		plain, err := encrypt.ParsePlain(file, data)
		if err != nil {
			return unreadable(err)
		}
		if values, err = plain.Values(rule); err != nil {
			return unreadable(err)
		}
	}
	for _, v := range values {
		x := explainedValue{v.Path.String(), v.Pos.Line}
		switch {
		case v.Encrypted:
			e.Encrypted = append(e.Encrypted, x)
		case v.IsScalar():
			e.Plain = append(e.Plain, x)
		}
	}
	return nil
}

// compare takes down what Check says of the file.
func (e *explanation) compare(err error) {
	agrees := err == nil
	e.Agrees = &agrees
	var check *encrypt.CheckError
	switch {
	case errors.As(err, &check):
		for _, p := range check.Violations {
			e.Disagrees = append(e.Disagrees, explainedFault{p.Path, p.Pos.Line, p.Msg})
		}
	case err != nil:
		e.Disagrees = append(e.Disagrees, explainedFault{Message: err.Error()})
	}
}
