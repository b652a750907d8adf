package cloudtest

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
)

// TokenRequest is a request for an ID token that was answered with one.
type TokenRequest struct {
	// Audience is what was asked for; empty if the default was.
	Audience string
	Header   http.Header
	Query    url.Values
	Token    string
}

// tokenRequests records requests. It is safe for use by several goroutines.
type tokenRequests struct {
	mu   sync.Mutex
	list []TokenRequest
}

// Requests returns the requests that were answered with a token.
func (l *tokenRequests) Requests() []TokenRequest {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.list)
}

// Audiences returns the audiences that were asked for, in order.
func (l *tokenRequests) Audiences() []string {
	var list []string
	for _, r := range l.Requests() {
		list = append(list, r.Audience)
	}
	return list
}

func (l *tokenRequests) add(r *http.Request, audience, token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, TokenRequest{audience, r.Header.Clone(), r.URL.Query(), token})
}

// credential returns what follows a scheme in the header Authorization; the case of the
// scheme does not matter (RFC 9110, section 11.1).
func credential(r *http.Request, scheme string) (string, bool) {
	have, rest, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	return rest, ok && strings.EqualFold(have, scheme)
}
