package cli

import (
	"encoding/json"
	"errors"
	"fmt"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/policy"
)

func (a *filesVerbs) filestatusCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "filestatus",
		Usage:     `print {"encrypted":true} or {"encrypted":false}; the exit code is 0 either way`,
		ArgsUsage: "file",
		Flags:     flags([]urfave.Flag{inputTypeFlag()}, commonFlags()),
		Action:    a.filestatus,
	}
}

func (a *filesVerbs) filestatus(c *urfave.Context) error {
	if c.NArg() < 1 {
		return coded(exitNoFile, errors.New("no file specified"))
	}
	if c.NArg() > 1 {
		return usagef("filestatus takes one file")
	}
	name := c.Args().First()
	file, err := a.fileFor(c, name, name)
	var bad *policy.Error // a policy says nothing of whether a file is encrypted
	if err != nil && !errors.As(err, &bad) {
		return err
	}
	data, err := readFile(name, exitGeneric)
	if err != nil {
		return coded(exitGeneric, err)
	}
	sealed, err := encrypt.Parse(file, data)
	status := struct {
		Encrypted bool `json:"encrypted"`
	}{err == nil && sealed.Info().HasMAC && sealed.Info().Version != ""}
	var syntax *encrypt.SyntaxError
	if errors.As(err, &syntax) && file.Input == encrypt.Binary {
		// As in sops an error, for what is wrong may be the format.
		return &codedError{
			err:  inFile(name, fmt.Errorf("as a binary file it is not encrypted: %w", err)),
			code: exitGeneric,
			hint: "--input-type tells the format, if it is another",
		}
	}
	if err != nil && !errors.Is(err, encrypt.ErrNotSealed) {
		return coded(exitGeneric, inFile(name, err))
	}
	line, err := json.Marshal(status)
	if err != nil {
		return err
	}
	_, err = a.stdout.Write(append(line, '\n'))
	return err
}
