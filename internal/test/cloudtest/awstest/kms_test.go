package awstest

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

const (
	keyARN   = "arn:aws:kms:eu-west-1:111122223333:key/0a1b2c3d-0000-4000-8000-000000000001"
	aliasARN = "arn:aws:kms:eu-west-1:111122223333:alias/web"
	roleARN  = "arn:aws:iam::111122223333:role/deploy"
)

func kmsClient(url, region string, c Caller) *kms.Client {
	return kms.New(kms.Options{
		BaseEndpoint: aws.String(url), Region: region, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(c.AccessKey, c.SecretKey, c.SessionToken),
	})
}

func codeOf(err error) string {
	var e smithy.APIError
	if errors.As(err, &e) {
		return e.ErrorCode()
	}
	if err != nil {
		return "other"
	}
	return ""
}

func TestKMS(t *testing.T) {
	iam, user := NewIAM()
	server := NewKMS(t, KMSOptions{IAM: iam, Keys: []string{keyARN, aliasARN}})
	client := kmsClient(server.URL, "eu-west-1", user)
	ctx := t.Context()
	plain := []byte("0123456789abcdef")
	team := map[string]string{"team": "web"}

	for _, id := range []string{keyARN, aliasARN, "alias/web", "0a1b2c3d-0000-4000-8000-000000000001"} {
		out, err := client.Encrypt(ctx, &kms.EncryptInput{KeyId: &id, Plaintext: plain, EncryptionContext: team})
		if err != nil {
			t.Fatalf("%s: %v", id, err)
		}
		got, err := client.Decrypt(ctx, &kms.DecryptInput{KeyId: &id, CiphertextBlob: out.CiphertextBlob, EncryptionContext: team})
		if err != nil || !bytes.Equal(got.Plaintext, plain) {
			t.Errorf("%s: %v", id, err)
		}
		if _, err := client.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: out.CiphertextBlob}); codeOf(err) != "InvalidCiphertextException" {
			t.Errorf("without the context: %v", err)
		}
	}
	data, err := client.GenerateDataKey(ctx, &kms.GenerateDataKeyInput{KeyId: aws.String(keyARN), KeySpec: types.DataKeySpecAes256})
	if err != nil || len(data.Plaintext) != 32 {
		t.Fatalf("GenerateDataKey: %v", err)
	}
	got, err := client.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: data.CiphertextBlob})
	if err != nil || !bytes.Equal(got.Plaintext, data.Plaintext) || *got.KeyId != keyARN {
		t.Errorf("Decrypt of a generated key: %v", err)
	}
	about, err := client.DescribeKey(ctx, &kms.DescribeKeyInput{KeyId: aws.String(keyARN)})
	if err != nil || *about.KeyMetadata.Arn != keyARN || about.KeyMetadata.KeyState != types.KeyStateEnabled {
		t.Errorf("DescribeKey: %v", err)
	}
	if _, err := client.Decrypt(ctx, &kms.DecryptInput{KeyId: aws.String(aliasARN), CiphertextBlob: data.CiphertextBlob}); codeOf(err) != "IncorrectKeyException" {
		t.Errorf("another key: %v", err)
	}
	damaged := bytes.Clone(data.CiphertextBlob)
	damaged[len(damaged)-1] ^= 1
	if _, err := client.Decrypt(ctx, &kms.DecryptInput{CiphertextBlob: damaged}); codeOf(err) != "InvalidCiphertextException" {
		t.Errorf("damaged: %v", err)
	}
	if _, err := client.Encrypt(ctx, &kms.EncryptInput{KeyId: aws.String(keyARN), Plaintext: make([]byte, 4097)}); codeOf(err) != "ValidationException" {
		t.Errorf("too long: %v", err)
	}
	if n := server.Faults.Count("GenerateDataKey"); n != 1 {
		t.Errorf("%d calls of GenerateDataKey", n)
	}
	if calls := server.Calls(); calls[0].Operation != "Encrypt" || calls[0].Context["team"] != "web" || calls[0].Principal != user.ARN {
		t.Errorf("first call: %+v", calls[0])
	}
}

func TestKMSRefuses(t *testing.T) {
	iam, user := NewIAM()
	server := NewKMS(t, KMSOptions{IAM: iam, Keys: []string{keyARN}})
	wrong, unknown := user, user
	wrong.SecretKey = "wrong"
	unknown.AccessKey = "AKIAUNKNOWN"
	stray := user
	stray.SessionToken = "stray"
	old := Caller{AccessKey: "ASIAOLD", SecretKey: "throw-away", SessionToken: "t", Expires: time.Now().Add(-time.Minute), ARN: user.ARN}
	iam.Add(old)
	for _, c := range []struct {
		name, region string
		caller       Caller
		key          string
		want         string
	}{
		{"wrong secret", "eu-west-1", wrong, keyARN, "InvalidSignatureException"},
		{"unknown key", "eu-west-1", unknown, keyARN, "UnrecognizedClientException"},
		{"stray token", "eu-west-1", stray, keyARN, "UnrecognizedClientException"},
		{"expired", "eu-west-1", old, keyARN, "ExpiredTokenException"},
		{"other region", "us-east-1", user, keyARN, "NotFoundException"},
		{"no such key", "eu-west-1", user, keyARN + "9", "NotFoundException"},
	} {
		_, err := kmsClient(server.URL, c.region, c.caller).Encrypt(t.Context(), &kms.EncryptInput{KeyId: &c.key, Plaintext: []byte("x")})
		if codeOf(err) != c.want {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	resp, err := http.Post(server.URL, "application/x-amz-json-1.1", strings.NewReader("{}"))
	if err != nil || resp.StatusCode != 400 {
		t.Errorf("unsigned: %v, %v", resp, err)
	}
	server.SetState(keyARN, Disabled)
	client := kmsClient(server.URL, "eu-west-1", user)
	if _, err := client.Encrypt(t.Context(), &kms.EncryptInput{KeyId: aws.String(keyARN), Plaintext: []byte("x")}); codeOf(err) != "DisabledException" {
		t.Errorf("disabled: %v", err)
	}
}

// A signature covers the body: what is changed on the way is refused.
func TestSignatureCoversTheBody(t *testing.T) {
	iam, user := NewIAM()
	server := NewKMS(t, KMSOptions{IAM: iam, Keys: []string{keyARN}})
	client := kms.New(kms.Options{
		BaseEndpoint: aws.String(server.URL), Region: "eu-west-1", RetryMaxAttempts: 1, HTTPClient: tampering{},
		Credentials: credentials.NewStaticCredentialsProvider(user.AccessKey, user.SecretKey, ""),
	})
	if _, err := client.Encrypt(t.Context(), &kms.EncryptInput{KeyId: aws.String(keyARN), Plaintext: []byte("x")}); codeOf(err) != "InvalidSignatureException" {
		t.Errorf("got %v", err)
	}
}

type tampering struct{}

func (tampering) Do(r *http.Request) (*http.Response, error) {
	var b bytes.Buffer
	if _, err := b.ReadFrom(r.Body); err != nil {
		return nil, err
	}
	r.Body = http.NoBody
	body := bytes.Replace(b.Bytes(), []byte(`"eA=="`), []byte(`"eQ=="`), 1)
	again, err := http.NewRequestWithContext(r.Context(), r.Method, r.URL.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	again.Header = r.Header
	return http.DefaultClient.Do(again)
}

func TestSTS(t *testing.T) {
	iam, user := NewIAM()
	iam.AddRole(roleARN, func(principal string) bool { return principal == user.ARN })
	server := NewSTS(t, iam)
	client := sts.New(sts.Options{
		BaseEndpoint: aws.String(server.URL), Region: "eu-west-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(user.AccessKey, user.SecretKey, ""),
	})
	out, err := client.AssumeRole(t.Context(), &sts.AssumeRoleInput{RoleArn: aws.String(roleARN), RoleSessionName: aws.String("sops@h"), DurationSeconds: aws.Int32(900)})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := *out.AssumedRoleUser.Arn, "arn:aws:sts::111122223333:assumed-role/deploy/sops@h"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	// The KMS takes what the STS handed out, until it expires.
	k := NewKMS(t, KMSOptions{IAM: iam, Keys: []string{keyARN}})
	k.AllowKey(keyARN, func(principal, _ string) bool { return strings.Contains(principal, ":assumed-role/deploy/") })
	session := Caller{AccessKey: *out.Credentials.AccessKeyId, SecretKey: *out.Credentials.SecretAccessKey, SessionToken: *out.Credentials.SessionToken}
	encrypt := func(c Caller) string {
		_, err := kmsClient(k.URL, "eu-west-1", c).Encrypt(t.Context(), &kms.EncryptInput{KeyId: aws.String(keyARN), Plaintext: []byte("x")})
		return codeOf(err)
	}
	if got := encrypt(session); got != "" {
		t.Errorf("with the session: %s", got)
	}
	if got := encrypt(user); got != "AccessDeniedException" {
		t.Errorf("without: %s", got)
	}
	iam.Expire(session.AccessKey)
	if got := encrypt(session); got != "ExpiredTokenException" {
		t.Errorf("expired: %s", got)
	}
	for _, in := range []*sts.AssumeRoleInput{
		{RoleArn: aws.String(roleARN + "x"), RoleSessionName: aws.String("sops@h")},
		{RoleArn: aws.String(roleARN), RoleSessionName: aws.String("a b")},
		{RoleArn: aws.String(roleARN), RoleSessionName: aws.String("ab"), DurationSeconds: aws.Int32(1)},
	} {
		if _, err := client.AssumeRole(t.Context(), in); codeOf(err) != "AccessDenied" && codeOf(err) != "ValidationError" {
			t.Errorf("%+v: %v", in, err)
		}
	}
	if s := server.Sessions(); len(s) != 1 || s[0].Lifetime != 15*time.Minute {
		t.Errorf("sessions: %+v", s)
	}
	who, err := client.GetCallerIdentity(t.Context(), nil)
	if err != nil || *who.Arn != user.ARN {
		t.Errorf("GetCallerIdentity: %v", err)
	}
}

func TestFaults(t *testing.T) {
	iam, user := NewIAM()
	server := NewKMS(t, KMSOptions{IAM: iam, Keys: []string{keyARN}})
	client := kmsClient(server.URL, "eu-west-1", user)
	encrypt := func(ctx context.Context) error {
		_, err := client.Encrypt(ctx, &kms.EncryptInput{KeyId: aws.String(keyARN), Plaintext: []byte("x")})
		return err
	}
	for _, f := range []cloudtest.Fault{
		{Times: 1, Code: "ThrottlingException"}, {Times: 1, Drop: true}, {Times: 1, Garbage: true}, {Times: 1, HTML: 2 << 20}, {Times: 1, Body: "[]"},
	} {
		server.Faults.Set("Encrypt", f)
		if err := encrypt(t.Context()); err == nil || f.Code != "" && codeOf(err) != f.Code {
			t.Errorf("%+v: %v", f, err)
		}
		if err := encrypt(t.Context()); err != nil {
			t.Errorf("after %+v: %v", f, err)
		}
	}
	server.Faults.SetLatency(30 * time.Millisecond)
	var wg sync.WaitGroup
	for range 5 {
		wg.Go(func() {
			if err := encrypt(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if p := server.Faults.Peak(); p < 2 || p > 5 {
		t.Errorf("at once: %d", p)
	}
}
