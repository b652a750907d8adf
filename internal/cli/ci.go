package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// ciGroup is the word before the verbs that CI jobs use.
const ciGroup = "ci"

func ciVerbs() []verb {
	return []verb{
		{"ci doctor", "say who this CI job is, and what that opens", (*App).ciDoctorCommand},
		{"ci run", "run a command with decrypted files, opened by the job's identity", (*App).ciRunCommand},
		{"ci decrypt", "decrypt files into a folder, opened by the job's identity", (*App).ciDecryptCommand},
		{"ci export", "hand values to later steps, or write them as dotenv, JSON or shell", (*App).ciExportCommand},
		{"ci mask", "have the runner mask the encrypted values of files in its logs", (*App).ciMaskCommand},
		{"ci cleanup", "remove what the verbs above left for later steps", (*App).ciCleanupCommand},
	}
}

// ciVerb finds the verb that stands behind "ci".
func (c *commandLine) ciVerb(rest []string) error {
	for i, word := range rest {
		if word == "--help" || word == "-h" || word == "help" {
			break
		}
		for _, v := range ciVerbs() {
			if v.name == ciGroup+" "+word {
				c.verb, c.rest = v.name, append(rest[:i:i], rest[i+1:]...)
				return nil
			}
		}
		e := usagef("ci has no verb %q", word)
		e.hint = ciHelp()
		return e
	}
	c.verb, c.help = ciGroup, true
	return nil
}

// ciGroupCommand has the flags of all verbs of the group, for completion.
func (a *App) ciGroupCommand() *cli.Command {
	cmd := &cli.Command{Name: ciGroup}
	seen := map[string]bool{}
	for _, v := range ciVerbs() {
		for _, f := range v.command(a).Flags {
			if name := f.Names()[0]; !seen[name] {
				seen[name] = true
				cmd.Flags = append(cmd.Flags, f)
			}
		}
	}
	return cmd
}

func ciHelp() string {
	var b strings.Builder
	for i, v := range ciVerbs() {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString("gitsecrets " + v.name + strings.Repeat(" ", 12-len(v.name)) + " " + v.usage)
	}
	return b.String()
}

// ciWorld is this process, as package oidc sees it.
func (a *App) ciWorld(c *cli.Context) *oidc.World {
	return &oidc.World{
		Getenv: os.Getenv,
		Run:    runTool,
		Caller: call.Caller{Attempts: exchangeTries(c)},
		Warn:   func(words string) { a.warnOnce("%s", text.EscapeLine(text.EscapeCommands(words))) },
	}
}

// exchangeTries is how often an exchange is tried before another key of the file is.
// ci doctor has but one thing to try.
func exchangeTries(c *cli.Context) int {
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
