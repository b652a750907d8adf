package encrypt

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// RemoteProblem is a kind of failure that a person can do something about.
type RemoteProblem uint8

// The kinds of failure.
const (
	RemoteOther         RemoteProblem = iota
	RemoteDenied                      // the caller may not use the key
	RemoteNotFound                    // there is no such key
	RemoteWrongKey                    // the wrapped data key is not of this key
	RemoteNoCredentials               // no credentials were found, or they have expired
	RemoteNetwork                     // no answer
	RemoteThrottled                   // too many calls, or the service is overloaded, even after waiting
)

// RemoteError is why a key service other than AWS's (see AWSError) failed.
type RemoteError struct {
	Problem RemoteProblem
	Service string // "Cloud KMS", "Azure Key Vault", "Vault", "HuaweiCloud KMS", "gpg", "the key service"
	Code    string // the service's own; empty if it gave none
	text    string
	err     error
}

func (e *RemoteError) Error() string { return e.Service + ": " + e.text }

// Unwrap returns the library's error, whose text may hold what the server
// sent; nil if there is none.
func (e *RemoteError) Unwrap() error { return e.err }

// remoteError makes an error of service; code may be empty.
func remoteError(service string, p RemoteProblem, code, text string, err error) *RemoteError {
	if code != "" {
		text = code + ": " + text
	}
	return &RemoteError{p, service, code, text, err}
}

// statusError explains an HTTP status that means failure.
func statusError(service string, status int, code string, err error) *RemoteError {
	if code == "" {
		code = fmt.Sprintf("HTTP status %d", status)
	}
	p, text := RemoteOther, "it did not do it"
	switch {
	case status == http.StatusUnauthorized:
		p, text = RemoteNoCredentials, "the credentials are missing, wrong or expired"
	case status == http.StatusForbidden:
		p, text = RemoteDenied, "these credentials may not use the key"
	case status == http.StatusNotFound:
		p, text = RemoteNotFound, "there is no such key"
	case status == http.StatusBadRequest:
		p, text = RemoteWrongKey, "the key, or the wrapped data key, does not fit"
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		p, text = RemoteThrottled, "too busy, even after waiting"
	case status >= 300 && status < 400:
		text = "a redirect, which is not followed"
	case status >= 500:
		p, text = RemoteNetwork, "it, or a gateway before it, has a failure of its own"
	}
	return remoteError(service, p, code, text, err)
}

// otherError explains an error that is no answer of the service.
func otherError(ctx context.Context, service string, err error) error {
	var panicked *panicError
	var redirect *redirectError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &panicked):
		return remoteError(service, RemoteOther, "", "the library broke down", nil)
	case errors.As(err, &redirect):
		return statusError(service, redirect.status, "", err)
	}
	if why := networkCause(err); why != "" {
		return remoteError(service, RemoteNetwork, "", "cannot be reached: "+why, err)
	}
	return remoteError(service, RemoteOther, "", "an answer that is not its own", err)
}
