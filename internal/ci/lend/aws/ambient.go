package aws

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/gitsecrets/gitsecrets/internal/bounded"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/policy"
)

// usePodIdentity makes of a pod's own role (IAM roles for service accounts) the first role, assumed like any other with
// the token that the pod has for it. It reports whether there is one.
func usePodIdentity(w *oidc.World, s *Settings) (oidc.Source, bool, error) {
	role, file := strings.TrimSpace(w.Getenv("AWS_ROLE_ARN")), strings.TrimSpace(w.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE"))
	if hasStaticKeys(w) || role == "" || file == "" {
		return nil, false, nil
	}
	src, err := oidc.NewFileToken(w, oidc.Settings{TokenFile: file})
	if err != nil {
		return nil, false, err
	}
	if s.RoleARN != "" && s.RoleARN != role {
		s.Chain = append([]ChainedRole{{ARN: s.RoleARN}}, s.Chain...)
	}
	s.RoleARN, s.Ambient = role, false
	return src, true, nil
}

// warnOfPodRole: on a runner in a pod with a role of its own, AWS_ROLE_ARN may be that one, which the job's ID token
// does not open (https://github.com/aws-actions/configure-aws-credentials/issues/1293).
func (a *Lender) warnOfPodRole() {
	if a.source == nil || a.w.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE") == "" || a.settings.RoleARN != strings.TrimSpace(a.w.Getenv("AWS_ROLE_ARN")) {
		return
	}
	switch p := a.source.Provider(); p {
	case job.Kubernetes, job.FileToken, job.EnvToken:
	default:
		a.w.Tell("AWS_ROLE_ARN may be the role of the pod that this runner stands in, because AWS_WEB_IDENTITY_TOKEN_FILE is set too; the role is assumed with the ID token of " + p.Name() + "; --role-to-assume says which role is meant, and --use-ambient uses the pod's own")
	}
}

func hasStaticKeys(w *oidc.World) bool {
	return w.Getenv("AWS_ACCESS_KEY_ID") != "" && w.Getenv("AWS_SECRET_ACCESS_KEY") != ""
}

// ambientCredentials are what the job finds around itself: the variables of access keys, a container's credentials,
// those of the machine. Profiles and shared files are left out, as everywhere in this package.
type ambientCredentials struct {
	what     string
	provider aws.CredentialsProvider
}

// newAmbientCredentials finds out which there are, by the variables alone.
func newAmbientCredentials(w *oidc.World, client *http.Client) (*ambientCredentials, error) {
	get := w.Getenv
	if hasStaticKeys(w) {
		return &ambientCredentials{"AWS_ACCESS_KEY_ID", credentials.NewStaticCredentialsProvider(get("AWS_ACCESS_KEY_ID"), get("AWS_SECRET_ACCESS_KEY"), get("AWS_SESSION_TOKEN"))}, nil
	}
	local := call.NewBounded(call.WithoutProxy(client))
	endpoint, what := "", ""
	if path := get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"); path != "" {
		what, endpoint = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "http://169.254.170.2"+path
	} else if full := get("AWS_CONTAINER_CREDENTIALS_FULL_URI"); full != "" {
		what, endpoint = "AWS_CONTAINER_CREDENTIALS_FULL_URI", full
	}
	if endpoint != "" {
		if err := checkContainerURL(what, endpoint); err != nil {
			return nil, err
		}
		return &ambientCredentials{what, endpointcreds.New(endpoint, func(o *endpointcreds.Options) {
			o.HTTPClient = local
			o.AuthorizationToken = get("AWS_CONTAINER_AUTHORIZATION_TOKEN")
			if file := get("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"); file != "" {
				o.AuthorizationTokenProvider = endpointcreds.TokenProviderFunc(func() (string, error) {
					b, err := bounded.ReadFile(file, oidc.MaxToken)
					return string(b), err
				})
			}
		})}, nil
	}
	if strings.EqualFold(get("AWS_EC2_METADATA_DISABLED"), "true") {
		return nil, &call.Error{Failure: call.NoIdentity, Text: "this job's environment contains no credentials of AWS",
			Hint: "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or let the job show its ID token"}
	}
	return &ambientCredentials{"the machine's metadata", ec2rolecreds.New(func(o *ec2rolecreds.Options) {
		o.Client = imds.New(imds.Options{HTTPClient: local, Endpoint: get("AWS_EC2_METADATA_SERVICE_ENDPOINT")})
	})}, nil
}

// checkContainerURL accepts what the SDK accepts: https, and http to the addresses of ECS and EKS agents and loopback.
func checkContainerURL(what, raw string) error {
	u, err := url.Parse(raw)
	if err == nil && u.Scheme == "http" && u.User == nil {
		ip, err := netip.ParseAddr(u.Hostname())
		if err == nil && slices.Contains([]string{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"}, ip.String()) {
			return nil
		}
	}
	_, err = call.CheckURL(what, raw)
	return err
}

// Retrieve implements aws.CredentialsProvider.
func (c *ambientCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	got, err := c.provider.Retrieve(ctx)
	switch {
	case ctx.Err() != nil:
		return aws.Credentials{}, call.ContextError(ctx)
	case err != nil || !got.HasKeys():
		return aws.Credentials{}, &call.Error{Failure: call.NoIdentity, Text: "no credentials of AWS can be read from " + c.what}
	}
	return got, nil
}

// ownSession uses the job's credentials as they are. Only if accounts are to be checked, STS is asked whose they are.
func (a *Lender) ownSession(ctx context.Context) (*session, error) {
	got, err := a.ambient.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	s := &session{credentials: got, account: got.AccountID}
	if len(a.settings.AllowedAccountIDs) == 0 {
		return s, nil
	}
	client := sts.NewFromConfig(a.serviceConfig("STS", a.settings.Region, credentials.StaticCredentialsProvider{Value: got}))
	err = a.w.Retry(ctx, func(ctx context.Context) error {
		out, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			return failureOf(ctx, "STS", err)
		}
		who, err := policy.ParseARN(aws.ToString(out.Arn))
		if err != nil || who.Account == "" || !only(who.Resource, alnum+"_+=,.@:/-") {
			return &call.Error{Failure: call.Refused, Service: "AWS STS", Text: "the answer does not say to whom the credentials belong"}
		}
		s.arn, s.account = who.String(), who.Account
		return allowAccount(a.settings.AllowedAccountIDs, who.Account)
	})
	return s, err
}
