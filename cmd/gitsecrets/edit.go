package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/policy"
)

func (a *app) editCommand() *cli.Command {
	return &cli.Command{
		Name:      "edit",
		Usage:     "edit a file in $SOPS_EDITOR, $EDITOR or vim; a file that is not there is made by its rule",
		ArgsUsage: "file",
		Flags: flags(
			[]cli.Flag{
				boolFlag("show-master-keys", "show the sops metadata in the file, to be edited as well", "s"),
				ignoreMACFlag(), keepDataKeyFlag(), orderFlag(),
			},
			lossFlags(), masterKeyFlags(), selectorFlags(), typeFlags(), commonFlags()),
		Action: a.edit,
	}
}

// edition is one call of edit.
type edition struct {
	app      *app
	c        *cli.Context
	name     string // of the file
	file     encrypt.File
	rule     *policy.Rule // by which a new file is made; nil for one that is there
	old      []byte       // the sealed file as it was; nil if it is new
	doc      *encrypt.Document
	withMeta bool
	opts     encrypt.SealOptions
}

func (a *app) edit(c *cli.Context) error {
	if c.NArg() == 0 {
		return coded(exitNoFile, errors.New("no file specified"))
	}
	if c.NArg() > 1 {
		return usagef("edit takes one file, and got %d", c.NArg())
	}
	e := &edition{
		app: a, c: c, name: c.Args().First(), withMeta: c.Bool("show-master-keys"),
		opts: encrypt.SealOptions{AllowLossy: c.Bool("allow-lossy"), AllowNothing: c.Bool("allow-nothing-encrypted")},
	}
	if err := e.load(); err != nil {
		return err
	}
	text, err := e.text()
	if err != nil {
		return err
	}
	return e.inPrivate(text)
}

// load opens the file, or begins a new one from an example.
func (e *edition) load() error {
	data, err := readToReplace(e.name, exitRead)
	in := &input{name: e.name, as: e.name, data: data}
	if err == nil {
		e.old = data
		if e.file, err = e.app.fileFor(e.c, in.name, in.as); err != nil {
			return err
		}
		e.doc, err = e.app.open(e.c.Context, e.c, in, nil)
		return err
	}
	if !errors.Is(err, fs.ErrNotExist) {
		if _, statErr := os.Lstat(e.name); !errors.Is(statErr, fs.ErrNotExist) {
			return err
		}
	}
	if _, err := os.Stat(filepath.Dir(e.name)); err != nil {
		return coded(exitWrite, fmt.Errorf("the folder of %s is not there", e.name))
	}
	if e.file, err = e.app.fileFor(e.c, in.name, in.as); err != nil {
		return err
	}
	e.app.warnOfFormat(e.file, in.as, e.c)
	if e.rule, err = e.app.sealRule(e.c, e.name, e.file.Input); err != nil {
		return err
	}
	e.doc, err = e.begin(e.c.Context, example(e.file.Input), true)
	return err
}

// begin makes a document by the rule.
func (e *edition) begin(ctx context.Context, text []byte, isExample bool) (*encrypt.Document, error) {
	keys, err := e.app.services(e.c)
	if err != nil {
		return nil, err
	}
	opts, file := e.opts, e.file
	if isExample {
		opts.AllowNothing = true
	} else {
		file.Input = file.Output // the format that the editor was shown
	}
	return encrypt.New(ctx, e.rule, file, text, opts, keys...)
}

// text is what the editor is shown.
func (e *edition) text() ([]byte, error) {
	if e.withMeta {
		return e.doc.PlaintextWithMetadata()
	}
	return e.doc.Plaintext()
}

// seal takes over the edited text. Bytes are nil if it changes nothing.
func (e *edition) seal(text []byte) ([]byte, error) {
	sealed, err := e.takeOver(text)
	if errors.Is(err, encrypt.ErrAlreadyEncrypted) {
		return nil, errMetadataInText
	}
	return sealed, inPlain(err)
}

// errMetadataInText: the edited text has an entry where sops keeps its metadata.
var errMetadataInText = coded(exitEncrypted, errors.New("the text has a top-level entry called sops (in a flat file one that begins with sops_), where the metadata will stand"))

func (e *edition) takeOver(text []byte) ([]byte, error) {
	if e.rule != nil && !e.withMeta {
		doc, err := e.begin(e.c.Context, text, false)
		if err != nil {
			return nil, err
		}
		e.app.warnings(e.name, doc.Warnings)
		return doc.Seal()
	}
	before := len(e.doc.Warnings)
	changed, err := e.doc.Replace(text, e.withMeta, e.opts)
	if err != nil || !changed {
		return nil, err
	}
	e.app.warnings(e.name, e.doc.Warnings[before:])
	if e.rule == nil { // the file was there before
		if err := e.app.renew(e.c, e.doc, e.name, e.app.earlierForms(e.c, e.name)); err != nil {
			return nil, err
		}
	}
	return e.doc.Seal()
}

// write puts the sealed file in place, unless somebody else was faster.
func (e *edition) write(sealed []byte) error {
	if e.rule == nil {
		return e.app.replace(e.name, sealed, e.old)
	}
	if _, err := os.Lstat(e.name); err == nil {
		return coded(exitWrite, fmt.Errorf("%s: %w", e.name, atomicfile.ErrChanged))
	}
	return coded(exitWrite, atomicfile.Write(e.name, sealed, atomicfile.Options{}))
}

// errUnmodified is what sops says, and its code, if the text was not changed.
func errUnmodified() error {
	return coded(exitUnchanged, errors.New("the file has not been changed"))
}

// unchanged reports whether the text is still the one that the editor was
// shown.
func unchanged(shown, text []byte) bool { return bytes.Equal(shown, text) }
