// Package signals keeps the signals that end a program from ending it in the
// middle of what must not be left half done.
//
// Call [Hold] around a section that writes: a signal takes effect when the
// section ends. Call [Catch] where the program itself decides what a signal
// ends, and in which order. Both keep the same signals, those that a person, a
// terminal or a system ends programs by: hangup, interrupt, quit and terminate.
// One that was ignored when the program began, as under nohup, stays ignored.
package signals

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// catchers counts those to whom signals go. It is the process's, as the signals are.
var catchers atomic.Int32

// Hold keeps the signals from ending the program until release is called. The
// first that came takes effect then; who catches signals around the section gets it once more.
func Hold() (release func()) {
	got, stop := Catch()
	return func() {
		stop()
		select {
		case s := <-got:
			raise(s)
		default:
		}
	}
}

// Catch hands the signals to the caller, and more of the caller's choice, until
// stop is called.
func Catch(more ...os.Signal) (got <-chan os.Signal, stop func()) {
	c := make(chan os.Signal, 16)
	catchers.Add(1)
	for _, s := range append(ending(), more...) {
		if !signal.Ignored(s) {
			signal.Notify(c, s)
		}
	}
	// A message to somebody who has closed the pipe must not end us before the
	// caller has cleaned up: the write fails instead.
	broken := make(chan os.Signal, 1)
	if !signal.Ignored(syscall.SIGPIPE) {
		signal.Notify(broken, syscall.SIGPIPE)
	}
	return c, func() {
		signal.Stop(c)
		signal.Stop(broken)
		catchers.Add(-1)
	}
}

// raise sends the program a signal that it held.
func raise(s os.Signal) {
	if s == syscall.SIGQUIT && catchers.Load() == 0 {
		os.Exit(128 + int(syscall.SIGQUIT)) // Go would print the stacks of all goroutines first
	}
	// Where a process cannot signal itself the work is simply done.
	if p, err := os.FindProcess(os.Getpid()); err == nil {
		_ = p.Signal(s)
	}
}
