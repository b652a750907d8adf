// Package term asks people things: passphrases without echo, yes or no, and
// what age plugins want to know.
//
// Call [New] first. Questions go to the terminal itself (/dev/tty), not to the
// standard streams, which may carry data; where there is no terminal each
// question fails with [ErrNone], and nothing ever waits for an answer that
// cannot come. One question is asked at a time.
package term

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/term"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// ErrNone: there is no terminal to ask at.
var ErrNone = errors.New("there is no terminal to ask at")

// ErrInterrupted: the person gave up the question with Ctrl-C, or a signal
// asked the process to end meanwhile. The caller should end.
var ErrInterrupted = errors.New("interrupted")

// maxAnswer bounds the length of a typed line.
const maxAnswer = 64 << 10

// IsTerminal reports whether f is a terminal.
func IsTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// Terminal is where a person can be asked. Its methods may be called from
// several goroutines; they take turns.
type Terminal struct {
	turn chan struct{} // holds one token
	open func() (in, out *os.File, err error)
}

// New returns the terminal of the process. Nothing is opened until a question
// is asked.
func New() *Terminal { return newTerminal(openTerminal) }

func newTerminal(open func() (in, out *os.File, err error)) *Terminal {
	t := &Terminal{turn: make(chan struct{}, 1), open: open}
	t.turn <- struct{}{}
	return t
}

// Available reports whether there is a terminal to ask at.
func (t *Terminal) Available() bool {
	in, out, err := t.open()
	if err != nil {
		return false
	}
	closeBoth(in, out)
	return true
}

// Secret asks for a line without echo. The error is ErrNone, ErrInterrupted,
// io.EOF for an input that ended, or the context's; the terminal echoes again
// in each case.
func (t *Terminal) Secret(ctx context.Context, prompt string) ([]byte, error) {
	return t.ask(ctx, prompt, func(in, out *os.File) ([]byte, error) {
		defer fmt.Fprint(out, "\r\n") // the person's own return was not echoed
		return term.ReadPassword(int(in.Fd()))
	})
}

// Line asks for a line that may be seen.
func (t *Terminal) Line(ctx context.Context, prompt string) (string, error) {
	line, err := t.ask(ctx, prompt, readLine)
	return string(line), err
}

// Confirm asks a question that is answered with yes or no. An empty line is
// the answer that preset says; an input that ended is no.
func (t *Terminal) Confirm(ctx context.Context, question string, preset bool) (bool, error) {
	choice := " [y/N] "
	if preset {
		choice = " [Y/n] "
	}
	for {
		line, err := t.Line(ctx, question+choice)
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		switch strings.ToLower(strings.TrimSpace(line)) {
		case "":
			return preset, nil
		case "y", "yes":
			return true, nil
		case "n", "no":
			return false, nil
		}
	}
}

// ask prints a prompt and reads the answer, in its turn.
func (t *Terminal) ask(ctx context.Context, prompt string, read func(in, out *os.File) ([]byte, error)) ([]byte, error) {
	select {
	case <-t.turn:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	// A question that was given up keeps the turn until its answer comes: what
	// is typed late must not answer the next one.
	in, out, err := t.open()
	if err != nil {
		t.turn <- struct{}{}
		return nil, ErrNone
	}
	state, err := term.GetState(int(in.Fd()))
	if err != nil {
		closeBoth(in, out)
		t.turn <- struct{}{}
		return nil, ErrNone
	}
	type answer struct {
		text []byte
		err  error
	}
	answered := make(chan answer, 1)
	var open sync.Mutex // guards closed, and in's being open
	closed := false
	// By default a signal would end us and leave the terminal without echo.
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer signal.Stop(signals)
	fmt.Fprint(out, text.Escape(prompt))
	go func() {
		text, err := read(in, out)
		open.Lock()
		closeBoth(in, out)
		closed = true
		open.Unlock()
		t.turn <- struct{}{}
		answered <- answer{text, err}
	}()
	giveUp := func(err error) ([]byte, error) {
		open.Lock()
		defer open.Unlock()
		if !closed {
			_ = term.Restore(int(in.Fd()), state)
			fmt.Fprint(out, "\r\n")
		}
		return nil, err
	}
	select {
	case a := <-answered:
		return a.text, a.err
	case <-signals:
		return giveUp(ErrInterrupted)
	case <-ctx.Done():
		return giveUp(ctx.Err())
	}
}

// readLine reads up to a newline, byte by byte: what follows is for the next question.
func readLine(in, _ *os.File) ([]byte, error) {
	var line []byte
	b := make([]byte, 1)
	for len(line) <= maxAnswer {
		n, err := in.Read(b)
		if n == 1 && b[0] == '\n' {
			return []byte(strings.TrimSuffix(string(line), "\r")), nil
		}
		if n == 1 {
			line = append(line, b[0])
			continue
		}
		if err == io.EOF && len(line) > 0 {
			return line, nil
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, errors.New("the line is too long")
}

func closeBoth(in, out *os.File) {
	in.Close()
	if out != in {
		out.Close()
	}
}
