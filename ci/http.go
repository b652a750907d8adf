package ci

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// maxAnswer bounds the body of an answer.
const maxAnswer = 1 << 20

// answer is what a server said.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// ok reports a status of success.
func (a *answer) ok() bool { return a.status >= 200 && a.status < 300 }

// send makes one request and reads its answer whole. A redirect is an error, for
// it would carry the credential elsewhere; so is a body that is too long. A
// status of 400 and more is not: only its sender knows what it means, see
// [statusError]. service is for messages.
func (w *World) send(service string, r *http.Request) (*answer, error) {
	client := http.Client{Transport: defaultTransport()}
	if w.HTTPClient != nil {
		client = *w.HTTPClient
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	if r.Header.Get("User-Agent") == "" {
		r.Header.Set("User-Agent", "gitsecrets")
	}
	resp, err := client.Do(r)
	if err != nil {
		return nil, networkError(r.Context(), service, err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	a := &answer{resp.StatusCode, resp.Header, body}
	switch {
	case a.status >= 300 && a.status < 400:
		return nil, &Error{Problem: Refused, Service: service, Text: "it answers with a redirect, which is not followed: it would carry the credential elsewhere"}
	case a.status >= 500 || a.status == http.StatusTooManyRequests:
		return a, nil // whatever the body is
	case err != nil:
		return nil, networkError(r.Context(), service, err)
	case len(body) > maxAnswer:
		return nil, &Error{Problem: Refused, Service: service, Text: "its answer is longer than 1 MiB"}
	}
	return a, nil
}

// defaultTransport returns the transport for those who bring no client.
func defaultTransport() http.RoundTripper {
	return &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: defaultAttemptTimeout}).DialContext,
		ForceAttemptHTTP2:   true,
		TLSHandshakeTimeout: defaultAttemptTimeout,
		DisableKeepAlives:   true, // a call or two for each host
	}
}

// statusError is for an answer that means failure, by its status alone. words
// are what the server says, in any form.
func statusError(service string, a *answer, code, words string) *Error {
	e := &Error{Problem: Refused, Service: service, Code: text.Outside(code), Text: text.Outside(words), after: retryAfter(a.header)}
	if e.Text == "" {
		e.Text = "HTTP status " + strconv.Itoa(a.status)
	}
	if a.status == http.StatusTooManyRequests || a.status == http.StatusRequestTimeout || a.status >= 500 {
		e.Problem, e.class = Transient, mayPass
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

// networkError explains why there is no answer. It quotes no URL, which may
// hold a token.
func networkError(ctx context.Context, service string, err error) error {
	var (
		dns      *net.DNSError
		op       *net.OpError
		unknown  x509.UnknownAuthorityError
		host     x509.HostnameError
		cert     *tls.CertificateVerificationError
		timeout  net.Error
		e        = &Error{Problem: Transient, Service: service, Text: "the connection failed", class: mayPass}
		canceled = errors.Is(ctx.Err(), context.Canceled)
	)
	switch {
	case canceled:
		return ctx.Err()
	case errors.As(err, &unknown), errors.As(err, &host), errors.As(err, &cert):
		e.Problem, e.class, e.Text = Refused, forGood, "its TLS certificate is not valid here"
		e.Hint = "if it is signed by an authority of your own, name the authority's certificate (SSL_CERT_FILE, AWS_CA_BUNDLE, --vault-ca-cert)"
	case errors.As(err, &dns):
		e.Text = "the host name " + text.Quote(dns.Name) + " cannot be resolved"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		e.Text = "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		e.Text = "it closed the connection"
	case errors.As(err, &op) && op.Err != nil:
		e.Text = text.Outside(op.Err.Error())
	}
	return e
}

// checkURL refuses a URL to which no credential may be sent: anything but
// https, or http to this machine's loopback; with a user or a fragment. what
// is where the URL stands, for the message.
func checkURL(what, raw string) (*url.URL, error) {
	bad := func(why string) (*url.URL, error) {
		return nil, &Error{Problem: BadSetting, Text: what + " is no URL to which a credential may be sent: " + why}
	}
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		return bad("it cannot be read")
	case u.Hostname() == "" || u.Opaque != "":
		return bad("it names no host")
	case u.User != nil:
		return bad("it holds a user name or password")
	case u.Fragment != "":
		return bad("it has a fragment")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		return bad("it is not encrypted: https is needed")
	case u.Scheme != "https" && u.Scheme != "http":
		return bad("its scheme is not https")
	}
	return u, nil
}

func isLoopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}
