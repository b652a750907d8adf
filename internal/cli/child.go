package cli

import (
	"errors"
	"fmt"
	"os"
	"os/exec"

	"github.com/gitsecrets/gitsecrets/internal/signals"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// CatchSignals keeps signals from ending this process until release is called.
// Those that do not ask a program to end are caught for the child's sake.
func CatchSignals() (caught <-chan os.Signal, release func()) {
	return signals.Catch(userSignals()...)
}

// RunChild runs a command to its end and returns its exit code: 128 and the
// signal's number if a signal ended it, as a shell says. Signals that reach us
// are the child's, so that we outlive it and can clean up.
func RunChild(cmd *exec.Cmd, caught <-chan os.Signal) (int, error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-caught:
			if !ReachesChild(s) {
				// An error means that the child has ended, which Wait says too.
				_ = cmd.Process.Signal(s)
			}
		case err := <-ended:
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				return 0, err
			}
			return childCode(cmd.ProcessState), nil
		}
	}
}

// ExitOf turns what runChild returns into an error.
func ExitOf(code int, err error) error {
	if err != nil {
		return CannotRun(err)
	}
	if code != 0 {
		return ExitError(code)
	}
	return nil
}

func CannotRun(err error) error {
	if err == nil {
		return nil
	}
	// The error's own text names the path of the shell at most.
	return fmt.Errorf("cannot run the command: %s", text.Reason(err))
}
