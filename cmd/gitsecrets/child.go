package main

import (
	"errors"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// catchSignals keeps signals from ending this process until release is called.
// A hangup that nohup has us ignore stays ignored, in the child as well.
func catchSignals() (signals <-chan os.Signal, release func()) {
	c := make(chan os.Signal, 16)
	for _, s := range forwardedSignals() {
		if s != syscall.SIGHUP || !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	return c, func() { signal.Stop(c) }
}

// runChild runs a command to its end and returns its exit code: 128 and the
// signal's number if a signal ended it, as a shell says. Signals that reach us
// are the child's, so that we outlive it and can clean up.
func runChild(cmd *exec.Cmd, signals <-chan os.Signal) (int, error) {
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for {
		select {
		case s := <-signals:
			if !reachesChild(s) {
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
