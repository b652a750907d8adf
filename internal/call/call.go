// Package call asks services for things. A [Caller] sends one request
// ([Caller.Send]) and tries again what may pass ([Caller.Retry]); what fails is an
// [Error], whose [Failure] says what a person can do about it and which code the
// program ends with.
//
// Redirects are never followed, since they would carry a credential elsewhere;
// answers have a greatest length, and every try a time of its own. No error
// quotes a token, a key or a credential, or the URL that was asked.
package call

import (
	"context"
	"net/http"
	"time"
)

// Caller says how services are asked. The zero value works.
type Caller struct {
	// HTTPClient makes the connections; its CheckRedirect is not used. Nil means one
	// of the package's own, with the process's proxies and the system's authorities.
	HTTPClient *http.Client
	// Attempts is how often one exchange is tried; 0 means until the deadline of the
	// context, which ends all of them, and 8 times where it has none.
	Attempts int
	// Patience is after how long no other try begins; 0: only the context decides.
	Patience time.Duration
	// AttemptTimeout bounds one try; 0 means [AttemptTime].
	AttemptTimeout time.Duration
	// Clock tells the time, and Sleep waits; nil means those of the machine.
	Clock func() time.Time
	Sleep func(ctx context.Context, d time.Duration) error
}

// AttemptTime is how long one try may take, and a connection to be made.
const AttemptTime = 10 * time.Second

// Now tells the time.
func (c *Caller) Now() time.Time {
	if c.Clock != nil {
		return c.Clock()
	}
	return time.Now()
}

func (c *Caller) wait(ctx context.Context, d time.Duration) error {
	if c.Sleep != nil {
		return c.Sleep(ctx, d)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
