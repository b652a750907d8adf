package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
)

func (a *filesVerbs) setCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "set",
		Usage:     `set one value: set FILE '["key"]["sub"][0]' '"a JSON value"'`,
		ArgsUsage: "file index value",
		Flags: flags(
			[]urfave.Flag{
				boolFlag("value-file", "read the value from the file that the last argument names"),
				boolFlag("value-stdin", "read the value from standard input"),
				boolFlag("idempotent", "accepted for sops's sake: an unchanged file is never written"),
				orderFlag(), ignoreMACFlag(), keepDataKeyFlag(), shamirFlag(),
			},
			typeFlags(), commonFlags()),
		Action: a.set,
	}
}

func (a *filesVerbs) set(c *urfave.Context) error {
	fromFile, fromStdin := c.Bool("value-file"), c.Bool("value-stdin")
	if fromFile && fromStdin {
		return errors.New("cannot use both --value-file and --value-stdin")
	}
	want := 3
	if fromStdin {
		want = 2
	}
	if c.NArg() != want {
		return coded(exitNoFile, fmt.Errorf("no file specified, or index and value are missing: set needs %d arguments, and got %d", want, c.NArg()))
	}
	path, err := parseTreePath(c.Args().Get(1))
	if err != nil {
		return coded(exitBadSet, fmt.Errorf("invalid set index: %w", err))
	}
	var data []byte
	switch {
	case fromStdin:
		data, err = io.ReadAll(a.stdin)
	case fromFile:
		data, err = readFile(c.Args().Get(2), exitGeneric)
	default:
		data = []byte(c.Args().Get(2))
	}
	if err != nil {
		return err
	}
	value, err := parseValue(data)
	if err != nil {
		return coded(exitBadSet, err)
	}
	return a.change(c, func(d *encrypt.Document) error {
		_, err := d.Set(path, value)
		return err
	})
}

// parseValue reads the value of set: any JSON value.
func parseValue(data []byte) (encrypt.NewValue, error) {
	value, err := encrypt.ParseValue(data)
	if err != nil && !json.Valid(data) {
		err = &codedError{err: err, code: exitBadSet, hint: `a string needs quotes of its own: '"text"'`}
	}
	return value, err
}

// change opens the file that the first argument names, lets f change it, and
// writes it back if that changed anything. The file is locked meanwhile.
func (a *filesVerbs) change(c *urfave.Context, f func(*encrypt.Document) error) error {
	name := c.Args().First()
	lock, err := a.lock(c.Context, name)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	data, err := readToReplace(name, exitRead)
	if err != nil {
		return err
	}
	in := &input{name: name, as: name, data: data}
	earlier := a.earlierForms(c, name)
	d, err := a.open(c.Context, c, in, nil)
	if err != nil {
		return err
	}
	if err := f(d); err != nil {
		return inFile(name, err)
	}
	if err := a.renew(c, d, name, earlier); err != nil {
		return inFile(name, err)
	}
	sealed, err := d.Seal()
	if err != nil {
		return inFile(name, err)
	}
	if bytes.Equal(sealed, data) {
		return nil
	}
	return a.replace(name, sealed, data, lock)
}
