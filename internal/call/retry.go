package call

import (
	"context"
	"errors"
	"math/rand/v2"
	"time"
)

// DefaultAttempts is how often an exchange is tried that has neither a deadline nor a
// number of its own.
const DefaultAttempts = 8

const (
	firstWait   = 200 * time.Millisecond
	longestWait = 8 * time.Second
)

// Retry calls do until it succeeds, fails for good, has been called as often as
// the person said, or ctx ends, which has the last word: without a deadline and a
// number eight calls are enough. It waits between calls for a random time up to a bound that
// doubles ("full jitter",
// https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/), and
// at least as long as the server asked. Each call gets the time of one attempt
// and makes everything anew, its ID token above all. What is stale is tried
// once more, at once. If the end of ctx cuts the last call short, the error is
// that of the call before: what the server answered says more than that it ran
// out of time.
func (c *Caller) Retry(ctx context.Context, do func(ctx context.Context) error) error {
	attempts := c.Attempts
	if _, ends := ctx.Deadline(); attempts <= 0 && !ends {
		attempts = DefaultAttempts
	}
	var until time.Time
	if c.Patience > 0 {
		until = c.Now().Add(c.Patience)
	}
	stale := false
	var before error
	for attempt := 1; ; attempt++ {
		err := c.attempt(ctx, do)
		var e *Error
		switch {
		case err == nil:
			return nil
		case !errors.As(err, &e):
			return err
		case e.Again == StaleID && !stale:
			stale = true
			continue
		case e.Again != MayPass || attempts > 0 && attempt >= attempts:
			return err
		case before != nil && errors.Is(ctx.Err(), context.DeadlineExceeded):
			return before
		}
		before = err
		if !c.pause(ctx, attempt, e.After, until) {
			return err
		}
	}
}

// pause waits after a try that failed, and reports whether there is time for another:
// before the end of ctx, and before until, if there is such a time.
func (c *Caller) pause(ctx context.Context, attempt int, atLeast time.Duration, until time.Time) bool {
	wait := max(atLeast, rand.N(min(firstWait<<min(attempt-1, 10), longestWait)))
	next := c.Now().Add(wait)
	if deadline, ok := ctx.Deadline(); ok && next.After(deadline) || !until.IsZero() && next.After(until) {
		return false
	}
	return c.wait(ctx, wait) == nil
}

// Persist calls do again, with the waits between the tries of an exchange, while it
// reports that what it failed with may pass, until ctx ends. It is for work of several
// ways, each of which is tried before the first is tried again.
func (c *Caller) Persist(ctx context.Context, do func() (mayPass bool)) {
	for attempt := 1; do() && ctx.Err() == nil && c.pause(ctx, attempt, 0, time.Time{}); attempt++ {
	}
}

// attempt makes one call under its own deadline.
func (c *Caller) attempt(ctx context.Context, do func(ctx context.Context) error) error {
	if ctx.Err() != nil {
		return ContextError(ctx)
	}
	limit := c.AttemptTimeout
	if limit <= 0 {
		limit = AttemptTime
	}
	sub, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := do(sub)
	var e *Error
	if err != nil && !errors.As(err, &e) && sub.Err() != nil {
		return ContextError(sub)
	}
	return err
}

// ContextError says that a context ended. A deadline may be that of one
// attempt, so that it may pass.
func ContextError(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return &Error{Failure: Transient, Text: "no answer in time", Again: MayPass, Err: ctx.Err()}
	}
	return ctx.Err()
}
