package call

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Connections say what the connections to a server are like. The zero value is
// for a call or two.
type Connections struct {
	TLS *tls.Config // nil: the system's authorities
	// Idle is how many connections to one host are kept; 0 closes each after its
	// answer.
	Idle int
	// AnswerTime bounds the wait for the first byte of an answer; 0: only the
	// request's context does.
	AnswerTime time.Duration
	// Proxy is asked for the proxy of a request; nil: the process's own.
	Proxy func(*http.Request) (*url.URL, error)
	// Dial makes the connections in place of a dialer with [AttemptTime].
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
}

// Transport returns a transport for connections. Whoever sends through it, and not
// by [Caller.Send], sees to redirects: [RefuseRedirect].
func Transport(c Connections) *http.Transport {
	t := &http.Transport{
		Proxy:                 c.Proxy,
		DialContext:           c.Dial,
		TLSClientConfig:       c.TLS,
		ForceAttemptHTTP2:     true,
		TLSHandshakeTimeout:   AttemptTime,
		ResponseHeaderTimeout: c.AnswerTime,
		MaxIdleConns:          4 * c.Idle,
		MaxIdleConnsPerHost:   c.Idle,
		IdleConnTimeout:       90 * time.Second,
		DisableKeepAlives:     c.Idle == 0,
	}
	if t.Proxy == nil {
		t.Proxy = http.ProxyFromEnvironment
	}
	if t.DialContext == nil {
		t.DialContext = (&net.Dialer{Timeout: AttemptTime}).DialContext
	}
	return t
}

// maxAuthority bounds a file of certificates; Mozilla's list has 200 kB.
const maxAuthority = 4 << 20

// Authorities reads the file of certificates, in PEM form, that stand in place of the
// system's authorities. what is the setting that names it, for the message.
func Authorities(what, path string) (*x509.CertPool, error) {
	bad := func(why string) error {
		return &Error{Failure: BadSetting, Text: what + " names " + text.Quote(path) + ", " + why}
	}
	pem, err := bounded.ReadFile(path, maxAuthority)
	if err != nil {
		return nil, bad("which cannot be read")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, bad("which contains no certificate in PEM form")
	}
	return roots, nil
}

// RefuseRedirect is for http.Client.CheckRedirect: the redirect is the answer.
func RefuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// WithoutProxy is for addresses on this machine and beside it: what a proxy would
// reach under their names is another machine's.
func WithoutProxy(client *http.Client) *http.Client {
	direct := *client
	if direct.Transport == nil {
		direct.Transport = Transport(Connections{})
	}
	if t, ok := direct.Transport.(*http.Transport); ok {
		t = t.Clone()
		t.Proxy = nil
		direct.Transport = t
	}
	return &direct
}
