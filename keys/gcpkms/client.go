package gcpkms

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
	gcpTime        = 30 * time.Second
	maxTries       = 6
	googleUniverse = "googleapis.com"
)

// restClient is a small client for Cloud KMS over REST.
type restClient struct {
	opts Options

	mu    sync.Mutex
	ready *readyClient
}

// readyClient is what is made when the first call needs it.
type readyClient struct {
	endpoint string
	caller   call.Caller
	tokens   oauth2.TokenSource
	project  string // to which the quota is charged; may be empty
}

// get makes what is missing; a failure is not kept.
func (c *restClient) get(ctx context.Context) (*readyClient, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ready != nil {
		return c.ready, nil
	}
	client := c.httpClient()
	r := &readyClient{caller: call.Caller{HTTPClient: client, Attempts: maxTries, AttemptTimeout: gcpTime, Patience: gcpTime}}
	var err error
	if r.endpoint, err = endpointOf(c.opts); err != nil {
		return nil, err
	}
	if r.tokens, r.project, err = c.opts.tokens(ctx, client); err != nil {
		return nil, err
	}
	c.ready = r
	return r, nil
}

func (c *restClient) httpClient() *http.Client {
	client := &http.Client{}
	if c.opts.HTTPClient != nil {
		*client = *c.opts.HTTPClient
	} else {
		client.Transport = call.Transport(call.Connections{Idle: 2 * call.MaxCalls, AnswerTime: gcpTime})
	}
	client.CheckRedirect = call.RefuseRedirect
	return client
}

// endpointOf returns scheme and host of the service.
func endpointOf(opts Options) (string, error) {
	endpoint := opts.Endpoint
	if endpoint == "" {
		universe := opts.UniverseDomain
		if universe == "" {
			universe = googleUniverse
		}
		endpoint = "cloudkms." + universe
	}
	if !strings.Contains(endpoint, "://") {
		endpoint = "https://" + endpoint
	}
	u, err := url.Parse(endpoint)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || !policy.PlainURL(u) || strings.Trim(u.Path, "/") != "" {
		return "", &call.Error{Failure: call.BadSetting, Service: serviceName, Text: "the endpoint or universe domain that was set is malformed"}
	}
	return u.Scheme + "://" + u.Host, nil
}

// post sends a request, again while the service is too busy.
func (c *restClient) post(ctx context.Context, path string, in message) (*message, error) {
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
		return nil, &call.Error{Failure: call.NoCredentials, Service: serviceName, Text: "the Google credentials gave no access token", Err: err}
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	var out *message
	err = ready.caller.Retry(ctx, func(ctx context.Context) error {
		out, err = ready.once(ctx, token, path, body)
		return err
	})
	return out, err
}

func (r *readyClient) once(ctx context.Context, token *oauth2.Token, path string, body []byte) (*message, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, r.endpoint+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if r.project != "" {
		req.Header.Set("X-Goog-User-Project", r.project)
	}
	token.SetAuthHeader(req)
	a, err := r.caller.Send(serviceName, req)
	if err != nil {
		return nil, err
	}
	if !a.OK() {
		return nil, refusal(a)
	}
	out := &message{}
	if json.Unmarshal(a.Body, out) != nil {
		return nil, call.Foreign(serviceName, nil)
	}
	return out, nil
}

// refusal takes the status word from an error of Google's.
func refusal(a *call.Answer) error {
	var e struct {
		Error struct {
			Status string `json:"status"`
		} `json:"error"`
	}
	code := ""
	if json.Unmarshal(a.Body, &e) == nil && regexp.MustCompile(`^[A-Z_]{3,40}$`).MatchString(e.Error.Status) {
		code = e.Error.Status
	}
	return call.KeyError(serviceName, a, code, nil)
}
