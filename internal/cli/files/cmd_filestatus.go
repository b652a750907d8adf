package files

import (
	"encoding/json"
	"errors"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/policy"
)

func (a *verbs) filestatusCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "filestatus",
		Usage:     `print {"encrypted":true} or {"encrypted":false}; the exit code is 0 either way`,
		ArgsUsage: "file",
		Flags:     cli.Flags([]urfave.Flag{cli.InputTypeFlag()}, cli.CommonFlags()),
		Action:    a.filestatus,
	}
}

func (a *verbs) filestatus(c *urfave.Context) error {
	if c.NArg() < 1 {
		return cli.Coded(cli.ExitNoFile, errors.New("no file specified"))
	}
	if c.NArg() > 1 {
		return cli.Usagef("filestatus takes one file")
	}
	name := c.Args().First()
	file, err := a.FileFor(c, name, name)
	var bad *policy.Error // a policy says nothing of whether a file is encrypted
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	data, err := cli.ReadFile(name, cli.ExitGeneric)
	if err != nil {
		return cli.Coded(cli.ExitGeneric, err)
	}
	sealed, err := encrypt.Parse(file, data)
	status := struct {
		Encrypted bool `json:"encrypted"`
	}{err == nil && sealed.Info().HasMAC && sealed.Info().Version != ""}
	var syntax *encrypt.SyntaxError
	if errors.As(err, &syntax) && file.Input == encrypt.Binary {
		// As in sops an error, for what is wrong may be the format.
		return &cli.CodedError{
			Err:  cli.InFile(name, fmt.Errorf("as a binary file it is not encrypted: %w", err)),
			Code: cli.ExitGeneric,
			Hint: "--input-type tells the format, if it is another",
		}
	}
	if err != nil && !errors.Is(err, encrypt.ErrNotSealed) {
		return cli.Coded(cli.ExitGeneric, cli.InFile(name, err))
	}
	line, err := json.Marshal(status)
	if err != nil {
		return err
	}
	_, err = a.Stdout.Write(append(line, '\n'))
	return err
}
