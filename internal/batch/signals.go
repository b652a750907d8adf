package batch

import (
	"os"
	"os/signal"
	"syscall"
)

// holdSignals keeps the signals by which a person ends a program from doing so
// until release is called. They take effect then.
func holdSignals() (release func()) {
	var held []os.Signal
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) { // as under nohup
			held = append(held, s)
		}
	}
	if len(held) == 0 {
		return func() {}
	}
	got := make(chan os.Signal, 1)
	signal.Notify(got, held...)
	return func() {
		signal.Stop(got)
		select {
		case s := <-got:
			// Where a process cannot signal itself the work is simply done.
			if p, err := os.FindProcess(os.Getpid()); err == nil {
				_ = p.Signal(s)
			}
		default:
		}
	}
}
