// Package cijob holds the verbs of CI jobs, which open files with no stored key. [Verbs] lists
// them for the program.
package cijob

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"

	urfave "github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/cli"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// verbs are the verbs in CI jobs.
type verbs struct{ *cli.App }

func newVerbs(a *cli.App) *verbs { return &verbs{a} }

// of makes a verb's command when it is called.
func of(command func(*verbs) *urfave.Command) func(*cli.App) *urfave.Command {
	return func(a *cli.App) *urfave.Command { return command(newVerbs(a)) }
}

// Verbs lists the verbs in CI jobs.
func Verbs() []cli.Verb {
	return []cli.Verb{
		{Name: "ci doctor", Usage: "show who this CI job is, and what it can open", Command: of((*verbs).ciDoctorCommand)},
		{Name: "ci run", Usage: "run a command with decrypted files, opened by the job's identity", Command: of((*verbs).ciRunCommand)},
		{Name: "ci decrypt", Usage: "decrypt files into a folder, opened by the job's identity", Command: of((*verbs).ciDecryptCommand)},
		{Name: "ci export", Usage: "hand values to later steps, or write them as dotenv, JSON or shell", Command: of((*verbs).ciExportCommand)},
		{Name: "ci mask", Usage: "have the runner mask the encrypted values of files in its logs", Command: of((*verbs).ciMaskCommand)},
		{Name: "ci cleanup", Usage: "remove what the verbs above left for later steps", Command: of((*verbs).ciCleanupCommand)},
	}
}

// ciWorld is this process, as package oidc sees it.
func (a *verbs) ciWorld(c *urfave.Context) *oidc.World {
	return &oidc.World{
		Getenv: os.Getenv,
		Run:    runTool,
		Caller: call.Caller{Attempts: exchangeTries(c)},
		Warn:   func(words string) { a.WarnOnce("%s", text.EscapeLine(text.EscapeCommands(words))) },
	}
}

// exchangeTries is how often an exchange is tried before another key of the file is.
// ci doctor has but one thing to try.
func exchangeTries(c *urfave.Context) int {
	if n := c.Int("retry-max-attempts"); n > 0 || c.Command.Name == "ci doctor" {
		return n
	}
	return triesInARow
}

// triesInARow leaves time for other ways to a file while one is out of order; all
// are tried again until the deadline.
const triesInARow = 8

// maxToolOutput bounds what a program of the CI may print.
const maxToolOutput = 1 << 20

// runTool runs a program of the CI, such as buildkite-agent, and returns what
// it printed.
func runTool(ctx context.Context, stdin []byte, name string, args ...string) (stdout, stderr []byte, err error) {
	out, words := bounded.Buffer{Limit: maxToolOutput, Strict: true}, bounded.Buffer{Limit: maxToolOutput, Strict: true}
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(stdin), &out, &words
	cmd.WaitDelay = toolGrace
	err = cmd.Run()
	if out.Full() || words.Full() {
		err = errors.New("it printed more than 1 MiB")
	}
	return out.Bytes(), words.Bytes(), err
}
