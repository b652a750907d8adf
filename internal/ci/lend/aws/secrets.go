package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"github.com/gitsecrets/gitsecrets/policy"
)

// readSecret gets a version of a secret, a string or bytes.
func (a *Lender) readSecret(ctx context.Context, r policy.Reference) ([]byte, error) {
	const service = "Secrets Manager"
	item, err := secretItem(r, a.settings.Region, "")
	if err != nil {
		return nil, err
	}
	in := &secretsmanager.GetSecretValueInput{
		SecretId:  &item.id,
		VersionId: optional(r.Params["version_id"]), VersionStage: optional(r.Params["version_stage"]),
	}
	return a.readItem(ctx, service, r, item, func(ctx context.Context, cfg aws.Config) ([]byte, error) {
		out, err := secretsmanager.NewFromConfig(cfg).GetSecretValue(ctx, in)
		switch {
		case err != nil:
			return nil, err
		case out.SecretString != nil && *out.SecretString != "":
			return []byte(*out.SecretString), nil
		case len(out.SecretBinary) > 0:
			return out.SecretBinary, nil
		}
		return nil, emptySecret(service)
	})
}
