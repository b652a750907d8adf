package hckms

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/call"
)

// client is a small client for HuaweiCloud KMS.
type client struct {
	getenv func(string) string
	caller *call.Caller

	mu       sync.Mutex
	identity *credentials
	projects map[string]string // by region
}

// post makes a call to the key service of the key's region.
func (c *client) post(ctx context.Context, keyID, verb string, in message) (*message, error) {
	region, uuid, _ := strings.Cut(keyID, ":")
	endpoint, err := c.endpoint(region)
	if err != nil {
		return nil, err
	}
	in.KeyID, in.Algorithm = uuid, "SYMMETRIC_DEFAULT"
	body, err := json.Marshal(in)
	if err != nil {
		return nil, err
	}
	out := &message{}
	err = c.caller.Retry(ctx, func(ctx context.Context) error {
		who, project, err := c.identityFor(ctx, region)
		if err != nil {
			return err
		}
		r, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint+"/v1.0/"+url.PathEscape(project)+"/kms/"+verb, bytes.NewReader(body))
		if err != nil {
			return err
		}
		r.Header.Set("X-Project-Id", project)
		return c.signed(who, r, body, out)
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// signed signs and sends a request, and reads its answer into out.
func (c *client) signed(who *credentials, r *http.Request, body []byte, out any) error {
	r.Header.Set("Content-Type", "application/json;charset=UTF-8")
	if who.token != "" {
		r.Header.Set("X-Security-Token", who.token)
	}
	sign(r, body, who.access, who.secret, c.caller.Now())
	answer, err := c.caller.Send(serviceName, r)
	switch {
	case err != nil:
		return err
	case !answer.OK():
		return call.KeyError(serviceName, answer, refusalCode(answer.Body), nil)
	case json.Unmarshal(answer.Body, out) != nil:
		return call.Foreign(serviceName, nil)
	}
	return nil
}

// refusalCode takes the code, such as KMS.1101, from an error of HuaweiCloud's.
func refusalCode(answer []byte) string {
	var e struct {
		Code  string `json:"error_code"`
		Error struct {
			Code string `json:"error_code"`
		} `json:"error"`
	}
	if json.Unmarshal(answer, &e) != nil {
		return ""
	}
	for _, code := range []string{e.Code, e.Error.Code} {
		if regexp.MustCompile(`^[A-Za-z]{2,10}\.[0-9]{2,8}$`).MatchString(code) {
			return code
		}
	}
	return ""
}

// identityFor returns the credentials, and the project of a region: that which the
// person named, or the one that IAM lists.
func (c *client) identityFor(ctx context.Context, region string) (*credentials, string, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.identity == nil || c.identity.expired(c.caller.Now()) {
		found, err := c.find(ctx)
		if err != nil {
			return nil, "", err
		}
		c.identity = found
	}
	if c.identity.project != "" {
		return c.identity, c.identity.project, nil
	}
	if id := c.projects[region]; id != "" {
		return c.identity, id, nil
	}
	id, err := c.projectOf(ctx, region)
	if err != nil {
		return nil, "", err
	}
	if c.projects == nil {
		c.projects = make(map[string]string)
	}
	c.projects[region] = id
	return c.identity, id, nil
}

// projectOf asks IAM which project a region has
// (https://support.huaweicloud.com/intl/en-us/api-iam/iam_06_0001.html).
func (c *client) projectOf(ctx context.Context, region string) (string, error) {
	endpoint := c.identity.iam
	if endpoint == "" {
		endpoint = c.iamEndpoint(region)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, endpoint+"/v3/projects?name="+url.QueryEscape(region), nil)
	if err != nil {
		return "", badVariable("the endpoint of IAM")
	}
	var out struct {
		Projects []struct {
			ID string `json:"id"`
		} `json:"projects"`
	}
	if err := c.signed(c.identity, r, nil, &out); err != nil {
		return "", err
	}
	if len(out.Projects) != 1 || out.Projects[0].ID == "" {
		return "", &call.Error{Failure: call.BadSetting, Service: serviceName, Text: "the key's region does not have exactly one project: set HUAWEICLOUD_SDK_PROJECT_ID"}
	}
	return out.Projects[0].ID, nil
}

func badVariable(name string) error {
	return &call.Error{Failure: call.BadSetting, Service: serviceName, Text: name + " is invalid"}
}
