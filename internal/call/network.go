package call

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"syscall"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

// Cause says in a few words why a server gave no answer; empty if that is not
// what the error is about. It quotes no URL, which may hold a token.
func Cause(err error) string {
	var (
		dns     *net.DNSError
		op      *net.OpError
		urlErr  *url.Error
		timeout net.Error
	)
	switch {
	case errors.As(err, &dns):
		return "the host name " + text.Quote(dns.Name) + " cannot be resolved"
	case IsCertificate(err):
		return "its TLS certificate is not valid here"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "no answer in time"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it closed the connection"
	case errors.As(err, &op) && op.Err != nil:
		return text.Outside(op.Err.Error())
	case errors.As(err, &urlErr):
		return "the connection failed" // the text may quote what the server sent
	}
	return ""
}

// IsCertificate reports that a server could not prove who it is: no other try will
// change that.
func IsCertificate(err error) bool {
	var (
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		cert    *tls.CertificateVerificationError
	)
	return errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &cert)
}

// BrokenOff reports that a server, or what stands before it, ended a connection
// without an answer or half-way through one: the same call may succeed.
func BrokenOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

// networkError explains why there is no answer.
func networkError(ctx context.Context, service string, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	e := &Error{Failure: Transient, Service: service, Text: Cause(err), Again: MayPass}
	if e.Text == "" {
		e.Text = "the connection failed"
	}
	if IsCertificate(err) {
		e.Failure, e.Again = NotTheService, ForGood
		e.Hint = "if it is signed by an authority of your own, name the authority's certificate (SSL_CERT_FILE, AWS_CA_BUNDLE, VAULT_CACERT or --vault-ca-cert)"
	}
	return e
}
