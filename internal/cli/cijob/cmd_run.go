package cijob

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"syscall"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/ci/outputs"
	"github.com/gitsecrets/gitsecrets/internal/cli"
)

// filesVariable tells the child of ci run where the decrypted files are.
const filesVariable = "GITSECRETS_FILES"

func (a *verbs) ciRunCommand() *urfave.Command {
	return &urfave.Command{
		Name:      "ci run",
		Usage:     "run a command with decrypted files, opened by the job's identity",
		ArgsUsage: "-- command [argument...]",
		Description: "The values become variables of the command and of nothing else: database.password of a file is database_password.\n" +
			"With --as files the command finds the decrypted files in a private folder, which " + filesVariable + " names and\n" +
			"which is removed when it ends; {} in an argument stands for the one file, or for the folder of several.\n" +
			"The command gets the job's environment without what proves the job's identity. Its exit code is passed on.",
		Flags: cli.Flags(
			[]urfave.Flag{
				ciFilesFlag(),
				ciString("as", "what files become: `env` (variables) or files"),
			},
			ciNameFlags(), ciFileFlags(), ciIdentityFlags()),
		Action: a.ciRun,
	}
}

// ciNameFlags are those of verbs that make variables.
func ciNameFlags() []urfave.Flag {
	return []urfave.Flag{
		ciString("env-prefix", "`text` before the name of each variable"),
		&urfave.StringSliceFlag{Name: "allow-name", Aliases: []string{"allow-env"}, EnvVars: ciEnv("allow-name", ciEnv("allow-env")...),
			Usage: "`name` of a variable that a file may set even if programs or the runner read it (repeatable)"},
	}
}

func (a *verbs) ciRun(c *urfave.Context) error {
	command := c.Args().Slice()
	if len(command) == 0 {
		return &cli.UsageError{Msg: "ci run needs a command", Hint: "gitsecrets ci run --file FILE -- COMMAND ARGUMENTS"}
	}
	if c.Bool("json") {
		return cli.Usagef("ci run has no --json: its output is that of the command")
	}
	names := c.StringSlice("file")
	j, ctx, end, err := a.startCI(c, names)
	if err != nil {
		return err
	}
	defer end()
	files, err := j.openAll(ctx, names)
	if skip, err := j.noIdentity(err); skip || err != nil {
		return err
	}
	if err := j.mask(ctx, files); err != nil {
		return err
	}
	if c.String("as") == "files" {
		return j.runWithFiles(ctx, command, files)
	}
	pairs, err := j.pairs(files)
	if err != nil {
		return err
	}
	return j.runChild(ctx, command, pairs)
}

// runWithFiles hands the files over in a private folder.
func (j *ciJob) runWithFiles(ctx context.Context, command []string, opened []*ciFile) (err error) {
	var out *ciOutputs
	// In memory where there is such a place, else among the runner's files.
	for _, temp := range append(cli.MemoryFolders(os.Getenv), os.Getenv("RUNNER_TEMP")) {
		if out, err = j.writeOutputs(ctx, "", temp, opened); err == nil {
			break
		}
	}
	if err != nil {
		return j.signals.ended(ctx, err)
	}
	defer func() {
		// The deadline was for the opening.
		if removeErr := out.remove(context.Background()); removeErr != nil {
			err = errors.Join(err, fmt.Errorf("plaintext may be left in %s, remove it: %w", out.dir, removeErr))
		}
	}()
	path := out.dir
	if len(out.files) == 1 {
		path = out.files[0]
	}
	command = append([]string{}, command...)
	for i, arg := range command {
		command[i] = strings.ReplaceAll(arg, "{}", path)
	}
	return j.runChild(ctx, command, []outputs.Pair{{Name: filesVariable, Value: out.dir}})
}

// runChild runs the command with variables. What was lent is given back before:
// the command is not to have it, and may run for long.
func (j *ciJob) runChild(ctx context.Context, command []string, pairs []outputs.Pair) error {
	j.lenders.giveBack()
	j.signals.handOver() // before the last look, so that none is lost
	if err := ctx.Err(); err != nil {
		return j.signals.ended(ctx, err)
	}
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = outputs.ChildEnv(os.Environ(), pairs, j.identityVariables()...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = j.a.Stdin, j.a.Stdout, j.a.Stderr
	code, err := cli.RunChild(cmd, j.signals.c)
	if errors.Is(err, syscall.E2BIG) {
		return &cli.CodedError{Err: cli.CannotRun(err), Code: cli.ExitGeneric,
			Hint: "the system limits the size of variables: --as files passes large files as files"}
	}
	return cli.ExitOf(code, err)
}

// identityVariables are those that hold this job's token under a name of its
// own.
func (j *ciJob) identityVariables() []string {
	if name := j.settings.OIDC.TokenEnv; name != "" {
		return []string{name}
	}
	return nil
}
