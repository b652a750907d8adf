package encrypt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	// maxGCPAnswer bounds an answer: 64 kB in base64.
	maxGCPAnswer = 256 << 10
	// gcpPatience is how long a call is tried again while the service is too busy.
	gcpPatience = 30 * time.Second
	gcpTries    = 6
	gcpUniverse = "googleapis.com"
)

// gcpClient is a small client for Cloud KMS over REST.
type gcpClient struct {
	opts GCPOptions

	mu    sync.Mutex
	ready *gcpReady
}

// gcpReady is what is made when the first call needs it.
type gcpReady struct {
	endpoint string
	http     *http.Client
	tokens   oauth2.TokenSource
	project  string // to which the quota is charged; may be empty
}

// get makes what is missing; a failure is not kept.
func (c *gcpClient) get(ctx context.Context) (*gcpReady, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ready != nil {
		return c.ready, nil
	}
	r := &gcpReady{http: c.httpClient()}
	var err error
	if r.endpoint, err = gcpEndpoint(c.opts); err != nil {
		return nil, err
	}
	if r.tokens, r.project, err = c.opts.tokens(ctx, r.http); err != nil {
		return nil, err
	}
	c.ready = r
	return r, nil
}

func (c *gcpClient) httpClient() *http.Client {
	client := &http.Client{}
	if c.opts.HTTPClient != nil {
		*client = *c.opts.HTTPClient
	} else if t, ok := http.DefaultTransport.(*http.Transport); ok {
		t = t.Clone()
		t.MaxIdleConnsPerHost = 2 * call.MaxCalls
		t.ResponseHeaderTimeout = awsAnswerTime
		client.Transport = t
	}
	client.CheckRedirect = call.RefuseRedirect
	return client
}

// gcpEndpoint returns scheme and host of the service.
func gcpEndpoint(opts GCPOptions) (string, error) {
	endpoint := opts.Endpoint
	if endpoint == "" {
		universe := opts.UniverseDomain
		if universe == "" {
			universe = gcpUniverse
		}
		endpoint = "cloudkms." + universe
	}
	if !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !policy.PlainURL(u) || strings.Trim(u.Path, "/") != "" {
		return "", &call.Error{Failure: call.BadSetting, Service: gcpName, Text: "the endpoint or universe domain that was set is malformed"}
	}
	return u.Scheme + "://" + u.Host, nil
}

// post sends a request, again while the service is too busy.
func (c *gcpClient) post(ctx context.Context, path string, in gcpMessage) (*gcpMessage, error) {
	ready, err := c.get(ctx)
	if err != nil {
		return nil, err
	}
	token, err := call.Safely(ctx, ready.tokens.Token)
	if err != nil {
		var lent *call.Error
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if errors.As(err, &lent) {
			return nil, lent
		}
		return nil, &call.Error{Failure: call.NoCredentials, Service: gcpName, Text: "the Google credentials gave no access token", Err: err}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	deadline := time.Now().Add(gcpPatience)
	for try := 1; ; try++ {
		out, status, err := ready.once(ctx, token, path, body)
		if status != http.StatusTooManyRequests && status != http.StatusServiceUnavailable && !call.BrokenOff(err) {
			return out, err
		}
		// 100 ms, doubled each time, of which a random part is waited.
		pause := time.Duration(rand.Int64N(int64(100*time.Millisecond<<try))) + 10*time.Millisecond
		if try == gcpTries || time.Now().Add(pause).After(deadline) {
			return nil, err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (r *gcpReady) once(ctx context.Context, token *oauth2.Token, path string, body []byte) (*gcpMessage, int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	req.Header.Set("Content-Type", "application/json")
	if r.project != "" {
		req.Header.Set("X-Goog-User-Project", r.project)
	}
	token.SetAuthHeader(req)
	resp, err := r.http.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxGCPAnswer+1))
	if err != nil {
		return nil, 0, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, resp.StatusCode, gcpRefusal(resp.StatusCode, answer)
	}
	out := &gcpMessage{}
	if len(answer) > maxGCPAnswer || json.Unmarshal(answer, out) != nil {
		return nil, resp.StatusCode, call.Foreign(gcpName, nil)
	}
	return out, resp.StatusCode, nil
}

// gcpRefusal takes the status word from an error of Google's.
func gcpRefusal(status int, answer []byte) error {
	var e struct {
		Error struct {
			Status string `json:"status"`
		} `json:"error"`
	}
	code := ""
	if json.Unmarshal(answer, &e) == nil && regexp.MustCompile(`^[A-Z_]{3,40}$`).MatchString(e.Error.Status) {
		code = e.Error.Status
	}
	return call.KeyError(gcpName, status, code, nil)
}
