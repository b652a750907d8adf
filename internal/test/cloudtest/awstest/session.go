package awstest

import (
	"sync"
	"time"
)

// Session is a role session that an STS handed out.
type Session struct {
	Role, Name string
	Policy     string // session policy as sent
	Lifetime   time.Duration
	Region     string // of the request's signature; empty with an ID token
	Host       string // that was asked, with an ID token
	Caller     Caller // who the holder now is
	Subject    string // of the ID token; empty with AssumeRole
	ExternalID string
}

type sessionLog struct {
	mu   sync.Mutex
	list []Session
}

func (l *sessionLog) add(s Session) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.list = append(l.list, s)
}

func (l *sessionLog) all() []Session {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Session(nil), l.list...)
}
