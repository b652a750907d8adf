package awskms

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// explain translates what the SDK returned.
func explain(ctx context.Context, err error, key policy.Key, region string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	// Our own errors come back without what the SDK has put around them.
	if errors.Is(err, errOwnIdentity) {
		return errOwnIdentity
	}
	if errors.Is(err, errEmpty) {
		return &call.Error{Failure: call.NotTheService, Service: "AWS KMS", Text: errEmpty.Error(), Err: errEmpty}
	}
	// The innermost operation is the one that failed: credentials are had from
	// other services.
	service := "KMS"
	for next := err; ; {
		var o *smithy.OperationError
		if !errors.As(next, &o) {
			break
		}
		service, next = o.ServiceID, o.Err
	}
	e := &call.Error{Service: "AWS " + service, Err: err}
	if service == "STS" && key.Role != "" {
		e.Service = fmt.Sprintf("AWS STS, asked for the role %s", key.Role)
	}
	describe(e, service, key, region)
	return e
}

func describe(e *call.Error, service string, key policy.Key, region string) {
	var api smithy.APIError
	var resp *awshttp.ResponseError
	var profile config.SharedConfigProfileNotExistError
	var quota ratelimit.QuotaExceededError
	hasAPI := errors.As(e.Err, &api) && api.ErrorCode() != "UnknownError" && isAWSCode(api.ErrorCode())
	switch {
	case errors.As(e.Err, &profile):
		e.Failure, e.Service, e.Text = call.NoCredentials, "", fmt.Sprintf("the AWS configuration has no profile %q", text.Outside(key.Profile))
	case hasAPI:
		status := 0
		if errors.As(e.Err, &resp) {
			status = resp.HTTPStatusCode()
		}
		describeAWSCode(e, api, status)
	case errors.As(e.Err, &quota):
		e.Failure, e.Text = call.Transient, "too many calls failed, no more are tried"
	case errors.As(e.Err, &resp) && resp.HTTPStatusCode() != 0:
		e.Text = fmt.Sprintf("the answer is invalid (HTTP status %d)", resp.HTTPStatusCode())
		switch s := resp.HTTPStatusCode(); {
		case s >= 300 && s < 400:
			e.Text = fmt.Sprintf("a redirect (HTTP status %d), which is not followed", s)
		case s >= 500: // of a gateway on the way
			e.Failure = call.Transient
		}
	case strings.Contains(e.Err.Error(), "SSO session has expired"):
		e.Failure, e.Service, e.Text = call.NoCredentials, "", "the AWS SSO session has expired"
	case service == "ec2imds" || service == "SSO" || service == "SSO OIDC" || isCredentialError(e.Err):
		e.Failure, e.Service, e.Text = call.NoCredentials, "", "no usable AWS credentials"
		if key.Profile != "" {
			e.Text += fmt.Sprintf(" for profile %q", text.Outside(key.Profile))
		}
	default:
		e.Text = "the answer is invalid"
		if why := call.Cause(e.Err); why != "" {
			e.Text = why
			e.Service += " in " + region
			if !call.IsCertificate(e.Err) {
				e.Failure = call.Transient
			}
		}
	}
}

// describeAWSCode is for an answer with a code of AWS's own.
func describeAWSCode(e *call.Error, api smithy.APIError, status int) {
	e.Code = api.ErrorCode()
	known := false
	e.Failure, e.Text, known = awsCode(e.Code)
	switch {
	case !known && status >= 500: // as KMSInternalException and DependencyTimeoutException
		e.Failure = call.Transient
	case e.Failure == call.Refused:
		if who := mayNot(api.ErrorMessage()); who != "" {
			e.Text = who
		}
	}
}

// isCredentialError recognises failures of the credential chain, which have no
// type of their own.
func isCredentialError(err error) bool {
	text := err.Error()
	return strings.Contains(text, "get identity") || strings.Contains(text, "get credentials") || strings.Contains(text, "failed to refresh cached credentials")
}

// isAWSCode: a server could put anything there.
func isAWSCode(code string) bool {
	return regexp.MustCompile(`^[A-Z][A-Za-z]{2,63}$`).MatchString(code)
}

// awsCode says what a code of AWS KMS or STS means, and whether it is known.
func awsCode(code string) (f call.Failure, meaning string, known bool) {
	switch code {
	case "AccessDeniedException", "AccessDenied", "UnauthorizedException", "NotAuthorized":
		return call.Refused, "these credentials are not allowed to use it", true
	case "NotFoundException":
		return call.BadKey, "there is no such key in this account and region", true
	case "DisabledException", "KMSInvalidStateException":
		return call.BadKey, "the key is disabled or about to be deleted", true
	case "InvalidCiphertextException", "IncorrectKeyException":
		return call.BadKey, "the wrapped data key was made by another key or with another encryption context, or was changed", true
	case "ExpiredTokenException", "ExpiredToken", "RequestExpired":
		return call.NoCredentials, "the credentials have expired", true
	case "InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException", "InvalidClientTokenId", "IncompleteSignatureException", "IncompleteSignature":
		return call.NoCredentials, "the credentials or the clock of this machine are wrong", true
	case "MissingAuthenticationTokenException", "MissingAuthenticationToken":
		return call.NoCredentials, "", true
	case "ThrottlingException", "Throttling", "TooManyRequestsException", "LimitExceededException", "RequestLimitExceeded":
		return call.Transient, "too many calls, even after waiting", true
	}
	return call.BadKey, "", false
}

// mayNot takes from AWS's message who may not do what: other messages quote the
// request.
func mayNot(message string) string {
	who := regexp.MustCompile(`^User: (arn:aws[A-Za-z0-9:/_+=,.@-]{1,400}) is not authorized to perform: ([a-z]{2,20}:[A-Za-z]{2,40})\b`).FindStringSubmatch(message)
	if who == nil {
		return ""
	}
	return who[1] + " is not allowed to call " + who[2]
}
