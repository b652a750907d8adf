package call

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// noon is when the tests happen.
var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// patient is a caller whose clock stands at noon and whose waits take no time.
func patient() *Caller {
	return &Caller{
		HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		Clock:      func() time.Time { return noon },
		Sleep:      func(context.Context, time.Duration) error { return nil },
	}
}

// endpoint is a server that answers with handler and counts the requests.
func endpoint(t *testing.T, handler func(n int, w http.ResponseWriter, r *http.Request)) (url string, count *atomic.Int32) {
	t.Helper()
	count = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler(int(count.Add(1)), w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, count
}

// wantFailure checks the kind of an error and what it says.
func wantFailure(t *testing.T, err error, want Failure, texts ...string) *Error {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want an *Error", err)
	}
	if e.Failure != want {
		t.Fatalf("failure %d, want %d: %v", e.Failure, want, err)
	}
	for _, text := range texts {
		if !strings.Contains(e.Error()+"\n"+e.Hint, text) {
			t.Errorf("error %q with hint %q does not say %q", e, e.Hint, text)
		}
	}
	if strings.Contains(e.Error()+e.Hint, "bearer-of-the-job") {
		t.Errorf("error %q holds a token", e)
	}
	return e
}
