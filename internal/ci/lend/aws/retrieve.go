package aws

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gitsecrets/gitsecrets/internal/call"
)

// spare is how long before their end credentials are not handed out any more.
const spare = 60 * time.Second

// flight is one call to STS that several callers wait for.
type flight struct {
	done    chan struct{}
	session *session
	err     error
}

// Retrieve implements aws.CredentialsProvider. The first call asks STS, for each role once; others wait for it, and get
// what it got until a minute before its end. What STS refused for good is not asked for again.
func (a *Lender) Retrieve(ctx context.Context) (aws.Credentials, error) {
	for {
		a.mu.Lock()
		if s := a.session; s != nil && (!s.credentials.CanExpire || a.w.Now().Add(spare).Before(s.credentials.Expires)) {
			a.mu.Unlock()
			return s.credentials, nil
		}
		if err := a.refused; err != nil {
			a.mu.Unlock()
			return aws.Credentials{}, err
		}
		f := a.flight
		if f == nil {
			f = &flight{done: make(chan struct{})}
			a.flight = f
			a.mu.Unlock()
			a.fly(ctx, f)
			return f.result()
		}
		a.mu.Unlock()
		select {
		case <-f.done:
		case <-ctx.Done():
			return aws.Credentials{}, call.ContextError(ctx)
		}
		if f.err == nil || ctx.Err() != nil || !isContextError(f.err) {
			return f.result()
		}
		// The context of the first caller has ended, not this one.
	}
}

func (f *flight) result() (aws.Credentials, error) {
	if f.err != nil {
		return aws.Credentials{}, f.err
	}
	return f.session.credentials, nil
}

func isContextError(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// fly makes the calls for all callers that wait.
func (a *Lender) fly(ctx context.Context, f *flight) {
	var s *session
	var err error
	if len(a.roles) > 0 {
		s, err = a.assume(ctx)
	} else {
		s, err = a.ownSession(ctx)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	f.session, f.err = s, err
	var e *call.Error
	if errors.As(err, &e) && e.Again == call.ForGood {
		a.refused = err
	}
	if err == nil {
		a.session = s
	}
	a.flight = nil
	close(f.done)
}

// widen replaces the policy by the collapsed one.
func (a *Lender) widen() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.policy, a.collapsed, a.wide = a.wide, true, ""
}

// forget drops credentials that a service calls expired.
func (a *Lender) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.session = nil
}
