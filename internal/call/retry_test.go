package call

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"
)

// clock is a fake one: waiting moves it.
type clock struct {
	at    time.Time
	waits []time.Duration
}

func (c *clock) caller() *Caller {
	w := patient()
	w.Clock = func() time.Time { return c.at }
	w.Sleep = func(ctx context.Context, d time.Duration) error {
		c.at, c.waits = c.at.Add(d), append(c.waits, d)
		return ctx.Err()
	}
	return w
}

// failing fails n times, and counts.
func failing(n int, e *Error, calls *int) func(context.Context) error {
	return func(context.Context) error {
		if *calls++; *calls <= n {
			return e
		}
		return nil
	}
}

func TestRetry(t *testing.T) {
	passing := &Error{Failure: Transient, Text: "x", Again: MayPass}
	stale := &Error{Failure: Refused, Text: "x", Again: StaleID}
	final := &Error{Failure: Refused, Text: "x"}
	for name, tt := range map[string]struct {
		attempts, failures int
		err                *Error
		calls              int
		ok                 bool
	}{
		"at once":           {0, 0, nil, 1, true},
		"once more":         {0, 1, passing, 2, true},
		"seven failures":    {0, 7, passing, 8, true},
		"eight failures":    {0, 8, passing, 8, false},
		"fewer attempts":    {2, 2, passing, 2, false},
		"one attempt":       {1, 1, passing, 1, false},
		"many attempts":     {100, 99, passing, 100, true},
		"negative attempts": {-1, 8, passing, 8, false},
		"for good":          {0, 1, final, 1, false},
		"stale":             {0, 1, stale, 2, true},
		"stale, single try": {1, 1, stale, 2, true},
		"stale twice":       {0, 2, stale, 2, false},
	} {
		t.Run(name, func(t *testing.T) {
			c := &clock{at: noon}
			w := c.caller()
			w.Attempts = tt.attempts
			calls := 0
			err := w.Retry(context.Background(), failing(tt.failures, tt.err, &calls))
			if (err == nil) != tt.ok || calls != tt.calls {
				t.Errorf("%d calls, error %v; want %d, success %v", calls, err, tt.calls, tt.ok)
			}
			for i, d := range c.waits {
				if bound := min(firstWait<<min(i, 10), longestWait); d < 0 || d >= bound {
					t.Errorf("wait %d is %v, want below %v", i, d, bound)
				}
			}
			if tt.err == stale && len(c.waits) != 0 {
				t.Errorf("waits %v for a fresh token", c.waits)
			}
		})
	}
}

// The waits are spread, so that jobs that start together part.
func TestRetryJitters(t *testing.T) {
	seen := map[time.Duration]bool{}
	for range 20 {
		c, calls := &clock{at: noon}, 0
		if err := c.caller().Retry(context.Background(), failing(1, &Error{Again: MayPass}, &calls)); err != nil {
			t.Fatal(err)
		}
		seen[c.waits[0]] = true
	}
	if len(seen) < 10 {
		t.Errorf("%d different waits of 20", len(seen))
	}
}

func TestRetryWaitsAsTheServerAsks(t *testing.T) {
	c, calls := &clock{at: noon}, 0
	if err := c.caller().Retry(context.Background(), failing(3, &Error{Again: MayPass, After: 20 * time.Second}, &calls)); err != nil {
		t.Fatal(err)
	}
	for _, d := range c.waits {
		if d != 20*time.Second {
			t.Errorf("waits %v", c.waits)
		}
	}
}

// It does not wait for what comes after the deadline.
func TestRetryKeepsTheDeadline(t *testing.T) {
	c, calls := &clock{at: time.Now()}, 0
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	err := c.caller().Retry(ctx, failing(100, &Error{Failure: Transient, Text: "overloaded", Again: MayPass, After: 25 * time.Second}, &calls))
	wantFailure(t, err, Transient, "overloaded")
	if calls != 3 || time.Until(c.at) > time.Minute {
		t.Errorf("%d calls until %v", calls, c.at)
	}
}

// What a server answered outlives a last call that the deadline cut short.
func TestRetryKeepsTheLastAnswer(t *testing.T) {
	w, calls := patient(), 0
	w.Sleep = func(context.Context, time.Duration) error { return nil }
	ctx, cancel := context.WithTimeout(context.Background(), 250*time.Millisecond)
	defer cancel()
	err := w.Retry(ctx, func(ctx context.Context) error {
		if calls++; calls == 1 {
			return &Error{Failure: Transient, Text: "overloaded", Again: MayPass}
		}
		<-ctx.Done()
		return ctx.Err()
	})
	wantFailure(t, err, Transient, "overloaded")
	if calls < 2 {
		t.Errorf("%d calls", calls)
	}
}

func TestRetryEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	calls := 0
	err := patient().Retry(ctx, func(ctx context.Context) error {
		calls++
		cancel()
		<-ctx.Done()
		return ctx.Err()
	})
	if !errors.Is(err, context.Canceled) || calls != 1 {
		t.Errorf("%d calls, error %v", calls, err)
	}
	if err := patient().Retry(ctx, func(context.Context) error { t.Error("called"); return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	late, stop := context.WithDeadline(context.Background(), time.Now().Add(-time.Second))
	defer stop()
	err = patient().Retry(late, func(context.Context) error { t.Error("called"); return nil })
	wantFailure(t, err, Transient, "no answer in time")
}

// Each call has a time of its own, also where it does not say why it ended.
func TestRetryLimitsEachAttempt(t *testing.T) {
	w := patient()
	w.AttemptTimeout = time.Millisecond
	w.Attempts = 3
	calls := 0
	err := w.Retry(context.Background(), func(ctx context.Context) error {
		calls++
		<-ctx.Done()
		return fmt.Errorf("wrapped: %w", ctx.Err())
	})
	wantFailure(t, err, Transient, "no answer in time")
	if calls != 3 {
		t.Errorf("%d calls", calls)
	}
	other := errors.New("no *Error")
	if err := w.Retry(context.Background(), func(context.Context) error { return other }); err != other {
		t.Errorf("error %v", err)
	}
	wrapped := fmt.Errorf("wrapped: %w", &Error{Failure: Transient, Again: MayPass})
	calls = 0
	if err := w.Retry(context.Background(), func(context.Context) error { calls++; return wrapped }); err != wrapped || calls != 3 {
		t.Errorf("%d calls, error %v", calls, err)
	}
}

// The deadline decides how long an outage is survived, not a number of tries; the
// person's own number does.
func TestRetryLastsUntilTheDeadline(t *testing.T) {
	ctx, cancel := context.WithDeadline(context.Background(), time.Now().Add(2*time.Minute))
	defer cancel()
	down := &Error{Failure: Transient, Text: "down", Again: MayPass}
	c, calls := &clock{at: time.Now()}, 0
	start := c.at
	if err := c.caller().Retry(ctx, func(context.Context) error {
		if calls++; c.at.Sub(start) < 100*time.Second {
			return down
		}
		return nil
	}); err != nil || calls < 12 {
		t.Errorf("%d calls, error %v", calls, err)
	}
	c, calls = &clock{at: time.Now()}, 0
	w := c.caller()
	w.Attempts = 3
	if err := w.Retry(ctx, failing(5, down, &calls)); err == nil || calls != 3 {
		t.Errorf("%d calls, error %v", calls, err)
	}
	c, calls = &clock{at: time.Now()}, 0
	c.caller().Persist(ctx, func() bool { calls++; return true })
	if calls < 12 || c.at.Sub(start) > 3*time.Minute {
		t.Errorf("%d calls until %v", calls, c.at.Sub(start))
	}
	c, calls = &clock{at: time.Now()}, 0
	c.caller().Persist(ctx, func() bool { calls++; return calls < 4 })
	if calls != 4 {
		t.Errorf("%d calls", calls)
	}
	cancel()
	calls = 0
	if c.caller().Persist(ctx, func() bool { calls++; return true }); calls != 1 {
		t.Errorf("%d calls after the end", calls)
	}
}

// Where the context has no end, patience has.
func TestRetryHasPatience(t *testing.T) {
	c, calls := &clock{at: noon}, 0
	w := c.caller()
	w.Attempts, w.Patience = 100, time.Minute
	err := w.Retry(context.Background(), failing(100, &Error{Failure: Transient, Text: "overloaded", Again: MayPass, After: 25 * time.Second}, &calls))
	wantFailure(t, err, Transient, "overloaded")
	if calls != 3 || c.at.Sub(noon) > time.Minute {
		t.Errorf("%d calls until %v", calls, c.at)
	}
}
