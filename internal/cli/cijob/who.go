package cijob

import (
	"context"
	"sync"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
)

// seenSource remembers what the latest ID token said of the job. It keeps the
// claims, not the token.
type seenSource struct {
	oidc.Source
	mu     sync.Mutex
	claims oidc.Claims
}

// Token implements oidc.Source.
func (s *seenSource) Token(ctx context.Context, audience string) (*oidc.Token, error) {
	t, err := s.Source.Token(ctx, audience)
	if err == nil {
		s.mu.Lock()
		s.claims = t.Claims
		s.mu.Unlock()
	}
	return t, err
}

// jobIdentity is who the job was to those that it asked.
type jobIdentity struct {
	claims        oidc.Claims // of the latest ID token
	session, role string
	expires       time.Time // of the AWS session
}

// who tells what is known so far.
func (l *lenders) who() jobIdentity {
	var who jobIdentity
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.source != nil {
		l.source.mu.Lock()
		who.claims = l.source.claims
		l.source.mu.Unlock()
	}
	if lent := l.aws[""]; lent != nil {
		id := lent.Identity()
		who.session, who.role, who.expires = id.SessionName, id.ARN, id.Expires
	}
	return who
}
