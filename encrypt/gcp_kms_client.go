package encrypt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
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
	// gcpTime bounds one call, and how long it is sent again while the service is too busy.
	gcpTime     = 30 * time.Second
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
	caller   call.Caller
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
	client := c.httpClient()
	r := &gcpReady{caller: call.Caller{HTTPClient: client, Attempts: gcpTries, AttemptTimeout: gcpTime, Patience: gcpTime}}
	var err error
	if r.endpoint, err = gcpEndpoint(c.opts); err != nil {
		return nil, err
	}
	if r.tokens, r.project, err = c.opts.tokens(ctx, client); err != nil {
		return nil, err
	}
	c.ready = r
	return r, nil
}

func (c *gcpClient) httpClient() *http.Client {
	client := &http.Client{}
	if c.opts.HTTPClient != nil {
		*client = *c.opts.HTTPClient
	} else {
		client.Transport = call.Transport(call.Connections{Idle: 2 * call.MaxCalls, AnswerTime: gcpTime})
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
	var out *gcpMessage
	err = ready.caller.Retry(ctx, func(ctx context.Context) error {
		out, err = ready.once(ctx, token, path, body)
		return err
	})
	return out, err
}

func (r *gcpReady) once(ctx context.Context, token *oauth2.Token, path string, body []byte) (*gcpMessage, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if r.project != "" {
		req.Header.Set("X-Goog-User-Project", r.project)
	}
	token.SetAuthHeader(req)
	a, err := r.caller.Send(gcpName, req)
	if err != nil {
		return nil, err
	}
	if !a.OK() {
		return nil, gcpRefusal(a)
	}
	out := &gcpMessage{}
	if json.Unmarshal(a.Body, out) != nil {
		return nil, call.Foreign(gcpName, nil)
	}
	return out, nil
}

// gcpRefusal takes the status word from an error of Google's.
func gcpRefusal(a *call.Answer) error {
	var e struct {
		Error struct {
			Status string `json:"status"`
		} `json:"error"`
	}
	code := ""
	if json.Unmarshal(a.Body, &e) == nil && regexp.MustCompile(`^[A-Z_]{3,40}$`).MatchString(e.Error.Status) {
		code = e.Error.Status
	}
	return call.KeyError(gcpName, a, code, nil)
}
