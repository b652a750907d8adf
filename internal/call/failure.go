package call

import (
	"strings"
	"time"
)

// Failure is a kind of failure: what a person can do about it. Exit codes and
// hints hang on it.
type Failure uint8

// The kinds of failure.
const (
	NotTheService Failure = iota // what answers is not the service, or what stands before it spoils the answer
	BadSetting                   // a flag, variable or setting that cannot be followed
	NoIdentity                   // the job has no identity to show
	NoCredentials                // none were found, or they are wrong or have expired
	Refused                      // who asks, or what was asked for, was refused for good
	Transient                    // no answer, or a failure that may pass, outlasted the deadline
	BadKey                       // there is no such key, it may not be used, or what was made or fetched does not fit
	Unsafe                       // what runs here was not reviewed, or is not what the event says
)

// Error is why a call failed.
type Error struct {
	Failure Failure
	Service string // who failed or refused: "STS", "Vault", "the OIDC endpoint of GitHub Actions"; may be empty
	Code    string // the service's own, such as AccessDenied; empty if it gave none
	Text    string // one sentence without a full stop, fit for a log
	Hint    string // what to do; may be empty
	Status  int    // of HTTP; 0 if there was no answer
	Again   Again
	After   time.Duration // how long the server asks to wait
	Err     error         // the cause; its text may hold what the server sent; may be nil
}

func (e *Error) Error() string {
	var said []string
	for _, s := range []string{e.Service, e.Code, e.Text} {
		if s != "" {
			said = append(said, s)
		}
	}
	return strings.Join(said, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Again says what another try could do about a failure.
type Again uint8

// What another try could do.
const (
	ForGood Again = iota // nothing
	MayPass              // the same request may succeed later
	StaleID              // a fresh ID token may succeed, once
)
