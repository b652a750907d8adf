package cli

import (
	"errors"
	"os"
	"os/exec"
)

func shellCommand(line string) *exec.Cmd { return exec.Command("cmd.exe", "/C", line) }

func userSignals() []os.Signal { return nil }

func isUserSignal(os.Signal) bool { return false }

// reachesChild: a key pressed at the console reaches every process there.
func reachesChild(os.Signal) bool { return true }

func childCode(state *os.ProcessState) int { return state.ExitCode() }

func signalCode(os.Signal) int { return exitInterrupt }

// account cannot be another one here.
type account struct{ env []string }

func lookUpAccount(string) (*account, error) {
	return nil, errors.New("--user cannot be had on Windows")
}

func (*account) own(*exec.Cmd) {}

func (*account) give(...string) error { return nil }

func (*account) become() error { return nil }

func replaceProcess(string, []string) error {
	return errors.New("--same-process cannot be had on Windows")
}
