package aws

import (
	"context"
	"errors"
	"strings"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/smithy-go"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/text"
)

// failureOf translates what a client of the SDK returned. A failure that the code alone does not explain is for the
// caller, which looks at Code and Text.
func failureOf(ctx context.Context, service string, err error) error {
	service = "AWS " + service
	var own *call.Error
	var api smithy.APIError
	var resp *awshttp.ResponseError
	switch {
	case errors.Is(ctx.Err(), context.Canceled):
		return ctx.Err()
	case ctx.Err() != nil:
		return &call.Error{Failure: call.Transient, Service: service, Text: "no answer in time", Again: call.MayPass}
	case errors.As(err, &own):
		return own
	}
	a := &call.Answer{}
	if errors.As(err, &resp) && resp.Response != nil {
		a.Status, a.Header = resp.HTTPStatusCode(), resp.Response.Header
	}
	if errors.As(err, &api) && isAWSCode(api.ErrorCode()) {
		e := call.StatusError(service, a, api.ErrorCode(), api.ErrorMessage())
		if a.Status < 400 || e.Text == "" || strings.HasPrefix(e.Text, "HTTP status") {
			e.Text = "it gives no reason"
		}
		if isPassing(e.Code) {
			e.Failure, e.Again = call.Transient, call.MayPass
		}
		return e
	}
	if a.Status >= 400 {
		e := call.StatusError(service, a, "", "")
		e.Text = "the answer is invalid, with " + e.Text
		return e
	}
	if a.Status != 0 {
		return &call.Error{Failure: call.NotTheService, Service: service, Text: "the answer is invalid",
			Hint: "check AWS_ENDPOINT_URL, and the proxies between this job and AWS"}
	}
	// Nothing was sent: the SDK's own words, of the endpoint or of credentials.
	return &call.Error{Failure: call.Refused, Service: service, Text: "the request cannot be made: " + text.Outside(innermost(err).Error())}
}

// isAWSCode reports whether a code is one of AWS's: a server could send anything. The SDK says UnknownError where there
// is no code.
func isAWSCode(code string) bool {
	return len(code) >= 3 && len(code) <= 64 && code != "UnknownError" && only(code, letters)
}

// isPassing reports whether a code means that the same call may succeed later: those of the SDK's standard retryer, and
// the services' own.
func isPassing(code string) bool {
	switch code {
	case "Throttling", "ThrottlingException", "ThrottledException", "RequestThrottled", "RequestThrottledException",
		"TooManyRequestsException", "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
		"PriorRequestNotComplete", "RequestTimeout", "RequestTimeoutException",
		"InternalFailure", "InternalError", "InternalServiceError", "InternalServerError", "InternalServiceErrorException",
		"ServiceUnavailable", "ServiceUnavailableException", "IDPCommunicationError":
		return true
	}
	return false
}

// isExpired knows the codes of credentials that have expired.
func isExpired(code string) bool {
	return code == "ExpiredTokenException" || code == "ExpiredToken" || code == "RequestExpired"
}

func innermost(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}
