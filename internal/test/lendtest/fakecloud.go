// Package lendtest has a network of the tests' own for clients of clouds: what is asked, and what is answered, and a
// source of tokens that nobody signed.
package lendtest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/ci/ref"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// fakeCloud answers requests for any host by METHOD HOST/PATH, in place of the network, and notes them. An answer that
// is a slice is used up from its start, and its last one stays.
type fakeCloud struct {
	t       *testing.T
	answers map[string][]FakeAnswer

	mu       sync.Mutex
	Requests []*fakeRequest
}

type FakeAnswer struct {
	Status int
	Body   any // string, or what becomes JSON
	Header http.Header
}

type fakeRequest struct {
	*http.Request
	Body string
}

func (c *fakeCloud) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.Requests = append(c.Requests, &fakeRequest{r, string(body)})
	key := r.Method + " " + r.URL.Host + r.URL.Path
	list := c.answers[key]
	if len(list) == 0 {
		c.t.Errorf("an unexpected request: %s", key)
		return nil, fmt.Errorf("no route")
	}
	if len(list) > 1 {
		c.answers[key] = list[1:]
	}
	w := httptest.NewRecorder()
	for name, values := range list[0].Header {
		w.Header()[name] = values
	}
	w.WriteHeader(list[0].Status)
	switch b := list[0].Body.(type) {
	case nil:
	case string:
		w.WriteString(b)
	default:
		if err := json.NewEncoder(w).Encode(b); err != nil {
			return nil, err
		}
	}
	resp := w.Result()
	resp.Request = r
	return resp, nil
}

// Order lists the requests, with their hosts' paths.
func (c *fakeCloud) Order() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b bytes.Buffer
	for _, r := range c.Requests {
		fmt.Fprintf(&b, "%s %s\n", r.Method, r.URL.Path)
	}
	return b.String()
}

// Find returns the n-th request whose path ends so, from 0.
func (c *fakeCloud) Find(suffix string, n int) *fakeRequest {
	c.t.Helper()
	for _, r := range c.Requests {
		if strings.HasSuffix(r.URL.Path, suffix) {
			if n == 0 {
				return r
			}
			n--
		}
	}
	c.t.Fatalf("no request for %s", suffix)
	return nil
}

// FakeWorld is a world whose network is the cloud, and the source of its ID tokens.
func FakeWorld(t *testing.T, answers map[string][]FakeAnswer) (*fakeCloud, *oidc.World, *fakeSource) {
	t.Helper()
	c := &fakeCloud{t: t, answers: answers}
	w := WorldOf(nil)
	w.HTTPClient = &http.Client{Transport: c}
	return c, w, &fakeSource{t: t}
}

// fakeSource mints a new token each time.
type fakeSource struct {
	t         *testing.T
	mu        sync.Mutex
	Audiences []string
	Tokens    []string
}

func (s *fakeSource) Provider() job.Provider { return job.GitHub }

func (s *fakeSource) Token(_ context.Context, audience string) (*oidc.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw := citest.IDToken(s.t, audience, map[string]any{"jti": len(s.Tokens)})
	s.Audiences = append(s.Audiences, audience)
	s.Tokens = append(s.Tokens, raw)
	return oidc.ParseToken(raw)
}

// WorldOf is a world with the variables of a job, a clock that stands at noon and waits that take no time.
func WorldOf(env map[string]string) *oidc.World {
	return &oidc.World{Getenv: citest.Env(env), Caller: citest.Caller()}
}

// TestRef reads a reference.
func TestRef(t *testing.T, text string) policy.Reference {
	t.Helper()
	ref, err := ref.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// OauthError is an answer that means failure (RFC 6749, 5.2).
func OauthError(status int, code, text string) FakeAnswer {
	return FakeAnswer{Status: status, Body: map[string]any{"error": code, "error_description": text}}
}
