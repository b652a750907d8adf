package encrypt

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"syscall"
)

// networkCause says in a few words why a server gave no answer; empty if that
// is not what the error is about. It does not quote the request's URL.
func networkCause(err error) string {
	var (
		dns     *net.DNSError
		op      *net.OpError
		authErr x509.UnknownAuthorityError
		hostErr x509.HostnameError
		certErr *tls.CertificateVerificationError
		urlErr  *url.Error
		timeout net.Error
	)
	switch {
	case errors.As(err, &dns):
		return "the host name " + outsideText(dns.Name) + " cannot be resolved"
	case errors.As(err, &authErr), errors.As(err, &hostErr), errors.As(err, &certErr):
		return causeTLS
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "it did not answer in time"
	case errors.As(err, &op) && op.Err != nil:
		return outsideText(op.Err.Error())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "it closed the connection"
	case errors.As(err, &urlErr):
		return "the connection failed" // the text may quote what the server sent
	}
	return ""
}

// brokenOff reports that a server, or what stands before it, ended a connection
// without an answer or half-way through one: the same call may succeed.
func brokenOff(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET)
}

// causeTLS is a cause that does not go away by itself.
const causeTLS = "its TLS certificate is not valid"
