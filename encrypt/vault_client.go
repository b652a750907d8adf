package encrypt

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
)

const (
	maxVaultAnswer = 256 << 10
	maxVaultToken  = 64 << 10
	// vaultRetries and vaultPause are the vault program's own.
	vaultRetries = 2
	vaultPause   = time.Second
)

// vaultData holds the fields of requests and answers of encrypt and decrypt.
type vaultData struct {
	Plaintext  []byte `json:"plaintext,omitempty"`
	Ciphertext string `json:"ciphertext,omitempty"`
}

// vaultClient is a small client for Vault.
type vaultClient struct {
	opts VaultOptions

	mu    sync.Mutex
	ready *vaultReady
}

// vaultReady is what is made when the first call needs it.
type vaultReady struct {
	http    *http.Client
	header  http.Header
	agent   string // address that goes before the key's; may be empty
	retries int
}

// get makes what is missing; a failure is not kept.
func (c *vaultClient) get() (*vaultReady, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ready != nil {
		return c.ready, nil
	}
	r := &vaultReady{retries: vaultRetries}
	var err error
	if r.http, r.agent, err = vaultHTTP(c.opts); err != nil {
		return nil, err
	}
	if r.header, err = vaultHeader(c.opts); err != nil {
		return nil, err
	}
	if n := c.opts.Getenv("VAULT_MAX_RETRIES"); n != "" {
		if r.retries, err = strconv.Atoi(n); err != nil {
			return nil, badVaultVariable("VAULT_MAX_RETRIES")
		}
	}
	c.ready = r
	return r, nil
}

func badVaultVariable(name string) error {
	return &call.Error{Failure: call.NotTheService, Service: vaultName, Text: name + " is malformed, or names a file that cannot be used"}
}

// vaultHeader makes the headers of every request; the token is among them.
func vaultHeader(opts VaultOptions) (http.Header, error) {
	h := http.Header{}
	if extra := opts.Getenv("VAULT_HEADERS"); extra != "" {
		var fields map[string]string
		if json.Unmarshal([]byte(extra), &fields) != nil {
			return nil, badVaultVariable("VAULT_HEADERS")
		}
		for name, value := range fields {
			if strings.HasPrefix(strings.ToLower(name), "x-vault-") {
				return nil, badVaultVariable("VAULT_HEADERS")
			}
			h.Set(name, value)
		}
	}
	h.Set("Content-Type", "application/json")
	h.Set("X-Vault-Request", "true")
	if ns := strings.Trim(opts.Getenv("VAULT_NAMESPACE"), "/"); ns != "" {
		h.Set("X-Vault-Namespace", ns+"/")
	}
	token, err := vaultToken(opts)
	if err != nil {
		return nil, err
	}
	if strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r > '~' }) {
		return nil, &call.Error{Failure: call.NoCredentials, Service: vaultName, Text: "the Vault token holds characters that none has"}
	}
	if token != "" { // an agent may add one
		h.Set("X-Vault-Token", token)
	}
	return h, nil
}

func vaultToken(opts VaultOptions) (string, error) {
	if opts.Token != "" {
		return opts.Token, nil
	}
	if token := opts.Getenv("VAULT_TOKEN"); token != "" {
		return token, nil
	}
	home := opts.Getenv("HOME")
	if home == "" {
		home = opts.Getenv("USERPROFILE")
	}
	if home == "" {
		return "", nil
	}
	f, err := os.Open(filepath.Join(home, ".vault-token"))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", &call.Error{Failure: call.NoCredentials, Service: vaultName, Text: ".vault-token cannot be read", Err: err}
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxVaultToken))
	if err != nil {
		return "", &call.Error{Failure: call.NoCredentials, Service: vaultName, Text: ".vault-token cannot be read", Err: err}
	}
	return strings.TrimSpace(string(b)), nil
}

// post sends a request, again while Vault fails or is not there.
func (c *vaultClient) post(ctx context.Context, address, path string, in vaultData) (*vaultData, error) {
	ready, err := c.get()
	if err != nil {
		return nil, err
	}
	if ready.agent != "" {
		address = ready.agent
	}
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		out, status, err := ready.once(ctx, address+path, body)
		cause := call.Cause(err)
		again := status == 0 && cause != "" && !call.IsCertificate(err) || status == http.StatusPreconditionFailed ||
			status == http.StatusTooManyRequests || status >= 500 && status != http.StatusNotImplemented
		if err == nil || !again || try >= ready.retries {
			return out, err
		}
		select {
		case <-time.After(vaultPause + time.Duration(rand.Int64N(int64(vaultPause/2)))):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (r *vaultReady) once(ctx context.Context, url string, body []byte) (*vaultData, int, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, url, bytes.NewReader(body))
	if err != nil {
		return nil, 0, err
	}
	req.Header = r.header.Clone()
	resp, err := r.http.Do(req)
	if err != nil {
		return nil, 0, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, resp.StatusCode, call.KeyError(vaultName, resp.StatusCode, "", nil)
	}
	answer, err := io.ReadAll(io.LimitReader(resp.Body, maxVaultAnswer+1))
	if err != nil {
		return nil, 0, err
	}
	var out struct {
		Data vaultData `json:"data"`
	}
	if len(answer) > maxVaultAnswer || json.Unmarshal(answer, &out) != nil {
		return nil, resp.StatusCode, errVaultAnswer()
	}
	return &out.Data, resp.StatusCode, nil
}
