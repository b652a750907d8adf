package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

func (a *verbs) editCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "edit",
		Usage:     "edit a file in $SOPS_EDITOR, $EDITOR or vim; a file that does not exist is created by its rule",
		ArgsUsage: "file",
		Flags: cli.Flags(
			[]urfave.Flag{
				cli.BoolFlag("show-master-keys", "show the sops metadata in the file, to be edited as well", "s"),
				cli.IgnoreMACFlag(), keepDataKeyFlag(), cli.OrderFlag(),
			},
			cli.LossFlags(), cli.MasterKeyFlags(), cli.SelectorFlags(), cli.TypeFlags(), cli.CommonFlags()),
		Action: a.edit,
	}
}

// edition is one call of edit.
type edition struct {
	app      *verbs
	c        *urfave.Context
	name     string // of the file
	file     encrypt.File
	rule     *policy.Rule // by which a new file is made; nil for one that is there
	old      []byte       // the sealed file as it was; nil if it is new
	doc      *encrypt.Document
	shown    []byte // what the editor was given
	withMeta bool
	opts     encrypt.SealOptions
}

func (a *verbs) edit(c *urfave.Context) error {
	if c.NArg() == 0 {
		return cli.Coded(cli.ExitNoFile, errors.New("no file specified"))
	}
	if c.NArg() > 1 {
		return cli.Usagef("edit takes one file, but got %d", c.NArg())
	}
	e := &edition{
		app: a, c: c, name: c.Args().First(), withMeta: c.Bool("show-master-keys"),
		opts: encrypt.SealOptions{AllowLossy: c.Bool("allow-lossy"), AllowNothing: c.Bool("allow-nothing-encrypted")},
	}
	err := e.load()
	if err != nil {
		return err
	}
	if e.shown, err = e.text(); err != nil {
		return err
	}
	return e.inPrivate()
}

// load opens the file, or begins a new one from an example.
func (e *edition) load() error {
	data, err := cli.ReadToReplace(e.name, cli.ExitRead)
	in := &cli.Input{Name: e.name, As: e.name, Data: data}
	if err == nil {
		e.old = data
		if e.file, err = e.app.FileFor(e.c, in.Name, in.As); err != nil {
			return err
		}
		e.doc, err = e.app.Open(e.c.Context, e.c, in, nil)
		return err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		if _, statErr := os.Lstat(e.name); !errors.Is(statErr, fs.ErrNotExist) {
			return err
		}
	}
	dir := filepath.Dir(e.name)
	if _, err := os.Stat(dir); err != nil {
		return &cli.CodedError{Err: fmt.Errorf("the folder of %s is missing", e.name), Code: cli.ExitWrite, Hint: "mkdir -p " + text.ShellPath(dir)}
	}
	if e.file, err = e.app.FileFor(e.c, in.Name, in.As); err != nil {
		return err
	}
	e.app.WarnOfFormat(e.file, in.As, e.c)
	if e.rule, err = e.app.SealRule(e.c, e.name, e.file.Input); err != nil {
		return err
	}
	e.doc, err = e.begin(e.c.Context, example(e.file.Input), true)
	return err
}

// begin makes a document by the rule.
func (e *edition) begin(ctx context.Context, text []byte, isExample bool) (*encrypt.Document, error) {
	keys, err := e.app.Services(e.c)
	if err != nil {
		return nil, err
	}
	opts, file := e.opts, e.file
	if isExample {
		opts.AllowNothing = true
	} else {
		file.Input = file.Output // the format that the editor was shown
	}
	return encrypt.NewDocument(ctx, e.rule, file, text, opts, keys...)
}

// text is what the editor is shown.
func (e *edition) text() ([]byte, error) {
	if e.withMeta {
		return e.doc.PlaintextWithMetadata()
	}
	return e.doc.Plaintext()
}

// errUnmodified is what sops says, and its code, if the text was not changed.
func errUnmodified() error {
	return cli.Coded(cli.ExitUnchanged, errors.New("the file has not been changed"))
}

// unchanged reports whether the text is still the one that the editor was
// given.
func (e *edition) unchanged(text []byte) bool { return bytes.Equal(e.shown, text) }
