package encrypt

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
)

// maxRemoteCalls is how many calls one service has under way at once.
const maxRemoteCalls = 32

// slots limits calls.
type slots chan struct{}

func (s slots) take(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s slots) free() { <-s }

// panicError is a panic of a library, without its text, which may quote things.
type panicError struct{ kind string }

func (e *panicError) Error() string { return "panic with " + e.kind }

// safely calls code of a library: a panic becomes an error, and the wait ends
// with the context even where the library does not heed it.
func safely[T any](ctx context.Context, call func() (T, error)) (T, error) {
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

// boundedTransport makes a library's HTTP client harmless: redirects arrive as
// plain refusals, answers are bounded, and one that is cut off is none, so that
// the library asks again.
type boundedTransport struct {
	next  http.RoundTripper
	limit int64
}

// redirectError is a redirect that was not followed.
type redirectError struct{ status int }

func (e *redirectError) Error() string { return fmt.Sprintf("redirect with HTTP status %d", e.status) }

// NonRetriable tells Azure's SDK that to try again is of no use.
func (e *redirectError) NonRetriable() {}

func (t *boundedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		resp.Body.Close()
		return nil, &redirectError{resp.StatusCode}
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, t.limit))
	resp.Body.Close()
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
