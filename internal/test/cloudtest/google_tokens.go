package cloudtest

import (
	"net/http"
	"strings"
	"sync"
	"time"
)

// accessTokens are the bearer tokens that a cloud handed out, and what their
// holders may do: it takes a grant for each principal, permission and resource.
// It is safe for use by several goroutines.
type accessTokens struct {
	mu     sync.Mutex
	held   map[string]accessToken
	grants map[[3]string]bool
}

type accessToken struct {
	principal, audience string
	expires             time.Time
}

// issue makes a token; a prefix makes it look like the cloud's own.
func (a *accessTokens) issue(prefix, principal, audience string, lifetime time.Duration) string {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.held == nil {
		a.held = make(map[string]accessToken)
	}
	token := prefix + RandomName(64)
	a.held[token] = accessToken{principal, audience, time.Now().Add(lifetime)}
	return token
}

// bearer finds the holder of a request's token. problem is "missing",
// "unknown" or "expired", or empty.
func (a *accessTokens) bearer(r *http.Request) (holder accessToken, problem string) {
	text, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok {
		return accessToken{}, "missing"
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	holder, ok = a.held[text]
	switch {
	case !ok:
		return accessToken{}, "unknown"
	case !time.Now().Before(holder.expires):
		return accessToken{}, "expired"
	}
	return holder, ""
}

func (a *accessTokens) grant(principal, permission, resource string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.grants == nil {
		a.grants = make(map[[3]string]bool)
	}
	a.grants[[3]string{principal, permission, resource}] = true
}

func (a *accessTokens) revoke(principal string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for g := range a.grants {
		if g[0] == principal {
			delete(a.grants, g)
		}
	}
}

func (a *accessTokens) may(principal, permission, resource string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.grants[[3]string{principal, permission, resource}]
}

// expire ends all tokens so far.
func (a *accessTokens) expire() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for text, t := range a.held {
		t.expires = time.Now()
		a.held[text] = t
	}
}

func (a *accessTokens) texts() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var list []string
	for text := range a.held {
		list = append(list, text)
	}
	return list
}
