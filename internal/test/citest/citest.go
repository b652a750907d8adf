// Package citest has what the tests of the rooms of internal/ci share: variables of a job, tokens that nobody signed,
// servers and a clock that stands still. It imports none of these rooms.
package citest

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
)

// ThrowAwayKey looks like an age identity, and is none.
const ThrowAwayKey = "AGE-SECRET-KEY-THROW-AWAY"

// Noon is when the tests happen.
func Noon() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// Env looks up the variables of a job.
func Env(vars map[string]string) func(name string) string {
	return func(name string) string { return vars[name] }
}

// Caller has a clock that stands at noon and waits that take no time.
func Caller() call.Caller {
	return call.Caller{
		HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
		Clock:      Noon,
		Sleep:      func(context.Context, time.Duration) error { return nil },
	}
}

// IDToken makes a token that nobody signed, valid for 5 minutes from noon.
func IDToken(t testing.TB, audience any, more map[string]any) string {
	t.Helper()
	claims := map[string]any{"iss": "https://ci.example", "sub": "job", "aud": audience,
		"iat": Noon().Unix(), "exp": Noon().Add(5 * time.Minute).Unix()}
	maps.Copy(claims, more)
	return Unsigned(claims)
}

// Unsigned makes a token of claims that nobody signed.
func Unsigned(claims map[string]any) string {
	payload, err := json.Marshal(claims)
	if err != nil {
		panic(err)
	}
	enc := base64.RawURLEncoding
	return enc.EncodeToString([]byte(`{"alg":"RS256"}`)) + "." + enc.EncodeToString(payload) + "." + enc.EncodeToString([]byte("throw-away signature"))
}

// Endpoint is a server that answers with handler and counts the requests.
func Endpoint(t *testing.T, handler func(n int, w http.ResponseWriter, r *http.Request)) (url string, count *atomic.Int32) {
	t.Helper()
	count = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handler(int(count.Add(1)), w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL, count
}

// WantFailure checks the kind of an error and what it says.
func WantFailure(t *testing.T, err error, want call.Failure, texts ...string) *call.Error {
	t.Helper()
	var e *call.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want a *call.Error", err)
	}
	if e.Failure != want {
		t.Fatalf("failure %d, want %d: %v", e.Failure, want, err)
	}
	for _, text := range texts {
		if !strings.Contains(e.Error()+"\n"+e.Hint, text) {
			t.Errorf("error %q with hint %q does not say %q", e, e.Hint, text)
		}
	}
	for _, secret := range []string{"eyJ", "bearer-of-the-job"} {
		if strings.Contains(e.Error()+e.Hint, secret) {
			t.Errorf("error %q holds a token", e)
		}
	}
	return e
}

// ReadFile reads a file.
func ReadFile(t testing.TB, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// WriteFile makes a file, and returns its name.
func WriteFile(t testing.TB, name, content string) string {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
