//go:build unix

package cli

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"
)

// ShellCommand runs a line as a person would type it.
func ShellCommand(line string) *exec.Cmd { return exec.Command("/bin/sh", "-c", line) }

// userSignals are those that a child gets through us besides those that ask to end.
func userSignals() []os.Signal { return []os.Signal{syscall.SIGUSR1, syscall.SIGUSR2} }

// IsUserSignal reports whether a signal does not ask us to end.
func IsUserSignal(s os.Signal) bool { return s == syscall.SIGUSR1 || s == syscall.SIGUSR2 }

// ReachesChild reports whether a signal came to the child as well: a key
// pressed at the terminal signals every process in its foreground.
func ReachesChild(s os.Signal) bool {
	if s != syscall.SIGINT && s != syscall.SIGQUIT {
		return false
	}
	tty, err := os.Open("/dev/tty")
	if err != nil {
		return false
	}
	defer tty.Close()
	foreground, err := unix.IoctlGetInt(int(tty.Fd()), unix.TIOCGPGRP)
	return err == nil && foreground == unix.Getpgrp()
}

// childCode is the exit code of a process that has ended.
func childCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return SignalCode(status.Signal())
	}
	return state.ExitCode()
}

// SignalCode is the exit code that stands for a signal.
func SignalCode(s os.Signal) int {
	if n, ok := s.(syscall.Signal); ok {
		return 128 + int(n)
	}
	return exitInterrupt
}

// Account is another person, as whom a command is to run.
type Account struct {
	uid, gid int
	groups   []int
	Env      []string
}

func LookUpAccount(name string) (*Account, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return nil, fmt.Errorf("--user: there is no user %q", name)
	}
	a := &Account{Env: []string{"HOME=" + u.HomeDir, "USER=" + u.Username, "LOGNAME=" + u.Username}}
	ids, err := u.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("--user: the groups of %q: %w", name, err)
	}
	for i, id := range append([]string{u.Uid, u.Gid}, ids...) {
		n, err := strconv.Atoi(id)
		switch {
		case err != nil:
			return nil, fmt.Errorf("--user: the id of %q is not a number", name)
		case i == 0:
			a.uid = n
		case i == 1:
			a.gid = n
		default:
			a.groups = append(a.groups, n)
		}
	}
	return a, nil
}

// Own makes the child run as the account.
func (a *Account) Own(cmd *exec.Cmd) {
	groups := make([]uint32, len(a.groups))
	for i, g := range a.groups {
		groups[i] = uint32(g)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(a.uid), Gid: uint32(a.gid), Groups: groups}}
}

// Give hands files to the account.
func (a *Account) Give(paths ...string) error {
	for _, p := range paths {
		if err := os.Chown(p, a.uid, a.gid); err != nil {
			return fmt.Errorf("--user: %w", err)
		}
	}
	return nil
}

// Become makes this process the account's, for good.
func (a *Account) Become() error {
	err := errors.Join(syscall.Setgroups(a.groups), syscall.Setgid(a.gid), syscall.Setuid(a.uid))
	if err != nil {
		return fmt.Errorf("--user: %w", err)
	}
	return nil
}

// ReplaceProcess runs the line in the place of this process. It returns only
// if that fails.
func ReplaceProcess(line string, env []string) error {
	return fmt.Errorf("cannot run /bin/sh: %w", syscall.Exec("/bin/sh", []string{"/bin/sh", "-c", line}, env))
}
