package aws

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"github.com/gitsecrets/gitsecrets/internal/text"
	"github.com/gitsecrets/gitsecrets/policy"
)

// readParameter gets a parameter, decrypted.
func (a *Lender) readParameter(ctx context.Context, r policy.Reference) ([]byte, error) {
	const service = "SSM"
	item, err := parameterItem(r, a.settings.Region, "")
	if err != nil {
		return nil, err
	}
	plain := false
	value, err := a.readItem(ctx, service, r, item, func(ctx context.Context, cfg aws.Config) ([]byte, error) {
		out, err := ssm.NewFromConfig(cfg).GetParameter(ctx, &ssm.GetParameterInput{Name: &item.id, WithDecryption: aws.Bool(true)})
		if err != nil {
			return nil, err
		}
		if out.Parameter == nil || aws.ToString(out.Parameter.Value) == "" {
			return nil, emptySecret(service)
		}
		plain = out.Parameter.Type != types.ParameterTypeSecureString
		return []byte(*out.Parameter.Value), nil
	})
	if err == nil && plain {
		a.w.Tell("the parameter " + text.Quote(r.Text) + " is not stored encrypted: make it a SecureString")
	}
	return value, err
}
