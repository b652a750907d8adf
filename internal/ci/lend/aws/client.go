package aws

import (
	"bytes"
	"crypto/tls"
	"io"
	"net/http"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
)

const (
	// awsAnswerTime bounds the wait for the first byte of an answer.
	awsAnswerTime = 30 * time.Second
	// awsIdleConns is how many connections to one host are kept.
	awsIdleConns = 64
)

// newHTTPClient returns the client for AWS: the caller's, or one with the job's proxies and AWS_CA_BUNDLE, which stands
// in place of the system's authorities as in the SDK.
func newHTTPClient(w *oidc.World) (*http.Client, error) {
	if w.HTTPClient != nil {
		client := *w.HTTPClient
		client.CheckRedirect = call.RefuseRedirect
		return &client, nil
	}
	c := call.Connections{Idle: awsIdleConns, AnswerTime: awsAnswerTime}
	if name := w.Getenv("AWS_CA_BUNDLE"); name != "" {
		roots, err := call.Authorities("AWS_CA_BUNDLE", name)
		if err != nil {
			return nil, err
		}
		c.TLS = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{Transport: call.Transport(c), CheckRedirect: call.RefuseRedirect}, nil
}

// sender makes the requests of one service by [call.Caller.Send].
type sender struct {
	w       *oidc.World
	service string
}

// Do implements aws.HTTPClient.
func (s sender) Do(r *http.Request) (*http.Response, error) {
	a, err := s.w.Send(s.service, r)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		Status: http.StatusText(a.Status), StatusCode: a.Status, Header: a.Header,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Body: io.NopCloser(bytes.NewReader(a.Body)), ContentLength: int64(len(a.Body)),
	}, nil
}
