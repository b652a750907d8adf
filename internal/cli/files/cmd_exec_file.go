package files

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/cli"
)

// execFileName is what the file is called without --filename, as in sops.
const execFileName = "tmp-file"

func (a *verbs) execFileCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "exec-file",
		Usage:     "run a command with the decrypted file; {} in the command stands for its path",
		ArgsUsage: "file command",
		Flags: cli.Flags(
			execFlags(),
			[]urfave.Flag{
				cli.BoolFlag("no-fifo", "use a regular file, not a FIFO"),
				cli.StringFlag("filename", "call the file `name` (default "+execFileName+")"),
			},
			cli.TypeFlags(), cli.CommonFlags()),
		Action: a.execFile,
	}
}

func (a *verbs) execFile(c *urfave.Context) error {
	name := c.String("filename")
	if name == "" {
		name = execFileName
	}
	if !filepath.IsLocal(name) || filepath.Clean(name) == "." {
		return errors.New("--filename: the provided filename is not a local path")
	}
	x, err := a.prepareExec(c)
	if err != nil {
		return err
	}
	content, err := x.doc.Plaintext()
	if err != nil {
		return err
	}
	if c.Bool("background") {
		return a.execFileInBackground(c, x, name, content)
	}
	if !c.Bool("no-fifo") && haveFIFOs {
		return a.execWithFIFO(c, x, name, content)
	}
	if !c.Bool("no-fifo") {
		a.Warnf("this system has no FIFOs: a regular file is used, as with --no-fifo")
	}
	return a.execWithFile(c, x, name, content)
}

// execWithFile hands over a regular file, which is removed when the command
// has ended, whatever ended it.
func (a *verbs) execWithFile(c *urfave.Context, x *execution, name string, content []byte) (err error) {
	signals, release := cli.CatchSignals()
	defer release()
	dir, file, err := x.privateDir(name, content)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dir.remove()) }()
	return cli.ExitOf(cli.RunChild(x.fileCommand(a, c, file), signals))
}

// privateDir makes the folder, so that the account of --user can use it.
func (x *execution) privateDir(name string, content []byte) (*privateDir, string, error) {
	getenv := os.Getenv
	if x.user != nil { // nobody else can enter our runtime folder
		getenv = func(string) string { return "" }
	}
	dir, file, err := newPrivateDir(getenv, name, content)
	if err != nil {
		return nil, "", err
	}
	if err := x.give(dir, file); err != nil {
		return nil, "", errors.Join(err, dir.remove())
	}
	return dir, file, nil
}

// fileCommand puts the path into the command.
func (x *execution) fileCommand(a *verbs, c *urfave.Context, file string) *exec.Cmd {
	return x.command(a, strings.ReplaceAll(x.line, "{}", file), x.environment(c, nil))
}

// give hands the folder, what leads to the file, and the file to the account of
// --user.
func (x *execution) give(dir *privateDir, file string) error {
	if x.user == nil {
		return nil
	}
	paths := []string{dir.path}
	for p := file; p != dir.path && len(p) > len(dir.path); p = filepath.Dir(p) {
		paths = append(paths, p)
	}
	return x.user.Give(paths...)
}
