package cli

import (
	"errors"
	"os"
	"os/exec"
)

func ShellCommand(line string) *exec.Cmd { return exec.Command("cmd.exe", "/C", line) }

func userSignals() []os.Signal { return nil }

func IsUserSignal(os.Signal) bool { return false }

// ReachesChild: a key pressed at the console reaches every process there.
func ReachesChild(os.Signal) bool { return true }

func childCode(state *os.ProcessState) int { return state.ExitCode() }

func SignalCode(os.Signal) int { return exitInterrupt }

// Account cannot be another one here.
type Account struct{ Env []string }

func LookUpAccount(string) (*Account, error) {
	return nil, errors.New("--user is not available on Windows")
}

func (*Account) Own(*exec.Cmd) {}

func (*Account) Give(...string) error { return nil }

func (*Account) Become() error { return nil }

func ReplaceProcess(string, []string) error {
	return errors.New("--same-process is not available on Windows")
}
