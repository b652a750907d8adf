package ci

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/text"
)

const (
	// awsAnswerTime bounds the wait for the first byte of an answer.
	awsAnswerTime = 30 * time.Second
	// awsIdleConns is how many connections to one host are kept.
	awsIdleConns = 64
	// maxCABundle bounds the file of AWS_CA_BUNDLE; Mozilla's list has 200 kB.
	maxCABundle = 4 << 20
)

// newAWSHTTPClient returns the client for AWS: the caller's, or one with the job's
// proxies and AWS_CA_BUNDLE, which stands in place of the system's authorities as in
// the SDK.
func newAWSHTTPClient(w *World) (*http.Client, error) {
	if w.HTTPClient != nil {
		client := *w.HTTPClient
		client.CheckRedirect = refuseRedirect
		return &client, nil
	}
	t := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: defaultAttemptTimeout}).DialContext,
		ForceAttemptHTTP2:     true,
		MaxIdleConns:          4 * awsIdleConns,
		MaxIdleConnsPerHost:   awsIdleConns,
		IdleConnTimeout:       90 * time.Second,
		TLSHandshakeTimeout:   defaultAttemptTimeout,
		ResponseHeaderTimeout: awsAnswerTime,
	}
	if name := w.Getenv("AWS_CA_BUNDLE"); name != "" {
		roots, err := readCABundle(name)
		if err != nil {
			return nil, err
		}
		t.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: t, CheckRedirect: refuseRedirect}, nil
}

func readCABundle(name string) (*x509.CertPool, error) {
	bad := func(why string) error {
		return &Error{Problem: BadSetting, Text: "AWS_CA_BUNDLE names " + text.Quote(name) + ", " + why}
	}
	pem, err := readRegular(name, maxCABundle)
	if err != nil {
		return nil, bad("which cannot be read")
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		return nil, bad("which holds no certificate in PEM form")
	}
	return roots, nil
}

// refuseRedirect is for http.Client.CheckRedirect: the redirect is the answer.
func refuseRedirect(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }

// awsSender makes the requests of one service by [World.send].
type awsSender struct {
	w       *World
	service string
}

// Do implements aws.HTTPClient.
func (s awsSender) Do(r *http.Request) (*http.Response, error) {
	a, err := s.w.send(s.service, r)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: http.StatusText(a.status), StatusCode: a.status, Header: a.header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Body: io.NopCloser(bytes.NewReader(a.body)), ContentLength: int64(len(a.body)),
	}, nil
}

// awsBounded is the client for callers with many requests and retries of their
// own: connections are kept, errors are the network's. An answer that is cut off
// is such an error, too, which the SDK tries again; it would take what it cannot
// parse for the service's last word.
type awsBounded struct{ client *http.Client }

// Do implements aws.HTTPClient.
func (b awsBounded) Do(r *http.Request) (*http.Response, error) {
	resp, err := b.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return nil, err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}
