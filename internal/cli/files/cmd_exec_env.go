package files

import (
	"fmt"
	"os"
	"os/exec"
	"strings"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/ci/outputs"
	"github.com/gitsecrets/gitsecrets/internal/cli"
)

func (a *verbs) execEnvCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "exec-env",
		Usage:     "run a command with the decrypted values in its environment",
		ArgsUsage: "file command",
		Flags: cli.Flags(
			execFlags(),
			[]urfave.Flag{
				cli.BoolFlag("same-process", "run the command instead of this process"),
				cli.InputTypeFlag(),
			},
			cli.CommonFlags()),
		Action: a.execEnv,
	}
}

// execFlags are those of both exec verbs.
func execFlags() []urfave.Flag {
	return []urfave.Flag{
		cli.BoolFlag("background", "do not wait for the command (deprecated, as in sops)"),
		cli.BoolFlag("pristine", "give the command only the variables that come from the file"),
		cli.BoolFlag("strip-keys", "hide the variables that open files (such as SOPS_AGE_KEY, VAULT_TOKEN, a CI job's tokens) from the command"),
		cli.StringFlag("user", "run the command as `user`"),
		cli.OrderFlag(), cli.IgnoreMACFlag(),
	}
}

// execution is a command to run with the content of a file.
type execution struct {
	line string
	in   *cli.Input
	doc  *encrypt.Document
	user *cli.Account // nil: ourselves
}

// prepareExec reads the arguments of an exec verb and opens the file.
func (a *verbs) prepareExec(c *urfave.Context) (*execution, error) {
	if c.NArg() != 2 {
		return nil, &cli.UsageError{
			Msg:  fmt.Sprintf("%s takes a file and a command, but got %d arguments", c.Command.Name, c.NArg()),
			Hint: fmt.Sprintf("the command is one argument: %s FILE 'command with its arguments'", c.Command.Name),
			Code: cli.ExitGeneric, // as sops
		}
	}
	x := &execution{line: c.Args().Get(1)}
	name := c.Args().First()
	data, err := cli.ReadFile(name, cli.ExitRead)
	if err != nil {
		return nil, err
	}
	x.in = &cli.Input{Name: name, As: name, Data: data}
	if name := c.String("user"); name != "" {
		if x.user, err = cli.LookUpAccount(name); err != nil {
			return nil, err
		}
	}
	if c.Bool("background") {
		a.Warnf("--background is deprecated: the command keeps running after this program has ended, and its exit code is lost")
	}
	x.doc, err = a.Open(c.Context, c, x.in, func(o *encrypt.OpenOptions) { o.ReadOnly = true })
	return x, err
}

// environment is that of the child: ours (none with --pristine, and no keys with
// --strip-keys), the account's, and values.
func (x *execution) environment(c *urfave.Context, values []string) []string {
	env := []string{} // not nil, which would mean ours
	if !c.Bool("pristine") {
		env = os.Environ()
	}
	if c.Bool("strip-keys") {
		env = outputs.ChildEnv(env, nil)
	}
	if x.user != nil {
		env = append(env, x.user.Env...)
	}
	return append(env, values...)
}

// command builds the child.
func (x *execution) command(a *verbs, line string, env []string) *exec.Cmd {
	cmd := cli.ShellCommand(line)
	cmd.Env = env
	cmd.Stdin, cmd.Stdout, cmd.Stderr = a.Stdin, a.Stdout, a.Stderr
	if x.user != nil {
		x.user.Own(cmd)
	}
	return cmd
}

func (a *verbs) execEnv(c *urfave.Context) error {
	if c.Bool("background") && c.Bool("same-process") {
		return cli.Coded(cli.ExitConflict, fmt.Errorf("the --same-process flag cannot be used with --background"))
	}
	x, err := a.prepareExec(c)
	if err != nil {
		return err
	}
	if n := x.doc.Roots(); n > 1 {
		a.Warnf("%s holds %d documents; the values of the first are used", x.in.Name, n)
	}
	values, err := x.doc.Values()
	if err != nil {
		return err
	}
	variables, err := environmentValues(values)
	if err != nil {
		return err
	}
	env := x.environment(c, variables)
	if c.Bool("same-process") {
		if x.user != nil {
			if err := x.user.Become(); err != nil {
				return err
			}
		}
		return cli.ReplaceProcess(x.line, lastOfEach(env))
	}
	cmd := x.command(a, x.line, env)
	if c.Bool("background") {
		cmd.Stdin, cmd.Stdout, cmd.Stderr = nil, nil, nil // as sops
		return cli.CannotRun(cmd.Start())
	}
	signals, release := cli.CatchSignals()
	defer release()
	return cli.ExitOf(cli.RunChild(cmd, signals))
}

// environmentValues makes NAME=value of the top-level entries of a file's first
// document. What an environment cannot hold is an error that names the key,
// never the value.
func environmentValues(values []encrypt.Value) ([]string, error) {
	var env []string
	for _, v := range values {
		if v.Root > 0 {
			break
		}
		name := fmt.Sprint(v.Path[0])
		refuse := func(why string) ([]string, error) {
			return nil, fmt.Errorf("the key %q cannot become a variable: %s", name, why)
		}
		switch {
		case len(v.Path) > 1 || !v.IsScalar():
			return refuse("cannot use a complex value in the environment")
		case name == "":
			return refuse("it is empty")
		case strings.Contains(name, "="):
			return refuse("it contains a '='")
		case strings.Contains(name, "\x00"):
			return refuse("it contains a NUL")
		case strings.Contains(v.Text, "\x00"):
			return refuse("its value contains a NUL")
		}
		env = append(env, name+"="+v.Text)
	}
	return env, nil
}

// lastOfEach leaves of variables that stand twice the last, which is what
// os/exec does for a child.
func lastOfEach(env []string) []string {
	cmd := exec.Cmd{Env: env}
	return cmd.Environ()
}
