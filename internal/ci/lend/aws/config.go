package aws

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go/logging"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// environment answers what the SDK asks its configuration, from the job's variables alone: no profile and no shared
// file gets in. Its methods are those of the SDK's config.EnvConfig
// (https://docs.aws.amazon.com/sdkref/latest/guide/environment-variables.html).
type environment struct {
	fips, dualStack, ignoreEndpoints bool
	getenv                           func(string) string
}

// newEnvironment reads and checks the variables.
func newEnvironment(getenv func(string) string) (*environment, error) {
	e := &environment{getenv: getenv}
	for name, to := range map[string]*bool{
		"AWS_USE_FIPS_ENDPOINT":               &e.fips,
		"AWS_USE_DUALSTACK_ENDPOINT":          &e.dualStack,
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": &e.ignoreEndpoints,
	} {
		switch value := getenv(name); {
		case strings.EqualFold(value, "true"):
			*to = true
		case value != "" && !strings.EqualFold(value, "false"):
			return nil, &call.Error{Failure: call.BadSetting, Text: name + " is " + text.Quote(value) + ", which is not true or false"}
		}
	}
	if e.ignoreEndpoints {
		return e, nil
	}
	for _, name := range []string{"AWS_ENDPOINT_URL", endpointVariable("STS"), endpointVariable("KMS"), endpointVariable("SSM"), endpointVariable("Secrets Manager")} {
		if value := getenv(name); value != "" {
			if _, err := call.CheckURL(name, value); err != nil {
				return nil, err
			}
		}
	}
	return e, nil
}

func endpointVariable(service string) string {
	return "AWS_ENDPOINT_URL_" + strings.ToUpper(strings.ReplaceAll(service, " ", "_"))
}

// endpoint returns the URL that the environment sets for a service; empty for the region's own.
func (e *environment) endpoint(service string) string {
	if e.ignoreEndpoints {
		return ""
	}
	if url := e.getenv(endpointVariable(service)); url != "" {
		return url
	}
	return e.getenv("AWS_ENDPOINT_URL")
}

// GetServiceBaseEndpoint, and the others, are asked by the SDK.
func (e *environment) GetServiceBaseEndpoint(_ context.Context, service string) (string, bool, error) {
	url := e.endpoint(service)
	return url, url != "", nil
}

func (e *environment) GetIgnoreConfiguredEndpoints(context.Context) (bool, bool, error) {
	return e.ignoreEndpoints, e.ignoreEndpoints, nil
}

func (e *environment) GetUseFIPSEndpoint(context.Context) (aws.FIPSEndpointState, bool, error) {
	if e.fips {
		return aws.FIPSEndpointStateEnabled, true, nil
	}
	return aws.FIPSEndpointStateDisabled, true, nil
}

func (e *environment) GetUseDualStackEndpoint(context.Context) (aws.DualStackEndpointState, bool, error) {
	if e.dualStack {
		return aws.DualStackEndpointStateEnabled, true, nil
	}
	return aws.DualStackEndpointStateDisabled, true, nil
}

// config is what all clients have in common.
func (e *environment) config(region string, client aws.HTTPClient, credentials aws.CredentialsProvider) aws.Config {
	cfg := aws.Config{
		Region:        region,
		Credentials:   credentials,
		HTTPClient:    client,
		ConfigSources: []any{e},
		Logger:        logging.Nop{},
		AppID:         "gitsecrets",
	}
	// The SDK asks for a service's own URL only if the process has the variable for it or lacks the one for all, so
	// that this one has to stand here.
	if url := e.getenv("AWS_ENDPOINT_URL"); url != "" && !e.ignoreEndpoints {
		cfg.BaseEndpoint = &url
	}
	return cfg
}

// Config returns the configuration of the clients that use the credentials in a region, such as those of AWS KMS. It
// reads no profile and no shared file; AWS_ENDPOINT_URL and AWS_ENDPOINT_URL_KMS and their like, AWS_USE_FIPS_ENDPOINT,
// AWS_USE_DUALSTACK_ENDPOINT, AWS_CA_BUNDLE and the job's proxies are honoured. Redirects are not followed, and an
// answer ends after 1 MiB. Nothing is sent before the first request of such a client.
func (a *Lender) Config(_ context.Context, region string) (aws.Config, error) {
	if err := a.checkRegion(region); err != nil {
		return aws.Config{}, err
	}
	return a.env.config(region, call.NewBounded(a.http), a), nil
}

// checkRegion refuses what is not a region, and a region of a partition in which the role's credentials are not valid.
func (a *Lender) checkRegion(region string) error {
	switch {
	case !policy.IsAWSRegion(region):
		return &call.Error{Failure: call.BadKey, Text: text.Quote(region) + " is not a region of AWS"}
	case a.partition != "" && policy.AWSPartition(region) != a.partition:
		return &call.Error{Failure: call.BadKey, Text: "the region " + region + " is in another partition of AWS than the role"}
	}
	return nil
}

// serviceConfig is for this package's own clients, which make each request once.
func (a *Lender) serviceConfig(service, region string, credentials aws.CredentialsProvider) aws.Config {
	cfg := a.env.config(region, sender{&a.w, "AWS " + service}, credentials)
	cfg.Retryer = func() aws.Retryer { return aws.NopRetryer{} }
	if url := a.env.endpoint(service); url != "" {
		cfg.BaseEndpoint = &url
	}
	return cfg
}
