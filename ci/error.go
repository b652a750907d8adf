package ci

import "time"

// Problem is a kind of failure; each has an exit code of its own.
type Problem uint8

// The kinds of failure.
const (
	BadSetting Problem = iota // a flag, variable or setting that cannot be followed
	NoIdentity                // the job has no identity to show
	Refused                   // the identity, or what it asked for, was refused for good
	Transient                 // a failure that may pass outlasted the deadline
	Unsafe                    // what runs here was not reviewed, or is not what the event says
	BadKey                    // what was fetched is no key, or the key may not be used
)

// Error is why a step failed.
type Error struct {
	Problem Problem
	Service string // who failed or refused: "STS", "Vault", "the OIDC endpoint of GitHub Actions"; may be empty
	Code    string // the service's own, such as AccessDenied; empty if it gave none
	Text    string // one sentence without a full stop, fit for a log
	Hint    string // what to do; may be empty

	class retryClass
	after time.Duration // how long the server asks to wait
	err   error
}

func (e *Error) Error() string {
	s := e.Text
	if e.Code != "" {
		s = e.Code + ": " + s
	}
	if e.Service != "" {
		s = e.Service + ": " + s
	}
	return s
}

// Unwrap returns a cause that is safe to look at; nil if there is none.
func (e *Error) Unwrap() error { return e.err }

// retryClass says what another try could do about a failure.
type retryClass uint8

const (
	forGood retryClass = iota // nothing
	mayPass                   // the same request may succeed later
	staleID                   // a fresh ID token may succeed, once
)
