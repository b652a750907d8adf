package ci

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

	"github.com/gitsecrets/gitsecrets/internal/test/citest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// fakeCloud answers requests for any host by METHOD HOST/PATH, in place of the
// network, and notes them. An answer that is a slice is used up from its
// start, and its last one stays.
type fakeCloud struct {
	t       *testing.T
	answers map[string][]fakeAnswer

	mu       sync.Mutex
	requests []*fakeRequest
}

type fakeAnswer struct {
	status int
	body   any // string, or what becomes JSON
	header http.Header
}

type fakeRequest struct {
	*http.Request
	body string
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
	c.requests = append(c.requests, &fakeRequest{r, string(body)})
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
	for name, values := range list[0].header {
		w.Header()[name] = values
	}
	w.WriteHeader(list[0].status)
	switch b := list[0].body.(type) {
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

// order lists the requests, with their hosts' paths.
func (c *fakeCloud) order() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var b bytes.Buffer
	for _, r := range c.requests {
		fmt.Fprintf(&b, "%s %s\n", r.Method, r.URL.Path)
	}
	return b.String()
}

// find returns the n-th request whose path ends so, from 0.
func (c *fakeCloud) find(suffix string, n int) *fakeRequest {
	c.t.Helper()
	for _, r := range c.requests {
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

// fakeWorld is a world whose network is the cloud, and the source of its ID tokens.
func fakeWorld(t *testing.T, answers map[string][]fakeAnswer) (*fakeCloud, *World, *fakeSource) {
	t.Helper()
	c := &fakeCloud{t: t, answers: answers}
	w := worldOf(nil)
	w.HTTPClient = &http.Client{Transport: c}
	return c, w, &fakeSource{t: t}
}

// fakeSource mints a new token each time.
type fakeSource struct {
	t         *testing.T
	mu        sync.Mutex
	audiences []string
	tokens    []string
}

func (s *fakeSource) Provider() Provider { return GitHub }

func (s *fakeSource) Token(_ context.Context, audience string) (*Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw := citest.IDToken(s.t, audience, map[string]any{"jti": len(s.tokens)})
	s.audiences = append(s.audiences, audience)
	s.tokens = append(s.tokens, raw)
	return ParseToken(raw)
}

// worldOf is a world with the variables of a job, a clock that stands at noon and waits
// that take no time.
func worldOf(env map[string]string) *World {
	return &World{Getenv: citest.Env(env), Caller: citest.Caller()}
}

// testRef reads a reference.
func testRef(t *testing.T, text string) policy.Reference {
	t.Helper()
	ref, err := ParseRef(text)
	if err != nil {
		t.Fatal(err)
	}
	return ref
}

// oauthError is an answer that means failure (RFC 6749, 5.2).
func oauthError(status int, code, text string) fakeAnswer {
	return fakeAnswer{status: status, body: map[string]any{"error": code, "error_description": text}}
}
