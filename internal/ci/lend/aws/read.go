package aws

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/ref"
	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Read gets what a reference to AWS Secrets Manager or Systems Manager names, as it is stored; a field of it is for the
// caller to take. Errors are *call.Error with the reference in their text and nothing of the secret: call.BadKey where
// there is no such secret or it cannot be decrypted, call.Refused where the role may not read it.
func (a *Lender) Read(ctx context.Context, r policy.Reference) ([]byte, error) {
	switch r.Store {
	case policy.StoreAWSSecrets:
		return a.readSecret(ctx, r)
	case policy.StoreAWSSSM:
		return a.readParameter(ctx, r)
	}
	return nil, ref.Unusable(r, "AWS does not have this store")
}

// readItem calls do, with the configuration for the item's region, as often as its errors are worth it. Credentials
// that a service calls expired are replaced once.
func (a *Lender) readItem(ctx context.Context, service string, r policy.Reference, item stored, do func(context.Context, aws.Config) ([]byte, error)) ([]byte, error) {
	if err := a.checkRegion(item.region); err != nil {
		return nil, ref.Unusable(r, err.Error())
	}
	// First, so that its own tries are not those of each try here.
	if _, err := a.Retrieve(ctx); err != nil {
		return nil, err
	}
	var got []byte
	err := a.w.Retry(ctx, func(ctx context.Context) error {
		var e *call.Error
		var err error
		if got, err = do(ctx, a.serviceConfig(service, item.region, a)); err == nil {
			return nil
		}
		if err = failureOf(ctx, service, err); !errors.As(err, &e) {
			return err
		}
		if e.Service != "AWS "+service { // of STS or the ID token, and tried often enough
			last := *e
			last.Again = call.ForGood
			return &last
		}
		if isExpired(e.Code) {
			a.forget()
			e.Again = call.StaleID
		}
		explainRead(e)
		e.Text = text.Quote(r.Text) + " cannot be read: " + e.Text
		return err
	})
	if err != nil {
		return nil, err
	}
	return got, nil
}

// explainRead sorts the answers of both stores
// (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html#API_GetSecretValue_Errors,
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html#API_GetParameter_Errors).
func explainRead(e *call.Error) {
	switch e.Code {
	case "ResourceNotFoundException", "ParameterNotFound", "ParameterVersionNotFound":
		e.Failure = call.BadKey
		e.Hint = "check the name, the region and the version; a secret of another account is named by its ARN"
	case "InvalidRequestException": // marked for deletion
		e.Failure = call.BadKey
	case "DecryptionFailure", "InvalidKeyId", "InvalidKeyUsageException", "KMSInvalidStateException", "DisabledException":
		e.Failure = call.BadKey
		e.Hint = "check the state of the KMS key that the secret is encrypted with"
	case "AccessDeniedException", "AccessDenied":
		e.Hint = "the role needs secretsmanager:GetSecretValue or ssm:GetParameter on it, and kms:Decrypt where it is encrypted with a KMS key of your own"
	}
}

// emptySecret is for an answer that holds nothing.
func emptySecret(service string) error {
	return &call.Error{Failure: call.BadKey, Service: "AWS " + service, Text: "the answer does not contain a value"}
}
