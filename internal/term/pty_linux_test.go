package term

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// pty makes a pseudo-terminal: what a person does happens at person, what the
// program sees at the terminal.
func pty(t *testing.T) (person *os.File, terminal *Terminal) {
	t.Helper()
	fd, err := unix.Open("/dev/ptmx", unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	person = os.NewFile(uintptr(fd), "ptmx")
	t.Cleanup(func() { person.Close() })
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("/dev/pts/%d", n)
	// Held open, so that the terminal keeps its settings between questions.
	hold, err := os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { hold.Close() })
	return person, newTerminal(func() (in, out *os.File, err error) {
		in, err = os.OpenFile(name, os.O_RDWR|unix.O_NOCTTY, 0)
		return in, in, err
	})
}

// echoes reports whether the terminal echoes.
func echoes(t *testing.T, person *os.File) bool {
	t.Helper()
	state, err := unix.IoctlGetTermios(int(person.Fd()), unix.TCGETS)
	if err != nil {
		t.Fatal(err)
	}
	return state.Lflag&unix.ECHO != 0
}
