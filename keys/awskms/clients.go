package awskms

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/gitsecrets/gitsecrets/internal/call"
)

const (
	// maxClients bounds how many clients a hostile set of files can cause.
	maxClients = 256
	// idleConns is how many connections to one host are kept; the SDK's 10
	// would close and open them all the time.
	idleConns = 64
	// answerTime bounds the wait for an answer's first byte, for each try.
	answerTime = 30 * time.Second
)

type clientKey struct{ profile, role, region string }

// clients makes KMS clients and keeps them, and with them the credentials
// and connections.
type clients struct {
	opts Options
	mu   sync.Mutex
	made map[clientKey]*awsClient
}

// awsClient is made by the first who needs it, while others wait; a failure is
// not kept.
type awsClient struct {
	mu  sync.Mutex
	kms *kms.Client
}

func (c *clients) get(ctx context.Context, k clientKey) (*kms.Client, error) {
	c.mu.Lock()
	if c.made == nil || len(c.made) >= maxClients {
		c.made = make(map[clientKey]*awsClient)
	}
	client := c.made[k]
	if client == nil {
		client = &awsClient{}
		c.made[k] = client
	}
	c.mu.Unlock()

	client.mu.Lock()
	defer client.mu.Unlock()
	if client.kms == nil {
		cfg, err := c.config(ctx, k)
		if err != nil {
			return nil, err
		}
		client.kms = kms.NewFromConfig(cfg)
	}
	return client.kms, nil
}

// config loads the SDK's configuration, which reads the environment and the
// shared files: AWS_ENDPOINT_URL_KMS, AWS_CA_BUNDLE and proxies among them.
func (c *clients) config(ctx context.Context, k clientKey) (aws.Config, error) {
	if c.opts.Config != nil {
		if k.profile != "" || k.role != "" {
			return aws.Config{}, errOwnIdentity
		}
		return c.opts.Config(ctx, k.region)
	}
	cfg, err := config.LoadDefaultConfig(ctx, func(lo *config.LoadOptions) error {
		lo.Credentials = c.opts.Credentials
		lo.SharedConfigProfile = k.profile
		lo.Region = k.region
		lo.Logger = logging.Nop{} // libraries do not print
		lo.HTTPClient = awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConns = 4 * idleConns
			t.MaxIdleConnsPerHost = idleConns
			t.ResponseHeaderTimeout = answerTime
		})
		return nil
	})
	if err != nil {
		return cfg, err
	}
	// The SDK adds AWS_CA_BUNDLE to a client of its own type only, and such a
	// client follows some redirects.
	if c.opts.HTTPClient != nil {
		cfg.HTTPClient = call.NewBounded(c.opts.HTTPClient)
	} else if b, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok {
		cfg.HTTPClient = call.NewBounded(&http.Client{Transport: b.GetTransport()})
	}
	if k.role != "" {
		session := sessionName(c.opts.Hostname)
		provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(cfg), k.role, func(o *stscreds.AssumeRoleOptions) {
			o.RoleSessionName = session
			o.Duration = time.Hour // the default of STS and of sops
		})
		cfg.Credentials = aws.NewCredentialsCache(provider)
	}
	return cfg, nil
}

// errOwnIdentity: the caller has settled who we are.
var errOwnIdentity = errors.New("the key names a role or profile of its own, which is not used here")

// sessionName is the name that sops gives to a role session. Of a host's name
// letters, digits and = , . @ _ stay; a trust policy may ask for the name.
func sessionName(hostname string) string {
	keep := func(r rune) rune {
		if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune("=,.@_", r) {
			return r
		}
		return -1
	}
	name := "sops@" + strings.Map(keep, hostname)
	return name[:min(len(name), 64)]
}
