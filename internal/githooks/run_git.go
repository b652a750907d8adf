package githooks

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"

	"github.com/gitsecrets/gitsecrets/internal/gitrepo"
)

// git runs git in the site, with its own configuration: what is asked here is what that says.
func (s *Site) git(ctx context.Context, stdin []byte, env []string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "git", args...)
	cmd.Dir = s.Dir
	cmd.Env = append(append([]string{}, s.Env...), env...)
	cmd.Stdin = bytes.NewReader(stdin)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		line, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		for len(args) > 2 && args[0] == "-c" {
			args = args[2:]
		}
		return "", &gitFailed{verb: args[0], err: err, said: line, all: said.String() + string(out)}
	}
	return strings.TrimSuffix(string(out), "\n"), nil
}

type gitFailed struct {
	verb, said, all string // the first line of stderr; it and stdout
	err             error
}

func (e *gitFailed) Error() string {
	switch {
	case e.said == "":
		return fmt.Sprintf("git %s: %v", e.verb, e.err)
	case strings.Contains(e.said, "not a git repository (or any"):
		return gitrepo.ErrNoRepository.Error()
	}
	return fmt.Sprintf("git %s: %s", e.verb, strings.TrimPrefix(e.said, "fatal: "))
}

func (e *gitFailed) Unwrap() error { return e.err }

// exitCode is git's exit code, -1 if it did not run.
func (e *gitFailed) exitCode() int {
	var exit *exec.ExitError
	if errors.As(e.err, &exit) {
		return exit.ExitCode()
	}
	return -1
}
