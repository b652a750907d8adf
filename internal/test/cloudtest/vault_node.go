package cloudtest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
)

// Standby starts a node that has no key to the data: it sends every request on
// to the active node, as Vault does where nodes cannot forward
// (https://developer.hashicorp.com/vault/docs/concepts/ha#client-redirection).
func (v *Vault) Standby(t T) (address string) {
	t.Helper()
	return serveFor(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", v.URL+r.URL.RequestURI())
		w.WriteHeader(http.StatusTemporaryRedirect)
	})).URL
}

// OverTLS starts a second address of the same Vault, with a certificate that an
// authority of its own signed, which nobody else knows.
func (v *Vault) OverTLS(t T) (address string, authority []byte) {
	t.Helper()
	a, err := newProxyAuthority()
	if err != nil {
		t.Fatalf("%v", err)
	}
	cert, err := a.loopback()
	if err != nil {
		t.Fatalf("%v", err)
	}
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	if err != nil {
		t.Fatalf("%v", err)
	}
	s := &http.Server{Handler: http.HandlerFunc(v.handle), ErrorLog: log.New(io.Discard, "", 0)} // clients that end handshakes are what tests are about
	go s.Serve(l)                                                                                // ends with Close
	t.Cleanup(func() { s.Close() })
	return "https://" + l.Addr().String(), a.pem
}

// loopback issues a certificate for this machine's own address.
func (a *proxyAuthority) loopback() (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, NotBefore: a.cert.NotBefore, NotAfter: a.cert.NotAfter,
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, a.cert, key.Public(), a.key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}
