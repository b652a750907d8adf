package encrypt

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// Credentials that the caller lends are the only ones used: a profile that the
// environment or a file names is not even looked for.
func TestAWSKMSUsesTheLentConfiguration(t *testing.T) {
	world := newAWSWorld(t)
	t.Setenv("AWS_PROFILE", "dangling")
	t.Setenv("AWS_ACCESS_KEY_ID", "AKIAWRONGWRONGWRONG1")
	lent := AWSOptions{Config: func(_ context.Context, region string) (aws.Config, error) {
		return aws.Config{
			Region: region, BaseEndpoint: &world.kms.URL, HTTPClient: &http.Client{},
			Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
				return aws.Credentials{AccessKeyID: world.user.AccessKey, SecretAccessKey: world.user.SecretKey}, nil
			}),
		}, nil
	}}
	s := AWSKMS(lent)
	w, err := s.Wrap(t.Context(), kmsKey(testARN), testDataKey)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, testDataKey) {
		t.Errorf("got %q, %v", got, err)
	}
	for _, key := range []policy.Key{{Type: policy.AWSKMS, ID: testARN, Profile: "dev"}, {Type: policy.AWSKMS, ID: testARN, Role: testRole}} {
		w.Key = key
		if _, err := s.Unwrap(t.Context(), w); !errors.Is(err, errAWSOwnIdentity) {
			t.Errorf("%+v: got %v", key, err)
		}
	}
}

func TestGCPKMSUsesTheLentToken(t *testing.T) {
	server := cloudtest.NewGCPKMS(t, testGCPKey)
	t.Setenv("GOOGLE_APPLICATION_CREDENTIALS", "/nonexistent/credentials.json")
	asked := 0
	s := GCPKMS(GCPOptions{Endpoint: server.URL, Credentials: "no", Token: func(context.Context) (string, error) {
		asked++
		return server.Token, nil
	}})
	w, err := s.Wrap(t.Context(), gcpKey(testGCPKey), testDataKey)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := s.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, testDataKey) || asked != 2 {
		t.Errorf("got %q, %v after %d tokens", got, err, asked)
	}
}

func TestAzureUsesTheLentToken(t *testing.T) {
	v := newAzureVault(t)
	var scopes []string
	s := AzureVault(AzureOptions{
		HTTPClient: v.Client(), AllowHost: func(h string) bool { return "https://"+h == v.URL },
		Token: func(_ context.Context, scope string) (string, time.Time, error) {
			scopes = append(scopes, scope)
			return "throw-away", time.Now().Add(time.Hour), nil
		},
	})
	if _, err := s.Wrap(t.Context(), policy.Key{Type: policy.AzureVault, ID: v.URL + "/keys/web/"}, testDataKey); err != nil {
		t.Fatal(err)
	}
	if len(scopes) != 1 || !strings.HasSuffix(scopes[0], "/.default") {
		t.Errorf("asked for the scopes %q", scopes)
	}
}
