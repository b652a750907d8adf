// Package cloudtest holds stand-ins for cloud services, for tests: small HTTP
// servers on loopback which speak the real protocols, so that the real clients
// can be pointed at them as people point them at LocalStack.
//
// AWS has a package of its own, awstest. [NewIssuer] signs ID tokens, which [NewGitHub] hands to jobs. [NewGoogle] and
// [NewEntra] take such tokens under their production names, behind a [Proxy]. [NewVault], [NewGCPKMS] and
// [NewHuaweiKMS] stand alone. Each type's comment says
// what the server enforces and what it does not. Cryptography is real
// (AES-256-GCM under keys that live as long as the server); access control is
// as simple as the tests allow. Nothing here is fit to guard a secret.
package cloudtest

import (
	"fmt"
	"net"
	"net/http"
)

// T is the part of testing.TB that the servers need.
type T interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Server is an HTTP server on loopback.
type Server struct {
	// URL is http://ADDRESS, without a slash at its end.
	URL  string
	http *http.Server
}

// Serve starts a server on address; "" means any free port of 127.0.0.1.
func Serve(address string, h http.Handler) (*Server, error) {
	if address == "" {
		address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("listen: %w", err)
	}
	s := &Server{URL: "http://" + l.Addr().String(), http: &http.Server{Handler: h}}
	go s.http.Serve(l) // ends with Close
	return s, nil
}

// Close ends the server and every connection to it.
func (s *Server) Close() { s.http.Close() }

// serveFor starts a server for the time of a test.
func serveFor(t T, h http.Handler) *Server {
	t.Helper()
	s, err := Serve("", h)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(s.Close)
	return s
}
