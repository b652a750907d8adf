package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/signals"
)

func (a *App) keygenCommand() *cli.Command {
	return &cli.Command{
		Name:  "keygen",
		Usage: "make an age identity, and print its recipient",
		Description: "The identity goes to sops/age/keys.txt in your configuration folder, where sops looks for it too.\n" +
			"A file that is there is never changed, unless --append is given.",
		Flags: []cli.Flag{
			boolFlag("pq", "make a post-quantum identity (age 1.3 and sops 3.12 or later)"),
			&cli.StringFlag{Name: "output", Aliases: []string{"o"}, Usage: "write the identity to `file`; - is stdout"},
			boolFlag("append", "add the identity to those in the file"),
		},
		Action: a.keygen,
	}
}

func (a *App) keygen(c *cli.Context) error {
	if c.NArg() > 0 {
		return usagef("keygen takes no file name; --output FILE says where the identity goes")
	}
	id, err := newIdentity(c.Bool("pq"), time.Now())
	if err != nil {
		return err
	}
	path := c.String("output")
	if path == "-" {
		_, err := fmt.Fprint(a.stdout, id.text)
		return err
	}
	if path == "" {
		if path = defaultKeyFile(os.Getenv); path == "" {
			return usagef("there is no configuration folder for the identity: name a file with --output")
		}
	}
	if err := id.save(path, c.Bool("append")); err != nil {
		return err
	}
	a.say("the identity is in %s; keep a copy in a safe place: without it, what is encrypted to it alone is lost", path)
	_, err = fmt.Fprintln(a.stdout, id.recipient)
	return err
}

// newAgeIdentity is an identity as a file of it is written.
type newAgeIdentity struct{ recipient, text string }

func newIdentity(postQuantum bool, now time.Time) (*newAgeIdentity, error) {
	var secret, recipient string
	if postQuantum {
		id, err := age.GenerateHybridIdentity()
		if err != nil {
			return nil, err
		}
		secret, recipient = id.String(), id.Recipient().String()
	} else {
		id, err := age.GenerateX25519Identity()
		if err != nil {
			return nil, err
		}
		secret, recipient = id.String(), id.Recipient().String()
	}
	text := fmt.Sprintf("# created: %s\n# public key: %s\n%s\n", now.Format(time.RFC3339), recipient, secret)
	return &newAgeIdentity{recipient, text}, nil
}

// save writes the identity to a file for its owner only. A file that is there
// is an error, or, with add, gets it at its end.
func (id *newAgeIdentity) save(path string, add bool) (err error) {
	defer signals.Hold()()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return coded(exitWrite, err)
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_EXCL
	text := id.text
	if add {
		mode = os.O_WRONLY | os.O_CREATE | os.O_APPEND
		if old, err := readSmall(path, maxIdentityFile); err == nil && len(old) > 0 && old[len(old)-1] != '\n' {
			text = "\n" + text
		}
	}
	f, err := os.OpenFile(path, mode, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return &codedError{
			err:  fmt.Errorf("%s is there already, and is left as it is", path),
			code: exitWrite,
			hint: "--append adds an identity to it, --output FILE writes another file",
		}
	}
	if err != nil {
		return coded(exitWrite, err)
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = coded(exitWrite, closeErr)
		}
	}()
	if _, err := f.WriteString(text); err != nil {
		return coded(exitWrite, err)
	}
	return coded(exitWrite, f.Sync())
}
