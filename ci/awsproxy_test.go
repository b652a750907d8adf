package ci

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	pemfile "encoding/pem"
	"fmt"
	"io"
	"log"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/gitsecrets/gitsecrets/internal/cloudtest"
)

// connectProxy is an HTTP proxy that takes CONNECT and sends the hosts of AWS to
// servers of the test, behind certificates of an authority of its own.
type connectProxy struct {
	*httptest.Server
	authority string // PEM file
	cert      tls.Certificate
	hosts     map[string]string // production name: URL

	mu   sync.Mutex
	seen []string
}

func newConnectProxy(t *testing.T, hosts map[string]string) *connectProxy {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "throw-away authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	for host := range hosts {
		template.DNSNames = append(template.DNSNames, host)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	p := &connectProxy{hosts: hosts, cert: tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, authority: filepath.Join(t.TempDir(), "ca.pem")}
	if err := os.WriteFile(p.authority, pemfile.EncodeToMemory(&pemfile.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *connectProxy) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	p.seen = append(p.seen, r.Method+" "+r.Host)
	p.mu.Unlock()
	host, port, err := net.SplitHostPort(r.Host)
	to, err2 := url.Parse(p.hosts[host])
	if r.Method != http.MethodConnect || err != nil || err2 != nil || to.Host == "" || port != "443" {
		http.Error(w, "not through this proxy", http.StatusForbidden)
		return
	}
	conn, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer conn.Close()
	io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n")
	secure := tls.Server(conn, &tls.Config{Certificates: []tls.Certificate{p.cert}})
	one := &oneConn{conn: secure, done: make(chan struct{})}
	behind := &http.Server{ErrorLog: log.New(io.Discard, "", 0), Handler: &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(to)
		r.Out.Host = r.In.Host // it is signed
	}}, ConnState: func(_ net.Conn, s http.ConnState) {
		if s == http.StateClosed {
			one.Close()
		}
	}}
	behind.Serve(one)
}

// take returns what was asked for since the last time, sorted.
func (p *connectProxy) take() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	seen := p.seen
	p.seen = nil
	slices.Sort(seen)
	return seen
}

// oneConn is a listener for one connection.
type oneConn struct {
	conn net.Conn
	once sync.Once
	end  sync.Once
	done chan struct{}
}

func (l *oneConn) Accept() (net.Conn, error) {
	var c net.Conn
	if l.once.Do(func() { c = l.conn }); c != nil {
		return c, nil
	}
	<-l.done
	return nil, net.ErrClosed
}

func (l *oneConn) Close() error   { l.end.Do(func() { close(l.done) }); return nil }
func (l *oneConn) Addr() net.Addr { return l.conn.LocalAddr() }

// A process with nothing but a proxy and its authority talks to AWS by its real
// names: one STS call, one to KMS. What NO_PROXY names does not go that way.
func TestAWSThroughProxy(t *testing.T) {
	a := newAccount(t, cloudtest.GitHubJob{})
	a.parameters.Put("eu-west-1", "/ci/key", "by SSM")
	a.secrets.Put("eu-west-1", "111122223333", "ci/sops", "by Secrets Manager")
	blob := a.seal(t, cloudKey)
	suffix := ".eu-west-1.amazonaws.com"
	p := newConnectProxy(t, map[string]string{"sts" + suffix: a.sts.URL, "kms" + suffix: a.kms.URL, "ssm" + suffix: a.parameters.URL, "secretsmanager" + suffix: a.secrets.URL})
	child := func(more ...string) string {
		t.Helper()
		cmd := exec.Command(os.Args[0], "-test.run=^TestAWSProxyChild$", "-test.v=false")
		cmd.Env = []string{"GITSECRETS_TEST_CHILD=" + fmt.Sprintf("%x", blob), "HTTPS_PROXY=" + p.URL, "HTTP_PROXY=http://127.0.0.1:1", "AWS_CA_BUNDLE=" + p.authority}
		for name, value := range a.env {
			if !strings.HasPrefix(name, "AWS_ENDPOINT") {
				cmd.Env = append(cmd.Env, name+"="+value)
			}
		}
		cmd.Env = append(cmd.Env, more...)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		checkQuiet(t, string(out))
		answer, _ := bufio.NewReader(strings.NewReader(string(out))).ReadString('\n')
		return answer
	}
	if got, want := child(), "KMS ok, SSM ok, Secrets Manager ok\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	want := []string{"CONNECT kms" + suffix + ":443", "CONNECT secretsmanager" + suffix + ":443", "CONNECT ssm" + suffix + ":443", "CONNECT sts" + suffix + ":443"}
	if seen := p.take(); !slices.Equal(seen, want) {
		t.Errorf("through the proxy: %q, want %q", seen, want)
	}
	// .invalid is nowhere (RFC 6761).
	got := child("NO_PROXY=127.0.0.1,.invalid", "AWS_ENDPOINT_URL_STS=https://sts.invalid")
	if seen := p.take(); strings.Contains(got, "ok") || len(seen) != 0 {
		t.Errorf("with NO_PROXY: %q, %q", got, seen)
	}
	if got := child("AWS_CA_BUNDLE="); !strings.Contains(got, "certificate") {
		t.Errorf("without the authority: %q", got)
	}
}

// TestAWSProxyChild is the job of TestAWSThroughProxy, in a process of its own
// because a process reads its proxies once.
func TestAWSProxyChild(t *testing.T) {
	var blob []byte
	if n, _ := fmt.Sscanf(os.Getenv("GITSECRETS_TEST_CHILD"), "%x", &blob); n != 1 {
		return
	}
	ctx := context.Background()
	w := &World{Getenv: os.Getenv, Attempts: 1}
	fail := func(err error) bool {
		if err != nil {
			fmt.Println(err)
		}
		return err != nil
	}
	source, err := Detect(w, OIDCSettings{})
	if fail(err) {
		return
	}
	secret, parameter := secretRef("ci/sops"), parameterRef("/ci/key")
	p, err := NewAWS(w, source, AWSSettings{RoleARN: cloudRole, Region: "eu-west-1"}, OIDCSettings{}, Resources{KMSKeys: []string{cloudKey}, Secrets: []Ref{secret}, Parameters: []Ref{parameter}})
	if fail(err) {
		return
	}
	if _, err := p.Retrieve(ctx); fail(err) {
		return
	}
	cfg, err := p.Config(ctx, "eu-west-1")
	if fail(err) {
		return
	}
	if _, err := kms.NewFromConfig(cfg).Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: blob}); fail(err) {
		return
	}
	for _, ref := range []Ref{parameter, secret} {
		if _, err := p.Read(ctx, ref); fail(err) {
			return
		}
	}
	fmt.Println("KMS ok, SSM ok, Secrets Manager ok")
}
