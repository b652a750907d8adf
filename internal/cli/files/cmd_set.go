package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/cli"
)

func (a *verbs) setCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "set",
		Usage:     `set one value: set FILE '["key"]["sub"][0]' '"a JSON value"'`,
		ArgsUsage: "file index value",
		Flags: cli.Flags(
			[]urfave.Flag{
				cli.BoolFlag("value-file", "read the value from the file that the last argument names"),
				cli.BoolFlag("value-stdin", "read the value from standard input"),
				cli.BoolFlag("idempotent", "accepted for sops's sake: an unchanged file is never written"),
				cli.OrderFlag(), cli.IgnoreMACFlag(), keepDataKeyFlag(), cli.ShamirFlag(),
			},
			cli.TypeFlags(), cli.CommonFlags()),
		Action: a.set,
	}
}

func (a *verbs) set(c *urfave.Context) error {
	fromFile, fromStdin := c.Bool("value-file"), c.Bool("value-stdin")
	if fromFile && fromStdin {
		return errors.New("cannot use both --value-file and --value-stdin")
	}
	want := 3
	if fromStdin {
		want = 2
	}
	if c.NArg() != want {
		return cli.Coded(cli.ExitNoFile, fmt.Errorf("no file specified, or index and value are missing: set needs %d arguments, but got %d", want, c.NArg()))
	}
	path, err := parseTreePath(c.Args().Get(1))
	if err != nil {
		return cli.Coded(cli.ExitBadSet, fmt.Errorf("invalid set index: %w", err))
	}
	var data []byte
	switch {
	case fromStdin:
		data, err = io.ReadAll(a.Stdin)
	case fromFile:
		data, err = cli.ReadFile(c.Args().Get(2), cli.ExitGeneric)
	default:
		data = []byte(c.Args().Get(2))
	}
	if err != nil {
		return err
	}
	value, err := parseValue(data)
	if err != nil {
		return cli.Coded(cli.ExitBadSet, err)
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
		err = &cli.CodedError{Err: err, Code: cli.ExitBadSet, Hint: `a string needs quotes of its own: '"text"'`}
	}
	return value, err
}

// change opens the file that the first argument names, lets f change it, and
// writes it back if that changed anything. The file is locked meanwhile.
func (a *verbs) change(c *urfave.Context, f func(*encrypt.Document) error) error {
	name := c.Args().First()
	lock, err := a.Lock(c.Context, name)
	if err != nil {
		return err
	}
	defer lock.Unlock()
	data, err := cli.ReadToReplace(name, cli.ExitRead)
	if err != nil {
		return err
	}
	in := &cli.Input{Name: name, As: name, Data: data}
	earlier := a.earlierForms(c, name)
	d, err := a.Open(c.Context, c, in, nil)
	if err != nil {
		return err
	}
	if err := f(d); err != nil {
		return cli.InFile(name, err)
	}
	if err := a.renew(c, d, name, earlier); err != nil {
		return cli.InFile(name, err)
	}
	sealed, err := d.Seal()
	if err != nil {
		return cli.InFile(name, err)
	}
	if bytes.Equal(sealed, data) {
		return nil
	}
	return a.Replace(name, sealed, data, lock)
}
