package gitrepo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Git is the git program in a folder. What it does hangs on the configuration that it finds from there: a [Repo] runs
// it with one that is safe.
type Git struct {
	// Program is its path; empty means the one in PATH.
	Program string
	// Dir is the folder; empty means the current one.
	Dir string
	// Env is its environment, as of os.Environ.
	Env []string
}

// waitDelay is how long a git that has ended, or was killed, is waited for while
// a program that it started still holds its output open.
const waitDelay = 3 * time.Second

// command prepares a git. Its stderr goes to a bounded buffer.
func (g Git) command(ctx context.Context, stderr *bounded.Buffer, args ...string) *exec.Cmd {
	program := g.Program
	if program == "" {
		program = "git"
	}
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir = g.Dir
	cmd.Env = g.Env
	cmd.Stderr = stderr
	cmd.WaitDelay = waitDelay
	return cmd
}

// Run runs git to its end and returns what it printed. A git that fails is a *GitError.
func (g Git) Run(ctx context.Context, stdin io.Reader, args ...string) ([]byte, error) {
	var out bytes.Buffer
	said := bounded.Buffer{Limit: maxSaid}
	cmd := g.command(ctx, &said, args...)
	cmd.Stdin = stdin
	cmd.Stdout = &out
	if err := cmd.Run(); err != nil {
		err = gitError(ctx, verbOf(args), err, &said)
		var failed *GitError
		if errors.As(err, &failed) {
			failed.Printed += out.String()
		}
		return nil, err
	}
	return out.Bytes(), nil
}

// verbOf is what git is to do, behind what stands before it.
func verbOf(args []string) string {
	for len(args) > 1 && strings.HasPrefix(args[0], "-") {
		if args[0] == "-c" {
			args = args[1:]
		}
		args = args[1:]
	}
	if len(args) == 0 {
		return ""
	}
	return args[0]
}

func gitError(ctx context.Context, verb string, err error, said *bounded.Buffer) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if errors.Is(err, exec.ErrNotFound) {
		return ErrNoGit
	}
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return fmt.Errorf("git %s: %w", verb, err)
	}
	return &GitError{Command: verb, Code: exit.ExitCode(), Said: saidLine(said), Printed: string(said.Bytes())}
}

// maxSaid is how much of what git says of a failure is kept.
const maxSaid = 64 << 10

// saidLine is the line that tells what went wrong, with nothing in it that a terminal would act on.
func saidLine(said *bounded.Buffer) string {
	lines := strings.Split(strings.TrimSpace(string(said.Bytes())), "\n")
	best := slices.IndexFunc(lines, func(s string) bool { return strings.HasPrefix(s, "fatal: ") || strings.HasPrefix(s, "error: ") })
	return text.EscapeLine(strings.TrimPrefix(strings.TrimPrefix(lines[max(best, 0)], "fatal: "), "error: "))
}
