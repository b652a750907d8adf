package cloudtest

import (
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
)

// Proxy is an HTTP proxy on loopback behind which hosts are found under their
// production names, with certificates of an authority of its own. A program is
// sent there by HTTPS_PROXY, with the authority in SSL_CERT_FILE, and needs no
// other setting to talk to stand-ins.
//
// It enforces: CONNECT to port 443; that the host is one that Handle or Forward
// named; TLS 1.2 or later for the very name that was asked for, and requests for
// no other host. It refuses and records everything else, and connects to no
// network. It does not know proxy authentication or HTTP/2.
type Proxy struct {
	*Server
	// Authority is the certificate of the authority, as PEM.
	Authority []byte

	ca      *proxyAuthority
	inside  *http.Server
	conns   chan net.Conn
	done    chan struct{}
	mu      sync.Mutex
	hosts   map[string]http.Handler
	seen    []string
	refused []string
}

// NewProxy starts a proxy for the time of a test.
func NewProxy(t T) *Proxy {
	t.Helper()
	ca, err := newProxyAuthority()
	if err != nil {
		t.Fatalf("%v", err)
	}
	p := &Proxy{Authority: ca.pem, ca: ca, hosts: make(map[string]http.Handler), conns: make(chan net.Conn), done: make(chan struct{})}
	p.inside = &http.Server{Handler: http.HandlerFunc(p.dispatch), ErrorLog: log.New(io.Discard, "", 0)} // clients that refuse the certificate are expected
	go p.inside.Serve(proxyListener{p})                                                                  // ends with its Close
	t.Cleanup(func() { p.inside.Close() })
	p.Server = serveFor(t, http.HandlerFunc(p.connect))
	return p
}

// Handle answers for a host, in lower case and without a port.
func (p *Proxy) Handle(host string, h http.Handler) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.hosts[host] = h
}

// Forward answers for a host with a server of this package, which sees the
// host's name.
func (p *Proxy) Forward(host string, s *Server) { p.Handle(host, s.http.Handler) }

// Seen returns the hosts that were connected to since the last time, sorted, each
// once.
func (p *Proxy) Seen() []string { return p.take(&p.seen) }

// Refused returns what was refused since the last time, as METHOD HOST:PORT, in
// the same form.
func (p *Proxy) Refused() []string { return p.take(&p.refused) }

func (p *Proxy) take(list *[]string) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	taken := *list
	*list = nil
	slices.Sort(taken)
	return slices.Compact(taken)
}

func (p *Proxy) refuse(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.refused = append(p.refused, what)
}

// handler returns who answers for a host; nil if nobody does.
func (p *Proxy) handler(host string) http.Handler {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.hosts[host]
}

func (p *Proxy) connect(w http.ResponseWriter, r *http.Request) {
	host, port, err := net.SplitHostPort(r.Host)
	if r.Method != http.MethodConnect || err != nil || port != "443" || p.handler(host) == nil {
		p.refuse(r.Method + " " + r.Host)
		http.Error(w, "not through this proxy", http.StatusForbidden)
		return
	}
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	p.mu.Lock()
	p.seen = append(p.seen, host)
	p.mu.Unlock()
	if _, err := io.WriteString(conn, "HTTP/1.1 200 Connection established\r\n\r\n"); err != nil {
		conn.Close()
		return
	}
	secure := tls.Server(conn, &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}, GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		if hello.ServerName != host {
			p.refuse("TLS " + hello.ServerName)
			return nil, fmt.Errorf("the tunnel is not for %q", hello.ServerName)
		}
		return p.ca.certificate(host)
	}})
	select {
	case p.conns <- secure:
	case <-p.done:
		conn.Close()
	}
}

// dispatch answers a request that came through a tunnel.
func (p *Proxy) dispatch(w http.ResponseWriter, r *http.Request) {
	host := strings.TrimSuffix(r.Host, ":443")
	h := p.handler(host)
	if h == nil || r.TLS == nil || r.TLS.ServerName != host {
		p.refuse(r.Method + " " + r.Host)
		http.Error(w, "misdirected", http.StatusMisdirectedRequest)
		return
	}
	if _, ok := ReadBody(r); !ok { // all of it, so that no handler ends the connection with some unread
		http.Error(w, "the request is too long", http.StatusRequestEntityTooLarge)
		return
	}
	h.ServeHTTP(w, r)
}

// proxyListener hands the tunnels of a proxy to its inner server.
type proxyListener struct{ p *Proxy }

func (l proxyListener) Accept() (net.Conn, error) {
	select {
	case c := <-l.p.conns:
		return c, nil
	case <-l.p.done:
		return nil, net.ErrClosed
	}
}

// Close implements net.Listener; http.Server calls it once.
func (l proxyListener) Close() error   { close(l.p.done); return nil }
func (l proxyListener) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)} }
