package call

import (
	"context"
	"errors"
	"fmt"
	"net/http"
)

// KeyError explains an HTTP status by which a key service refuses, without its
// words, which may quote what was sent. code is the service's own and may be empty.
func KeyError(service string, a *Answer, code string, err error) *Error {
	status := a.Status
	if code == "" {
		code = fmt.Sprintf("HTTP status %d", status)
	}
	e := &Error{Service: service, Status: status, Code: code, Text: "it failed", After: retryAfter(a.Header), Err: err}
	switch {
	case status == http.StatusUnauthorized:
		e.Failure, e.Text = NoCredentials, "the credentials are missing, wrong or expired"
	case status == http.StatusForbidden:
		e.Failure, e.Text = Refused, "these credentials are not allowed to use the key"
	case status == http.StatusNotFound:
		e.Failure, e.Text = BadKey, "there is no such key"
	case status == http.StatusBadRequest:
		e.Failure, e.Text = BadKey, "the key, or the wrapped data key, does not fit"
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable:
		e.Failure, e.Again, e.Text = Transient, MayPass, "too busy, even after waiting"
	case status >= 300 && status < 400:
		e.Text = "a redirect, which is not followed"
	case status >= 500:
		e.Failure, e.Again, e.Text = Transient, MayPass, "it, or a gateway in front of it, failed"
	}
	return e
}

// SDKError explains an error of a library that is no answer of the service. What is
// an [Error] already stays what it is.
func SDKError(ctx context.Context, service string, err error) error {
	var panicked *panicError
	var known *Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &known): // of whoever lends the credentials
		return known
	case errors.As(err, &panicked):
		return &Error{Service: service, Text: "the library failed"}
	case Cause(err) != "":
		return networkError(ctx, service, err)
	}
	return Foreign(service, err)
}

// Foreign is for an answer that the service would not give. err may be nil.
func Foreign(service string, err error) *Error {
	return &Error{Failure: NotTheService, Service: service, Text: "the answer is invalid", Err: err}
}

// MaxCalls is how many calls one key service has under way at once.
const MaxCalls = 32

// Slots limits how many calls are under way at once.
type Slots chan struct{}

// Take waits for a slot, or for the end of ctx, whose error it returns then.
func (s Slots) Take(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Free gives back a slot that was taken.
func (s Slots) Free() { <-s }

// panicError is a panic of a library, without its text, which may quote things.
type panicError struct{ kind string }

func (e *panicError) Error() string { return "panic with " + e.kind }

// Safely calls code of a library: a panic becomes an error, and the wait ends
// with the context even where the library does not heed it.
func Safely[T any](ctx context.Context, call func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		var r result
		defer func() {
			if p := recover(); p != nil {
				r = result{err: &panicError{fmt.Sprintf("%T", p)}}
			}
			done <- r
		}()
		r.value, r.err = call()
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}
