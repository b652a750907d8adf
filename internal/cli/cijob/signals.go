package cijob

import (
	"context"
	"os"
	"sync"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/cli"
)

// signalGrace is how long a run may take to end after a signal: more than it
// takes to give back what was lent.
const signalGrace = closeGrace + 3*time.Second

// ciSignals ends the run at the first signal, so that tokens are revoked and
// files removed, until a child is there to get them.
type ciSignals struct {
	c       <-chan os.Signal
	release func()
	stop    chan struct{}
	stopped chan struct{} // nobody but the channel's reader gets signals any more
	once    sync.Once

	mu  sync.Mutex
	got os.Signal
}

func catchCISignals(cancel func()) *ciSignals {
	s := &ciSignals{stop: make(chan struct{}), stopped: make(chan struct{})}
	var release func()
	s.c, release = cli.CatchSignals()
	s.release = func() { s.handOver(); release() }
	go func() {
		defer close(s.stopped)
		for {
			select {
			case sig := <-s.c:
				if cli.IsUserSignal(sig) {
					continue
				}
				s.mu.Lock()
				s.got = sig
				s.mu.Unlock()
				cancel()
				s.outlast(sig)
				return
			case <-s.stop:
				return
			}
		}
	}()
	return s
}

// outlast ends the program where it does not end by itself soon after a signal: it
// may wait for somebody to read what it prints. ci cleanup knows what it leaves.
func (s *ciSignals) outlast(sig os.Signal) {
	select {
	case <-s.stop:
	case <-time.After(signalGrace):
		os.Exit(cli.SignalCode(sig))
	}
}

// handOver leaves the signals to whoever reads the channel. One that came before
// has ended the context when it returns.
func (s *ciSignals) handOver() {
	s.once.Do(func() { close(s.stop) })
	<-s.stopped
}

// ended replaces err, if a signal caused it, by the exit code of that signal, and
// says what the bare end of the time means.
func (s *ciSignals) ended(ctx context.Context, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && s.got != nil && ctx.Err() != nil {
		return cli.ExitError(cli.SignalCode(s.got))
	}
	if err != nil && err == ctx.Err() { //nolint:errorlint // what wraps it says more
		return &call.Error{Failure: call.Transient, Text: "the time ran out before everything was done", Hint: "--timeout gives it more time"}
	}
	return err
}
