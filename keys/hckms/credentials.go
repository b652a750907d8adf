package hckms

import (
	"context"
	"errors"
	"io/fs"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
)

// credentials sign requests.
type credentials struct {
	access, secret string
	token          string    // of credentials that expire; may be empty
	until          time.Time // zero: for ever
	project        string    // empty: IAM is asked
	iam            string    // address of IAM; empty: that of the region
}

// renewal is how long before their end credentials are had anew.
const renewal = 40 * time.Minute

func (c *credentials) expired(now time.Time) bool {
	return !c.until.IsZero() && now.Add(renewal).After(c.until)
}

// given is what a person wrote down.
type given struct {
	access, secret, token string
	provider, tokenFile   string // of an identity provider
	project, iam          string
}

// find looks for credentials in the SDK's order. What cannot be used is passed over.
func (c *client) find(ctx context.Context) (*credentials, error) {
	for _, from := range []func(context.Context) (*credentials, error){
		c.fromEnvironment, c.fromProfile, c.fromMachine, c.fromPod,
	} {
		found, err := from(ctx)
		if err == nil && found != nil && found.access != "" && found.secret != "" {
			return found, nil
		}
		if ctx.Err() != nil {
			return nil, call.ContextError(ctx)
		}
	}
	return nil, &call.Error{Failure: call.NoCredentials, Service: serviceName, Text: "no usable HuaweiCloud credentials"}
}

var errNone = errors.New("no credentials")

func (c *client) fromEnvironment(ctx context.Context) (*credentials, error) {
	get := func(name string) string { return c.getenv("HUAWEICLOUD_SDK_" + name) }
	return c.use(ctx, given{
		access: get("AK"), secret: get("SK"), token: get("SECURITY_TOKEN"),
		provider: get("IDP_ID"), tokenFile: get("ID_TOKEN_FILE"), project: get("PROJECT_ID"),
	})
}

// use makes credentials of what a person gave: an identity provider goes first.
func (c *client) use(ctx context.Context, g given) (*credentials, error) {
	switch {
	case g.provider != "" && g.tokenFile != "":
		return c.federate(ctx, g)
	case g.access != "" && g.secret != "":
		return &credentials{access: g.access, secret: g.secret, token: g.token, project: g.project, iam: g.iam}, nil
	}
	return nil, errNone
}

// fromProfile reads ~/.huaweicloud/credentials, or the file that is named instead.
func (c *client) fromProfile(ctx context.Context) (*credentials, error) {
	path := c.getenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE")
	if path == "" {
		if path = c.home("credentials"); path == "" {
			return nil, errNone
		}
	}
	data, err := bounded.ReadFile(path, maxSettings)
	if err != nil {
		return nil, err
	}
	get := profileSection(string(data), "basic")
	return c.use(ctx, given{
		access: get["ak"], secret: get["sk"], token: get["security_token"],
		provider: get["idp_id"], tokenFile: get["id_token_file"], project: get["project_id"], iam: strings.TrimRight(get["iam_endpoint"], "/"),
	})
}

// profileSection reads the names and values of a section of an INI file. A value ends
// where a comment begins; quotes around it are no part of it.
func profileSection(text, section string) map[string]string {
	values := map[string]string{}
	in := false
	for line := range strings.Lines(strings.TrimPrefix(text, "\ufeff")) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' {
			name, _, _ := strings.Cut(line[1:], "]")
			in = name == section
			continue
		}
		if i := strings.IndexAny(line, "=:"); in && i > 0 {
			values[strings.TrimSpace(line[:i])] = profileValue(strings.TrimSpace(line[i+1:]))
		}
	}
	return values
}

func profileValue(s string) string {
	if s != "" && strings.ContainsRune("\"'`", rune(s[0])) {
		if end := strings.IndexByte(s[1:], s[0]); end >= 0 {
			return s[1 : 1+end]
		}
	}
	if i := strings.IndexAny(s, "#;"); i >= 0 {
		s = s[:i]
	}
	return strings.TrimSpace(s)
}

func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid)
}
