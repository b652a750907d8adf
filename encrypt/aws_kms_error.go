package encrypt

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

	"github.com/gitsecrets/gitsecrets/policy"
)

// AWSProblem is a kind of failure that a person can do something about.
type AWSProblem uint8

// The kinds of failure.
const (
	AWSOther         AWSProblem = iota
	AWSAccessDenied             // the caller may not use the key, or not assume the role
	AWSNotFound                 // there is no such key
	AWSKeyState                 // the key is disabled or about to be deleted
	AWSWrongKey                 // the ciphertext is not of this key, or the encryption context differs
	AWSExpired                  // the credentials have expired
	AWSBadSignature             // the credentials or the clock of this machine are wrong
	AWSNoCredentials            // no credentials were found
	AWSNetwork                  // no answer, or one that says that AWS has a failure of its own
	AWSThrottled                // too many calls, even after waiting
)

// AWSError is why a call to AWS KMS, or to STS for the role, failed.
type AWSError struct {
	Problem AWSProblem
	Service string // "KMS", "STS" or another that credentials are had from
	Region  string
	Role    string // the role that could not be assumed; empty if that was not the matter
	Code    string // AWS's own, as AccessDeniedException; empty if AWS gave none
	text    string
	err     error
}

func (e *AWSError) Error() string { return e.text }

// Unwrap returns the SDK's error. Its text is long and may hold what the
// server sent.
func (e *AWSError) Unwrap() error { return e.err }

// awsError translates what the SDK returned.
func awsError(ctx context.Context, err error, key policy.Key, region string) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err == errAWSOwnIdentity {
		return err
	}
	if err == errAWSEmpty {
		return &AWSError{Service: "KMS", Region: region, text: "AWS KMS: " + err.Error(), err: err}
	}
	e := &AWSError{Region: region, err: err, Service: "KMS"}
	// The innermost operation is the one that failed: credentials are had from
	// other services.
	for next := err; ; {
		var o *smithy.OperationError
		if !errors.As(next, &o) {
			break
		}
		e.Service, next = o.ServiceID, o.Err
	}
	about := "AWS " + e.Service
	if e.Service == "STS" && key.Role != "" {
		e.Role = key.Role
		about = fmt.Sprintf("AWS STS, asked for the role %s", key.Role)
	}
	e.describe(about, key)
	return e
}

func (e *AWSError) describe(about string, key policy.Key) {
	var api smithy.APIError
	var resp *awshttp.ResponseError
	var profile config.SharedConfigProfileNotExistError
	var quota ratelimit.QuotaExceededError
	hasAPI := errors.As(e.err, &api) && api.ErrorCode() != "UnknownError" && isAWSCode(api.ErrorCode())
	switch {
	case errors.As(e.err, &profile):
		e.Problem, e.text = AWSNoCredentials, fmt.Sprintf("the AWS configuration has no profile %q", outsideText(key.Profile))
	case hasAPI:
		e.Code = api.ErrorCode()
		e.Problem = awsProblem(e.Code)
		e.text = about + ": " + e.Code
		if e.Problem == AWSOther && errors.As(e.err, &resp) && resp.HTTPStatusCode() >= 500 {
			e.Problem = AWSNetwork // as KMSInternalException and DependencyTimeoutException
		}
		if why := awsExplained(e.Problem, api.ErrorMessage()); why != "" {
			e.text += ": " + why
		}
	case errors.As(e.err, &quota):
		e.Problem, e.text = AWSThrottled, about+": too many calls failed, no more are tried"
	case errors.As(e.err, &resp) && resp.HTTPStatusCode() != 0:
		e.text = fmt.Sprintf("%s: an answer that is not AWS's, with HTTP status %d", about, resp.HTTPStatusCode())
		switch s := resp.HTTPStatusCode(); {
		case s >= 300 && s < 400:
			e.text = fmt.Sprintf("%s: a redirect (HTTP status %d), which is not followed", about, s)
		case s >= 500: // of a gateway on the way
			e.Problem = AWSNetwork
		}
	case strings.Contains(e.err.Error(), "SSO session has expired"):
		e.Problem, e.text = AWSExpired, "the AWS SSO session has expired"
	case e.Service == "ec2imds" || e.Service == "SSO" || e.Service == "SSO OIDC" || isCredentialError(e.err):
		e.Problem, e.text = AWSNoCredentials, "no usable AWS credentials"
		if key.Profile != "" {
			e.text += fmt.Sprintf(" for profile %q", outsideText(key.Profile))
		}
	default:
		if why := networkCause(e.err); why != "" {
			e.Problem, e.text = AWSNetwork, about+" in "+e.Region+" cannot be reached: "+why
		} else {
			e.text = about + ": an answer that is not AWS's"
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

func awsProblem(code string) AWSProblem {
	switch code {
	case "AccessDeniedException", "AccessDenied", "UnauthorizedException", "NotAuthorized":
		return AWSAccessDenied
	case "NotFoundException":
		return AWSNotFound
	case "DisabledException", "KMSInvalidStateException":
		return AWSKeyState
	case "InvalidCiphertextException", "IncorrectKeyException":
		return AWSWrongKey
	case "ExpiredTokenException", "ExpiredToken", "RequestExpired":
		return AWSExpired
	case "InvalidSignatureException", "SignatureDoesNotMatch", "UnrecognizedClientException", "InvalidClientTokenId", "IncompleteSignatureException", "IncompleteSignature":
		return AWSBadSignature
	case "MissingAuthenticationTokenException", "MissingAuthenticationToken":
		return AWSNoCredentials
	case "ThrottlingException", "Throttling", "TooManyRequestsException", "LimitExceededException", "RequestLimitExceeded":
		return AWSThrottled
	}
	return AWSOther
}

// awsExplained says what a code means. Of AWS's message it takes only who may
// not do what: other messages quote the request.
func awsExplained(p AWSProblem, message string) string {
	switch p {
	case AWSAccessDenied:
		who := regexp.MustCompile(`^User: (arn:aws[A-Za-z0-9:/_+=,.@-]{1,400}) is not authorized to perform: ([a-z]{2,20}:[A-Za-z]{2,40})\b`).FindStringSubmatch(message)
		if who != nil {
			return who[1] + " may not " + who[2]
		}
		return "these credentials may not use it"
	case AWSNotFound:
		return "there is no such key in this account and region"
	case AWSKeyState:
		return "the key is disabled or about to be deleted"
	case AWSWrongKey:
		return "the wrapped data key was made by another key or with another encryption context, or was changed"
	case AWSExpired:
		return "the credentials have expired"
	case AWSBadSignature:
		return "the credentials or the clock of this machine are wrong"
	case AWSThrottled:
		return "too many calls, even after waiting"
	}
	return ""
}
