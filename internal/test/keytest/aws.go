package keytest

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest/awstest"
)

// Names in the world of [NewAWS].
const (
	ARN   = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001"
	ARN2  = "arn:aws:kms:us-east-1:444455556666:key/0a1b2c3d-0000-4000-8000-000000000002"
	Alias = "arn:aws:kms:eu-west-1:111122223333:alias/team/web"
	Role  = "arn:aws:iam::444455556666:role/path/deploy"
)

// AWS is a world with the keys [ARN], [ARN2] and [Alias], and one user.
type AWS struct {
	IAM  *awstest.IAM
	User awstest.Caller
	KMS  *awstest.KMS
	STS  *awstest.STS
}

// NewAWS starts KMS and STS and points the environment at them, as people
// point it at LocalStack.
func NewAWS(t *testing.T) *AWS {
	t.Helper()
	iam, user := awstest.NewIAM()
	w := &AWS{iam, user, awstest.NewKMS(t, awstest.KMSOptions{IAM: iam, Keys: []string{ARN, ARN2, Alias}}), awstest.NewSTS(t, iam)}
	dir := t.TempDir()
	config := filepath.Join(dir, "config")
	shared := fmt.Sprintf("[profile team]\naws_access_key_id = %s\naws_secret_access_key = %s\n", user.AccessKey, user.SecretKey)
	if err := os.WriteFile(config, []byte(shared), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_KMS": w.KMS.URL, "AWS_ENDPOINT_URL_STS": w.STS.URL,
		"AWS_ACCESS_KEY_ID": user.AccessKey, "AWS_SECRET_ACCESS_KEY": user.SecretKey, "AWS_SESSION_TOKEN": "",
		"AWS_CONFIG_FILE": config, "AWS_SHARED_CREDENTIALS_FILE": filepath.Join(dir, "none"), "AWS_PROFILE": "",
		"AWS_EC2_METADATA_DISABLED": "true", "AWS_MAX_ATTEMPTS": "2",
		"HTTP_PROXY": "", "HTTPS_PROXY": "", "NO_PROXY": "*",
	} {
		t.Setenv(name, value)
	}
	return w
}
