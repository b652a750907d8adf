package hckms

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
)

const (
	machineMetadata = "http://169.254.169.254"
	machineTime     = 3 * time.Second
	// tokenTime is how long tokens and credentials are asked for, in seconds.
	tokenTime = 6 * 60 * 60
	// maxIDToken bounds a file with a token.
	maxIDToken = 64 << 10
)

// temporary is how HuaweiCloud writes credentials that expire, in its two spellings.
type temporary struct {
	Access   string    `json:"access"`
	Secret   string    `json:"secret"`
	Token    string    `json:"securitytoken"`
	Until    time.Time `json:"expires_at"`
	AccessID string    `json:"accessKeyId"`
	SecretID string    `json:"secretAccessKey"`
	TokenID  string    `json:"securityToken"`
	UntilID  time.Time `json:"expiration"`
}

func (t temporary) credentials() *credentials {
	until := t.Until
	if until.IsZero() {
		until = t.UntilID
	}
	return &credentials{access: t.Access + t.AccessID, secret: t.Secret + t.SecretID, token: t.Token + t.TokenID, until: until}
}

// federate exchanges the token of an identity provider for credentials
// (https://support.huaweicloud.com/intl/en-us/api-iam/iam_13_0605.html).
func (c *client) federate(ctx context.Context, g given) (*credentials, error) {
	id, err := readToken(g.tokenFile)
	if err != nil {
		return nil, err
	}
	iam := g.iam
	if iam == "" {
		iam = c.iamEndpoint("")
	}
	type object = map[string]any
	answer, err := c.ask(ctx, c.caller, http.MethodPost, iam+"/v3.0/OS-AUTH/id-token/tokens",
		http.Header{"X-Idp-Id": {g.provider}}, object{"auth": object{"id_token": object{"id": id}}})
	if err != nil {
		return nil, err
	}
	answer, err = c.ask(ctx, c.caller, http.MethodPost, iam+"/v3.0/OS-CREDENTIAL/securitytokens", nil,
		object{"auth": object{"identity": object{"methods": []string{"token"},
			"token": object{"id": answer.Header.Get("X-Subject-Token"), "duration_seconds": tokenTime}}}})
	if err != nil {
		return nil, err
	}
	var out struct {
		Credential temporary `json:"credential"`
	}
	if err := json.Unmarshal(answer.Body, &out); err != nil {
		return nil, err
	}
	found := out.Credential.credentials()
	found.project, found.iam = g.project, g.iam
	return found, nil
}

// fromMachine asks the metadata service of a server of HuaweiCloud
// (https://support.huaweicloud.com/intl/en-us/usermanual-ecs/ecs_03_0166.html).
func (c *client) fromMachine(ctx context.Context) (*credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, machineTime)
	defer cancel()
	near := c.near()
	header := http.Header{}
	answer, err := c.ask(ctx, near, http.MethodPut, machineMetadata+"/meta-data/latest/api/token", http.Header{"X-Metadata-Token-Ttl-Seconds": {"21600"}}, nil)
	switch {
	case err == nil:
		header.Set("X-Metadata-Token", string(answer.Body))
	case answer == nil || answer.Status != 404 && answer.Status != 405 && answer.Status != 503: // servers without tokens
		return nil, err
	}
	if answer, err = c.ask(ctx, near, http.MethodGet, machineMetadata+"/openstack/latest/securitykey", header, nil); err != nil {
		return nil, err
	}
	var out struct {
		Credential temporary `json:"credential"`
	}
	if err := json.Unmarshal(answer.Body, &out); err != nil {
		return nil, err
	}
	return out.Credential.credentials(), nil
}

// fromPod asks the service that gives a pod of Kubernetes its identity.
func (c *client) fromPod(ctx context.Context) (*credentials, error) {
	uri, file := c.getenv("HC_CONTAINER_CREDENTIALS_FULL_URI"), c.getenv("HC_CONTAINER_AUTHORIZATION_TOKEN_FILE")
	if uri == "" || file == "" {
		return nil, errNone
	}
	token, err := readToken(file)
	if err != nil {
		return nil, err
	}
	answer, err := c.ask(ctx, c.near(), http.MethodPost, uri, http.Header{"Authorization": {token}}, struct{}{})
	if err != nil {
		return nil, err
	}
	var out struct {
		Credentials temporary `json:"credentials"`
	}
	if err := json.Unmarshal(answer.Body, &out); err != nil {
		return nil, err
	}
	return out.Credentials.credentials(), nil
}

// near asks services on this machine, without a proxy.
func (c *client) near() *call.Caller {
	near := *c.caller
	if near.HTTPClient == nil {
		near.HTTPClient = &http.Client{}
	}
	near.HTTPClient = call.WithoutProxy(near.HTTPClient)
	return &near
}

// ask makes one request that is not signed. Beside an error for what was refused it
// returns the answer.
func (c *client) ask(ctx context.Context, caller *call.Caller, method, url string, header http.Header, in any) (*call.Answer, error) {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return nil, err
		}
	}
	r, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	if header != nil {
		r.Header = header
	}
	if in != nil {
		r.Header.Set("Content-Type", "application/json;charset=UTF-8")
	}
	answer, err := caller.Send(serviceName, r)
	if err == nil && !answer.OK() {
		err = call.KeyError(serviceName, answer, "", nil)
	}
	return answer, err
}

func readToken(path string) (string, error) {
	b, err := bounded.ReadFile(path, maxIDToken)
	token := strings.TrimSpace(string(b))
	if err == nil && token == "" {
		err = errNone
	}
	return token, err
}
