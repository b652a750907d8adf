package cijob

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
)

// The end of the time is explained where nothing else is known; what a server said
// before, or which key got no answer, says more.
func TestTheEndOfTheTime(t *testing.T) {
	ctx, cancel := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancel()
	s := &ciSignals{}
	var e *call.Error
	if err := s.ended(ctx, ctx.Err()); !errors.As(err, &e) || e.Failure != call.Transient || e.Hint == "" {
		t.Errorf("the bare end: %v", err)
	}
	said := &call.Error{Failure: call.Transient, Service: "STS", Text: "no answer in time", Err: context.DeadlineExceeded}
	if err := s.ended(ctx, said); err != error(said) {
		t.Errorf("an answer of a service became: %v", err)
	}
}
