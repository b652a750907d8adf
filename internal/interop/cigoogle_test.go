//go:build interop

package interop

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/cloudtest"
)

const (
	googleProvider = "projects/123456789012/locations/global/workloadIdentityPools/ci-pool/providers/github"
	googleKey      = "projects/octo/locations/global/keyRings/sops/cryptoKeys/ci"
	googleSTS      = "sts.googleapis.com"
)

// google is Cloud KMS, and Google's STS under its own name: behind a proxy on
// loopback, with a certificate of an authority that only the job trusts.
type google struct {
	kms *cloudtest.GCPKMS
	env []string // of a job that is to find both
}

func newGoogle(w *ciWorld) *google {
	w.Helper()
	g := &google{kms: cloudtest.NewGCPKMS(w.T, googleKey)}
	w.held = append(w.held, g.kms.Token)
	sts := httptest.NewUnstartedServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { g.exchange(w, rw, r) }))
	certificate := selfSigned(w, googleSTS)
	sts.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	sts.StartTLS()
	w.Cleanup(sts.Close)
	proxy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) { connect(rw, r, sts.Listener.Addr().String()) }))
	w.Cleanup(proxy.Close)
	authority := filepath.Join(w.home, "authority.pem")
	writeFile(w.T, authority, string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Certificate[0]})))
	g.env = []string{"HTTPS_PROXY=" + proxy.URL, "SSL_CERT_FILE=" + authority, "SOPS_GCP_KMS_ENDPOINT=" + g.kms.URL}
	return g
}

// exchange gives the access token of the KMS for an ID token of the issuer
// (https://cloud.google.com/iam/docs/reference/sts/rest/v1/TopLevel/token).
func (g *google) exchange(w *ciWorld, rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Content-Type", "application/json")
	claims, err := w.issuer.Verify(r.PostFormValue("subject_token"), "https://iam.googleapis.com/"+googleProvider)
	if err != nil || claims["sub"] != ciSubject || r.URL.Path != "/v1/token" || r.PostFormValue("audience") != "//iam.googleapis.com/"+googleProvider {
		rw.WriteHeader(http.StatusBadRequest)
		json.NewEncoder(rw).Encode(map[string]string{"error": "invalid_grant", "error_description": "the token is refused"})
		return
	}
	json.NewEncoder(rw).Encode(map[string]any{"access_token": g.kms.Token, "issued_token_type": "urn:ietf:params:oauth:token-type:access_token", "token_type": "Bearer", "expires_in": 300})
}

// connect is the CONNECT method of a proxy that knows one host.
func connect(rw http.ResponseWriter, r *http.Request, address string) {
	if r.Method != http.MethodConnect || r.Host != googleSTS+":443" {
		http.Error(rw, "no such host", http.StatusForbidden)
		return
	}
	there, err := net.Dial("tcp", address)
	if err != nil {
		http.Error(rw, "no connection", http.StatusBadGateway)
		return
	}
	here, _, err := http.NewResponseController(rw).Hijack()
	if err != nil {
		there.Close()
		return
	}
	here.Write([]byte("HTTP/1.1 200 OK\r\n\r\n"))
	go func() {
		defer there.Close()
		there.(*net.TCPConn).ReadFrom(here)
	}()
	defer here.Close()
	here.(*net.TCPConn).ReadFrom(there)
}

// selfSigned makes a certificate for a host, which is its own authority.
func selfSigned(w *ciWorld, host string) tls.Certificate {
	w.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		w.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{host}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		w.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}
