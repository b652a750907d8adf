package call

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// maxAnswer bounds the body of an answer.
const maxAnswer = 1 << 20

// Answer is what a server said.
type Answer struct {
	Status  int
	Header  http.Header
	Body    []byte
	Trailer http.Header // what came behind the body
}

// OK reports a status of success.
func (a *Answer) OK() bool { return a.Status >= 200 && a.Status < 300 }

// Send makes one request and reads its answer whole. A redirect is an error, for
// it would carry the credential elsewhere; so is a body that is too long. A
// status of 400 and more is not: only its sender knows what it means, see
// [StatusError]. service is for messages.
func (c *Caller) Send(service string, r *http.Request) (*Answer, error) {
	client := http.Client{Transport: Transport(Connections{})}
	if c.HTTPClient != nil {
		client = *c.HTTPClient
	}
	client.CheckRedirect = RefuseRedirect
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "gitsecrets")
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, networkError(r.Context(), service, err)
	}
	defer resp.Body.Close()
	body, err := bounded.Read(resp.Body, maxAnswer)
	a := &Answer{resp.StatusCode, resp.Header, body, resp.Trailer}
	switch {
	case a.Status >= 300 && a.Status < 400:
		return nil, &Error{Failure: NotTheService, Service: service, Status: a.Status, Text: "it answers with a redirect, which is not followed: it would carry the credential elsewhere"}
	case a.Status >= 500 || a.Status == http.StatusTooManyRequests:
		return a, nil // whatever the body is
	case errors.Is(err, bounded.ErrTooLong):
		return nil, &Error{Failure: NotTheService, Service: service, Text: "its answer is longer than 1 MiB"}
	case err != nil:
		return nil, networkError(r.Context(), service, err)
	}
	return a, nil
}

// StatusError is for an answer that means failure, by its status alone. words
// are what the server says, in any form.
func StatusError(service string, a *Answer, code, words string) *Error {
	e := &Error{Failure: Refused, Service: service, Status: a.Status, Code: text.Outside(code), Text: text.Outside(words), After: retryAfter(a.Header)}
	if e.Text == "" {
		e.Text = "HTTP status " + strconv.Itoa(a.Status)
	}
	if a.Status == http.StatusTooManyRequests || a.Status == http.StatusRequestTimeout || a.Status >= 500 {
		e.Failure, e.Again = Transient, MayPass
	}
	return e
}

// retryAfter reads the header of that name (RFC 9110, 10.2.3), in seconds.
func retryAfter(h http.Header) time.Duration {
	n, err := strconv.Atoi(strings.TrimSpace(h.Get("Retry-After")))
	if err != nil || n < 0 {
		return 0
	}
	return time.Duration(min(n, 60)) * time.Second
}
