package awstest

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// awsError is an error as AWS names it.
type awsError struct {
	status        int
	code, message string
}

// signature is what a verified request says about its sender.
type signature struct {
	caller     Caller
	region     string
	conditions conditions // of the request, for policies
}

// verify checks a request's Signature Version 4 with the SDK's own signer: it
// signs the same request with the secret it knows and compares. It enforces the
// service name, the 15 minutes of clock difference, the session token and its
// expiry.
func (i *IAM) verify(r *http.Request, body []byte, service string) (signature, *awsError) {
	auth, ok := strings.CutPrefix(r.Header.Get("Authorization"), "AWS4-HMAC-SHA256 ")
	if !ok {
		return signature{}, &awsError{403, "MissingAuthenticationTokenException", "Missing Authentication Token"}
	}
	fields := map[string]string{}
	for part := range strings.SplitSeq(auth, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		fields[name] = value
	}
	scope := strings.Split(fields["Credential"], "/") // KEY/DATE/REGION/SERVICE/aws4_request
	if len(scope) != 5 || scope[4] != "aws4_request" || scope[3] != service {
		return signature{}, &awsError{403, "IncompleteSignatureException", "Credential should be scoped to correct service."}
	}
	caller, ok := i.caller(scope[0])
	if !ok {
		return signature{}, &awsError{403, "UnrecognizedClientException", "The security token included in the request is invalid."}
	}
	when, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
	if err != nil || when.Format("20060102") != scope[1] {
		return signature{}, &awsError{403, "IncompleteSignatureException", "Date must be in ISO-8601 'basic format'."}
	}
	if d := time.Since(when); d > 15*time.Minute || d < -15*time.Minute {
		return signature{}, &awsError{403, "InvalidSignatureException", "Signature expired."}
	}
	if !cloudtest.Same(r.Header.Get("X-Amz-Security-Token"), caller.SessionToken) {
		return signature{}, &awsError{403, "UnrecognizedClientException", "The security token included in the request is invalid."}
	}
	again := &http.Request{Method: r.Method, URL: &url.URL{Scheme: "http", Host: r.Host, Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}, Host: r.Host, Header: http.Header{}}
	for name := range strings.SplitSeq(fields["SignedHeaders"], ";") {
		switch name {
		case "host", "authorization":
		case "content-length":
			again.ContentLength = int64(len(body))
		default:
			again.Header[http.CanonicalHeaderKey(name)] = r.Header.Values(name)
		}
	}
	sum := sha256.Sum256(body)
	creds := aws.Credentials{AccessKeyID: caller.AccessKey, SecretAccessKey: caller.SecretKey, SessionToken: caller.SessionToken}
	if err := v4.NewSigner().SignHTTP(r.Context(), creds, again, hex.EncodeToString(sum[:]), service, scope[2], when); err != nil {
		return signature{}, &awsError{500, "InternalFailure", "cannot sign"}
	}
	if !cloudtest.Same(again.Header.Get("Authorization"), r.Header.Get("Authorization")) {
		return signature{}, &awsError{403, "InvalidSignatureException", "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method."}
	}
	if !caller.Expires.IsZero() && !time.Now().Before(caller.Expires) {
		return signature{}, &awsError{403, "ExpiredTokenException", "The security token included in the request is expired"}
	}
	return signature{caller: caller, region: scope[2]}, nil
}
