package awskms

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Credentials that the caller lends are the only ones used: a profile that the
// environment or a file names is not even looked for.
func TestAWSKMSUsesTheLentConfiguration(t *testing.T) {
	world := keytest.NewAWS(t)
	t.Setenv("AWS_PROFILE", "dangling")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAWRONGWRONGWRONG1")
	lent := Options{Config: func(_ context.Context, region string) (aws.Config, error) {
		return aws.Config{
			Region: region, BaseEndpoint: &world.KMS.URL, HTTPClient: &http.Client{},
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: world.User.AccessKey, SecretAccessKey: world.User.SecretKey}, nil
			}),
		}, nil
	}}
	s := New(lent)
	w, err := s.Wrap(t.Context(), kmsKey(keytest.ARN), keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("got %q, %v", got, err)
	}
	for _, key := range []policy.Key{{Type: policy.AWSKMS, ID: keytest.ARN, Profile: "dev"}, {Type: policy.AWSKMS, ID: keytest.ARN, Role: keytest.Role}} {
		w.Key = key
		if _, err := s.Unwrap(t.Context(), w); !errors.Is(err, errOwnIdentity) {
			t.Errorf("%+v: got %v", key, err)
		}
	}
}
