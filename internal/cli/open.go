package cli

import (
	"context"
	"errors"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// open decrypts a file for a verb. with, if not nil, changes the options.
func (a *App) open(ctx context.Context, c *urfave.Context, in *input, with func(*encrypt.OpenOptions)) (*encrypt.Document, error) {
	opts, err := a.openOptions(c)
	if err != nil {
		return nil, err
	}
	if with != nil {
		with(&opts)
	}
	file, err := a.fileFor(c, in.name, in.as)
	if opts.ReadOnly && a.opensWithout(err) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	rule, _, err := a.ruleFor(c, in.as)
	if opts.ReadOnly && a.opensWithout(err) {
		rule, err = &policy.Rule{Source: "the invalid policy"}, nil // it names no key
	}
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

// opensWithout reports whether an error is about an invalid policy, which does not
// keep a file from being opened, and says so to the person.
func (a *App) opensWithout(err error) bool {
	var bad *policy.Error
	if !errors.As(err, &bad) {
		return false
	}
	more := ""
	if n := len(bad.Problems) - 1; n > 0 {
		more = " (and " + text.Count(n, "more problem", "more problems") + ")"
	}
	first := bad.Problems[0]
	a.warnOnce("the policy is invalid: %s%s; the file is opened as if no rule named its keys; gitsecrets lint %s checks the policy",
		text.Escape(first.String()), more, text.ShellPath(first.File))
	return true
}

// parse reads the sealed file of a verb, once.
func (a *App) parse(c *urfave.Context, file encrypt.File, in *input) (err error) {
	if in.sealed == nil {
		if in.sealed, err = encrypt.Parse(file, in.data); err != nil {
			return inFile(in.name, unsealed(err, file, in, c))
		}
	}
	return nil
}

// unsealed explains a file that cannot be read as a sealed one: what format it
// was taken for may be why.
func unsealed(err error, file encrypt.File, in *input, c *urfave.Context) error {
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
