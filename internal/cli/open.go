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

// Open decrypts a file for a verb. with, if not nil, changes the options.
func (a *App) Open(ctx context.Context, c *urfave.Context, in *Input, with func(*encrypt.OpenOptions)) (*encrypt.Document, error) {
	opts, err := a.OpenOptions(c)
	if err != nil {
		return nil, err
	}
	if with != nil {
		with(&opts)
	}
	file, err := a.FileFor(c, in.Name, in.As)
	if opts.ReadOnly && a.opensWithout(err) {
		err = nil
	}
	if err != nil {
		return nil, err
	}
	rule, _, err := a.RuleFor(c, in.As)
	if opts.ReadOnly && a.opensWithout(err) {
		rule, err = &policy.Rule{Source: "the invalid policy"}, nil // it names no key
	}
	if err != nil {
		return nil, err
	}
	keys, err := a.Services(c)
	if err != nil {
		return nil, err
	}
	if err := a.Parse(c, file, in); err != nil {
		return nil, err
	}
	d, err := in.Sealed.Open(ctx, rule, opts, keys...)
	if err != nil {
		return nil, InFile(in.Name, err)
	}
	a.Warnings(in.Name, d.Warnings)
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
	a.WarnOnce("the policy is invalid: %s%s; the file is opened as if no rule named its keys; gitsecrets lint %s checks the policy",
		text.Escape(first.String()), more, text.ShellPath(first.File))
	return true
}

// Parse reads the sealed file of a verb, once.
func (a *App) Parse(c *urfave.Context, file encrypt.File, in *Input) (err error) {
	if in.Sealed == nil {
		if in.Sealed, err = encrypt.Parse(file, in.Data); err != nil {
			return InFile(in.Name, Unsealed(err, file, in, c))
		}
	}
	return nil
}

// Unsealed explains a file that cannot be read as a sealed one: what format it
// was taken for may be why.
func Unsealed(err error, file encrypt.File, in *Input, c *urfave.Context) error {
	if !errors.Is(err, encrypt.ErrNotSealed) && !IsSyntax(err) {
		return err
	}
	e := &CodedError{Err: err, Code: ExitGeneric}
	if f, ok := lookalike(in.As); ok && file.Input == encrypt.Binary && c.String("input-type") == "" {
		e.Hint = fmt.Sprintf("the file is read as binary, by its name; --input-type %s reads it as %s", f, f)
	} else if IsSyntax(err) && text.Conflicted(in.Data) {
		e.Hint = fmt.Sprintf("the file contains merge conflict markers; git checkout -m -- %[1]s && git checkout --ours -- %[1]s takes our side", text.ShellPath(in.Name))
	} else if IsSyntax(err) {
		e.Hint = fmt.Sprintf("the file is read as %s; --input-type says otherwise", file.Input)
	}
	return e
}

func IsSyntax(err error) bool {
	var syntax *encrypt.SyntaxError
	return errors.As(err, &syntax)
}
