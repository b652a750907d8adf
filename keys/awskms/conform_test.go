package awskms

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/keys/keystest"
	"github.com/gitsecrets/gitsecrets/policy"
)

func TestConforms(t *testing.T) {
	world := keytest.NewAWS(t)
	keystest.Run(t, keystest.Subject{
		Service:  New(Options{}),
		Key:      kmsKey(keytest.ARN),
		Absent:   kmsKey("arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-00000000000f"),
		Stranger: New(Options{Credentials: credentials.NewStaticCredentialsProvider("AKIATHROWAWAY0000000", "throw-away", "")}),
		Invalid:  keytest.InvalidOf(t, policy.AWSKMS),
		Secrets:  []string{world.User.SecretKey},
	})
}
