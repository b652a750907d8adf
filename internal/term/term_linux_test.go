package term

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
)

// see reads what the terminal shows up to and with want.
func see(t *testing.T, r *bufio.Reader, want string) string {
	t.Helper()
	var seen strings.Builder
	for !strings.HasSuffix(seen.String(), want) {
		b, err := r.ReadByte()
		if err != nil {
			t.Fatalf("the terminal shows %q and ends (%v), want %q", seen.String(), err, want)
		}
		seen.WriteByte(b)
	}
	return seen.String()
}

func TestSecretIsNotShown(t *testing.T) {
	person, terminal := pty(t)
	screen := bufio.NewReader(person)
	done := make(chan struct{})
	go func() {
		defer close(done)
		got, err := terminal.Secret(t.Context(), "passphrase:\x1b[2J ")
		if err != nil || string(got) != "correct horse" {
			t.Errorf("got %d bytes, %v", len(got), err)
		}
		yes, err := terminal.Confirm(t.Context(), "again?", true)
		if err != nil || yes {
			t.Errorf("answer n: %t, %v", yes, err)
		}
		yes, err = terminal.Confirm(t.Context(), "once more?", true)
		if err != nil || !yes {
			t.Errorf("an empty line: %t, %v", yes, err)
		}
	}()
	shown := see(t, screen, "passphrase:\\x1b[2J ")
	for echoes(t, person) {
	}
	person.WriteString("correct horse\n")
	shown += see(t, screen, "again? [Y/n] ")
	person.WriteString("what\n")
	shown += see(t, screen, "again? [Y/n] ")
	person.WriteString("n\n")
	shown += see(t, screen, "once more? [Y/n] ")
	person.WriteString("\n")
	<-done
	if strings.Contains(shown, "horse") {
		t.Errorf("the terminal shows %q", shown)
	}
}

func TestGivingUpRestoresEcho(t *testing.T) {
	person, terminal := pty(t)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := terminal.Secret(ctx, "passphrase: ")
		failed <- err
	}()
	for echoes(t, person) {
	}
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the context's error", err)
	}
	if !echoes(t, person) {
		t.Error("the terminal is left without echo")
	}
	person.WriteString("\n")
}

func TestInterruptRestoresEcho(t *testing.T) {
	person, terminal := pty(t)
	failed := make(chan error)
	go func() {
		_, err := terminal.Secret(t.Context(), "passphrase: ")
		failed <- err
	}()
	for echoes(t, person) {
	}
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; !errors.Is(err, ErrInterrupted) {
		t.Errorf("got %v, want ErrInterrupted", err)
	}
	if !echoes(t, person) {
		t.Error("the terminal is left without echo")
	}
	person.WriteString("\n")
}

func TestQuestionsTakeTurns(t *testing.T) {
	person, terminal := pty(t)
	screen := bufio.NewReader(person)
	var all sync.WaitGroup
	answers := make(chan string, 8)
	for range 8 {
		all.Go(func() {
			got, err := terminal.Line(t.Context(), "name: ")
			if err != nil {
				t.Error(err)
			}
			answers <- got
		})
	}
	for range 8 {
		if shown := see(t, screen, "name: "); strings.Count(shown, "name: ") != 1 {
			t.Errorf("two questions at once: %q", shown)
		}
		person.WriteString("x\n")
	}
	all.Wait()
	for range 8 {
		if got := <-answers; got != "x" {
			t.Errorf("got %q, want x", got)
		}
	}
}

func TestPluginAsks(t *testing.T) {
	person, terminal := pty(t)
	screen := bufio.NewReader(person)
	var said bytes.Buffer
	ui := terminal.PluginUI(t.Context(), &said)
	go func() {
		see(t, screen, "PIN: ")
		for echoes(t, person) {
		}
		person.WriteString("1234\n")
		see(t, screen, `(1 for "yes", 2 for "no") `)
		person.WriteString("7\n")
		see(t, screen, `(1 for "yes", 2 for "no") `)
		person.WriteString("2\n")
	}()
	if got, err := ui.RequestValue("test", "PIN:", true); err != nil || got != "1234" {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := ui.Confirm("test", "sure?", "yes", "no"); err != nil || got {
		t.Errorf("got %t, %v", got, err)
	}
	if err := ui.DisplayMessage("test", "touch\nthe \x1b]0;key"); err != nil {
		t.Error(err)
	}
	if got, want := said.String(), "age-plugin-test: touch\\nthe \\x1b]0;key\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestNoTerminal(t *testing.T) {
	terminal := newTerminal(func() (in, out *os.File, err error) { return nil, nil, io.ErrUnexpectedEOF })
	for range 2 {
		if _, err := terminal.Secret(t.Context(), "?"); !errors.Is(err, ErrNone) {
			t.Errorf("got %v, want ErrNone", err)
		}
	}
	if terminal.Available() {
		t.Error("there is none, yet it is available")
	}
}
