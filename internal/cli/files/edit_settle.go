package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/atomicfile"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// settle encrypts the edited text and puts it into the file. The file is locked
// meanwhile; while the editor was open it was not, and what others wrote then is merged.
func (e *edition) settle(ctx context.Context, text []byte) error {
	lock, err := e.app.Lock(ctx, e.name)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	sealed, err := e.seal(ctx, text)
	switch {
	case errors.Is(err, encrypt.ErrAlreadyEncrypted):
		return errMetadataInText
	case err != nil:
		return inPlain(err)
	case sealed == nil:
		return errUnmodified()
	}
	opts := e.app.Writing(e.name, lock)
	opts.Expect, opts.New = e.old, e.rule != nil
	err = atomicfile.Write(e.name, sealed, opts)
	if errors.Is(err, atomicfile.ErrChanged) {
		return e.conflict(nil)
	}
	return cli.Coded(cli.ExitWrite, err)
}

// errMetadataInText: the edited text has an entry where sops keeps its metadata.
var errMetadataInText = cli.Coded(cli.ExitEncrypted, errors.New("the text has a top-level entry called sops (in a flat file one that begins with sops_), which is the place of the metadata"))

// seal takes over the edited text. Bytes are nil if it changes nothing.
func (e *edition) seal(ctx context.Context, text []byte) ([]byte, error) {
	if e.rule != nil && !e.withMeta {
		doc, err := e.begin(ctx, text, false)
		if err != nil {
			return nil, err
		}
		e.app.Warnings(e.name, doc.Warnings)
		return doc.Seal()
	}
	before := len(e.doc.Warnings)
	replace := e.doc.Replace
	if e.withMeta {
		replace = e.doc.ReplaceWithMetadata
	}
	changed, err := replace(text, e.opts)
	if err != nil || !changed {
		return nil, err
	}
	e.app.Warnings(e.name, e.doc.Warnings[before:])
	if e.rule != nil {
		return e.doc.Seal()
	}
	now, err := cli.ReadToReplace(e.name, cli.ExitRead)
	if err != nil {
		return nil, err
	}
	doc, earlier := e.doc, e.app.earlierForms(e.c, e.name)
	if opened := e.old; !bytes.Equal(now, opened) {
		if doc, err = e.merge(ctx, now, text); err != nil || doc == nil {
			return nil, err
		}
		inGit := earlier
		earlier = func() [][]byte { return append(inGit(), opened) }
	}
	if err := e.app.renew(e.c, doc, e.name, earlier); err != nil {
		return nil, err
	}
	return doc.Seal()
}

// merge puts what the person changed into the file as others have left it. nil
// means that it is there already.
func (e *edition) merge(ctx context.Context, now, text []byte) (*encrypt.Document, error) {
	if e.withMeta {
		return nil, e.conflict(nil) // the text is of the file's old keys and MAC
	}
	doc, err := e.app.Open(ctx, e.c, &cli.Input{Name: e.name, As: e.name, Data: now}, nil)
	if err != nil {
		return nil, err
	}
	merged, err := doc.Merge(e.shown, text)
	if err != nil {
		return nil, e.conflict(err)
	}
	changed, err := doc.Replace(merged, e.opts)
	if err != nil || !changed {
		return nil, err
	}
	e.old = now
	e.app.Say("gitsecrets: %s was changed by somebody else while the editor was open; both changes go into it", cli.ForLog(e.name))
	return doc, nil
}

// conflict is the error of a text that cannot go into the file that others
// changed. why may be nil.
func (e *edition) conflict(why error) error {
	err := atomicfile.ErrChanged
	if why != nil {
		err = fmt.Errorf("%w, and %w", err, why)
	}
	return &cli.CodedError{Err: err, Code: cli.ExitWrite, Hint: "gitsecrets decrypt " + text.ShellPath(e.name) + " shows what the others wrote"}
}
