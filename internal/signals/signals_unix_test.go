//go:build unix

package signals

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// child is what the test runs itself again for: it holds the signals, sends one
// to itself, says that it lives, and lets go.
func child(s syscall.Signal) {
	release := Hold()
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		os.Exit(3)
	}
	time.Sleep(20 * time.Millisecond)
	os.Stdout.WriteString("held\n")
	release()
	if signal.Ignored(s) {
		os.Exit(0)
	}
	select {} // the signal is on its way
}

func TestMain(m *testing.M) {
	for _, s := range ending() {
		if os.Getenv("SIGNALS_TEST") == s.String() {
			child(s.(syscall.Signal))
		}
	}
	// Under nohup, and in the background of a script, signals come ignored; what a
	// program handles its children get afresh.
	heard := make(chan os.Signal, 1)
	signal.Notify(heard, ending()...)
	go func() { <-heard; os.Exit(1) }()
	os.Exit(m.Run())
}

// run is the child with a signal; shell is put before it.
func run(s os.Signal, shell string) (syscall.WaitStatus, string, error) {
	cmd := exec.Command("sh", "-c", shell+`exec "$0"`, os.Args[0])
	cmd.Env = append(os.Environ(), "SIGNALS_TEST="+s.String())
	out, err := cmd.Output()
	if cmd.ProcessState == nil {
		return 0, "", err
	}
	return cmd.ProcessState.Sys().(syscall.WaitStatus), string(out), nil
}

// Each of the signals waits for the section's end, and ends the program then. QUIT
// ends it without the stacks that Go prints.
func TestASignalWaitsForTheEnd(t *testing.T) {
	for _, s := range ending() {
		status, out, err := run(s, "")
		if err != nil {
			t.Fatal(err)
		}
		if out != "held\n" {
			t.Errorf("%v ended the section: %q", s, out)
		}
		if s == syscall.SIGQUIT {
			if status.ExitStatus() != 131 {
				t.Errorf("QUIT: status %v, want the exit code 131", status)
			}
		} else if !status.Signaled() || status.Signal() != s {
			t.Errorf("%v: status %v, want that it ended by it", s, status)
		}
	}
}

// What nohup and a trap of the shell have a program ignore stays ignored.
func TestIgnoredStaysIgnored(t *testing.T) {
	for s, name := range map[os.Signal]string{syscall.SIGHUP: "HUP", syscall.SIGINT: "INT"} {
		status, out, err := run(s, "trap '' "+name+"; ")
		if err != nil || out != "held\n" || status.ExitStatus() != 0 {
			t.Errorf("%s: %q, status %v, %v", name, out, status, err)
		}
	}
}
