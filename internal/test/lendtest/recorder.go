package lendtest

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// Recorder is a network that leads to the servers behind a proxy, and notes what they are asked.
type Recorder struct {
	http.RoundTripper
	mu    sync.Mutex
	asked []Asked
}

// Asked is a request: METHOD URL, and the fields of its body, whatever their order was.
type Asked struct {
	What   string
	Fields map[string]string
}

// Record is the network behind a proxy.
func Record(t *testing.T, p *cloudtest.Proxy) *Recorder {
	t.Helper()
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(p.Authority) {
		t.Fatal("the authority is not a certificate")
	}
	u, err := url.Parse(p.URL)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{Proxy: http.ProxyURL(u), TLSClientConfig: &tls.Config{RootCAs: roots}}
	t.Cleanup(transport.CloseIdleConnections)
	return &Recorder{RoundTripper: transport}
}

// RoundTrip implements http.RoundTripper.
func (n *Recorder) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	asked := Asked{r.Method + " " + r.URL.String(), map[string]string{}}
	var object map[string]json.RawMessage
	if json.Unmarshal(body, &object) == nil {
		for name, value := range object {
			asked.Fields[name] = string(value)
		}
	} else if form, err := url.ParseQuery(string(body)); err == nil {
		for name, values := range form {
			asked.Fields[name] = strings.Join(values, " ")
		}
	}
	n.mu.Lock()
	n.asked = append(n.asked, asked)
	n.mu.Unlock()
	return n.RoundTripper.RoundTrip(r)
}

// Do makes a request, for libraries that take a client as a method.
func (n *Recorder) Do(r *http.Request) (*http.Response, error) {
	return (&http.Client{Transport: n}).Do(r)
}

// Taken returns the requests since the last time.
func (n *Recorder) Taken() []Asked {
	n.mu.Lock()
	defer n.mu.Unlock()
	asked := n.asked
	n.asked = nil
	return asked
}

// SameAsked fails unless both lists hold the same requests in the same order.
func SameAsked(t *testing.T, got, want []Asked) {
	t.Helper()
	if !slices.EqualFunc(got, want, func(a, b Asked) bool { return a.What == b.What && maps.Equal(a.Fields, b.Fields) }) {
		t.Errorf("%d requests are not the library's %d", len(got), len(want))
		for _, list := range [][]Asked{got, want} {
			for _, a := range list {
				t.Errorf("%s with %s", a.What, slices.Sorted(maps.Keys(a.Fields))) // values hold tokens
			}
		}
	}
}

// Minted is a source of one token that an issuer of the tests signed.
type Minted string

// Provider implements oidc.Source.
func (Minted) Provider() job.Provider { return job.GitHub }

// Token implements oidc.Source.
func (m Minted) Token(context.Context, string) (*oidc.Token, error) {
	return oidc.ParseToken(string(m))
}
