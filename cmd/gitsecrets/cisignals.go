package main

import (
	"context"
	"os"
	"sync"
)

// ciSignals ends the run at the first signal, so that tokens are revoked and
// files removed, until a child is there to get them.
type ciSignals struct {
	c       <-chan os.Signal
	release func()
	stop    chan struct{}
	once    sync.Once

	mu  sync.Mutex
	got os.Signal
}

func catchCISignals(cancel func()) *ciSignals {
	s := &ciSignals{stop: make(chan struct{})}
	var release func()
	s.c, release = catchSignals()
	s.release = func() { s.handOver(); release() }
	go func() {
		for {
			select {
			case sig := <-s.c:
				if isUserSignal(sig) {
					continue
				}
				s.mu.Lock()
				s.got = sig
				s.mu.Unlock()
				cancel()
				return
			case <-s.stop:
				return
			}
		}
	}()
	return s
}

// handOver leaves the signals to whoever reads the channel.
func (s *ciSignals) handOver() { s.once.Do(func() { close(s.stop) }) }

// ended replaces err, if a signal caused it, by the exit code of that signal.
func (s *ciSignals) ended(ctx context.Context, err error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err != nil && s.got != nil && ctx.Err() != nil {
		return exitError(signalCode(s.got))
	}
	return err
}
