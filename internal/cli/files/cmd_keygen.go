package files

import (
	"fmt"
	"os"
	"time"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/identity"
)

func (a *verbs) keygenCommand() *urfave.Command {
	return &urfave.Command{
		Name:  "keygen",
		Usage: "make an age identity, and print its recipient",
		Description: "The identity goes to sops/age/keys.txt in your configuration folder, where sops looks for it too.\n" +
			"An existing file is never changed, unless --append is given.",
		Flags: []urfave.Flag{
			cli.BoolFlag("pq", "make a post-quantum identity (age 1.3 and sops 3.12 or later)"),
			&urfave.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the identity to `file`; - is stdout"},
			cli.BoolFlag("append", "add the identity to those in the file"),
		},
		Action: a.keygen,
	}
}

func (a *verbs) keygen(c *urfave.Context) error {
	if c.NArg() > 0 {
		return cli.Usagef("keygen takes no file name; --output FILE says where the identity goes")
	}
	id, err := identity.Generate(c.Bool("pq"), time.Now())
	if err != nil {
		return err
	}
	path := c.String("output")
	if path == "-" {
		_, err := fmt.Fprint(a.Stdout, id.Text)
		return err
	}
	if path == "" {
		if path = identity.DefaultFile(os.Getenv); path == "" {
			return cli.Usagef("there is no configuration folder for the identity: name a file with --output")
		}
	}
	if err := id.Save(path, c.Bool("append")); err != nil {
		return cli.Coded(cli.ExitWrite, err)
	}
	a.Say("the identity is in %s; keep a copy in a safe place: without it, what is encrypted to it alone is lost", path)
	_, err = fmt.Fprintln(a.Stdout, id.Recipient)
	return err
}
