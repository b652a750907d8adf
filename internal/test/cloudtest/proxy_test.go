package cloudtest

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
)

// proxyClient is a client that knows the proxy and its authority, and nothing
// else.
func proxyClient(t *testing.T, p *Proxy) *http.Client {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(p.Authority) {
		t.Fatal("the authority is no certificate")
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(u), TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

func TestProxy(t *testing.T) {
	p := NewProxy(t)
	hello := func(name string) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, name+" "+r.Host) })
	}
	p.Handle("a.example.com", hello("A"))
	p.Handle("b.example.com", hello("B"))
	client := proxyClient(t, p)
	for _, c := range []struct{ url, host, want string }{
		{"https://a.example.com/x", "", "A a.example.com"},
		{"https://b.example.com/x", "", "B b.example.com"},
		{"https://a.example.com/x", "", "A a.example.com"},
		{"https://a.example.com/x", "b.example.com", "misdirected\n"},
		{"https://c.example.com/x", "", ""},
		{"https://a.example.com:8443/x", "", ""},
		{"http://a.example.com/x", "", "not through this proxy\n"},
	} {
		r, err := http.NewRequest("GET", c.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Host = c.host
		resp, err := client.Do(r)
		if err != nil {
			if c.want != "" {
				t.Errorf("%s: %v", c.url, err)
			}
			continue
		}
		body, err := io.ReadAll(resp.Body)
		resp.Body.Close()
		if err != nil || string(body) != c.want {
			t.Errorf("%s: %q, %v; want %q", c.url, body, err, c.want)
		}
	}
	if got, want := p.Seen(), []string{"a.example.com", "b.example.com"}; !slices.Equal(got, want) {
		t.Errorf("seen: %q", got)
	}
	if got, want := p.Refused(), []string{"CONNECT a.example.com:8443", "CONNECT c.example.com:443", "GET a.example.com", "GET b.example.com"}; !slices.Equal(got, want) {
		t.Errorf("refused: %q", got)
	}
	if len(p.Seen()) != 0 || len(p.Refused()) != 0 {
		t.Error("what was taken is still there")
	}
}

// Whoever does not know the authority does not get through, nor with another
// name inside the tunnel.
func TestProxyCertificates(t *testing.T) {
	p := NewProxy(t)
	p.Handle("a.example.com", http.NotFoundHandler())
	client := proxyClient(t, p)
	config := client.Transport.(*http.Transport).TLSClientConfig
	config.ServerName = "b.example.com"
	if _, err := client.Get("https://a.example.com/"); err == nil {
		t.Error("another name is served in the tunnel")
	}
	if got := p.Refused(); !slices.Equal(got, []string{"TLS b.example.com"}) {
		t.Errorf("refused: %q", got)
	}
	client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: x509.NewCertPool()}
	if _, err := client.Get("https://a.example.com/"); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Errorf("without the authority: %v", err)
	}
}

func TestProxyForwardsServers(t *testing.T) {
	p := NewProxy(t)
	issuer := NewIssuer(t, "")
	p.Forward("issuer.example.com", issuer.Server)
	resp, err := proxyClient(t, p).Get("https://issuer.example.com/.well-known/jwks")
	if err != nil || resp.StatusCode != 200 {
		t.Fatal(err)
	}
	resp.Body.Close()
	issuer.Faults.Set("jwks", Fault{Cut: true})
	if resp, err = proxyClient(t, p).Get("https://issuer.example.com/.well-known/jwks"); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(resp.Body); err == nil {
		t.Error("an answer that is cut off arrives whole")
	}
	resp.Body.Close()
}
