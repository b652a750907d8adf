package aws

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest/awstest"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	cloudRole  = "arn:aws:iam::111122223333:role/ci/decrypt"
	cloudKey   = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000001"
	cloudOther = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000002"
	cloudAlias = "arn:aws:kms:eu-west-1:111122223333:alias/ci"
	storeKey   = "arn:aws:kms:eu-west-1:111122223333:key/00000000-0000-4000-8000-000000000003"
)

// account is an AWS account that trusts pushes to main of one repository of GitHub, whose tokens it verifies; what its
// STS lends is all that its other services take, within the session policy.
type account struct {
	iam        *awstest.IAM
	github     *cloudtest.GitHub
	sts        *awstest.STS
	kms        *awstest.KMS
	secrets    *awstest.SecretsManager
	parameters *awstest.SSM
	env        map[string]string
	world      *oidc.World
}

func newAccount(t *testing.T, job cloudtest.GitHubJob) *account {
	iam, _ := awstest.NewIAM()
	issuer := cloudtest.NewIssuer(t, cloudtest.GitHubIssuer)
	iam.AddOIDCProvider(issuer, "sts.amazonaws.com")
	iam.AddWebIdentityRole(cloudRole, awstest.TrustPolicy{Issuer: issuer, StringEquals: map[string]string{"sub": "repo:octo-org/octo-repo:ref:refs/heads/main"}})
	a := &account{
		iam: iam, github: cloudtest.NewGitHub(t, issuer), sts: awstest.NewSTS(t, iam),
		kms:     awstest.NewKMS(t, awstest.KMSOptions{IAM: iam, Keys: []string{cloudKey, cloudOther, cloudAlias}}),
		secrets: awstest.NewSecretsManager(t, iam), parameters: awstest.NewSSM(t, iam, storeKey),
	}
	a.env = map[string]string{
		"AWS_ENDPOINT_URL_STS": a.sts.URL, "AWS_ENDPOINT_URL_KMS": a.kms.URL,
		"AWS_ENDPOINT_URL_SECRETS_MANAGER": a.secrets.URL, "AWS_ENDPOINT_URL_SSM": a.parameters.URL,
		// What a job may have lying around, and what is not used.
		"AWS_PROFILE": "dev", "AWS_ACCESS_KEY_ID": "AKIAWRONG", "AWS_SECRET_ACCESS_KEY": "wrong",
	}
	for _, pair := range a.github.Env(job) {
		name, value, _ := strings.Cut(pair, "=")
		a.env[name] = value
	}
	a.world = &oidc.World{Getenv: func(name string) string { return a.env[name] }, Caller: call.Caller{Sleep: awsWorld(nil).Sleep}}
	return a
}

func (a *account) provider(t *testing.T, s Settings, need Resources) *Lender {
	t.Helper()
	source, err := oidc.Detect(a.world, oidc.Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if s.RoleARN == "" {
		s.RoleARN = cloudRole
	}
	s.Region = "eu-west-1"
	p, err := New(a.world, source, s, "", need)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// seal encrypts as somebody with a role of all permissions.
func (a *account) seal(t *testing.T, key string) []byte {
	t.Helper()
	cfg, err := a.provider(t, Settings{SessionPolicy: "none"}, Resources{}).Config(context.Background(), "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	out, err := kms.NewFromConfig(cfg).Encrypt(context.Background(), &kms.EncryptInput{KeyId: &key, Plaintext: []byte("throw-away")})
	if err != nil {
		t.Fatal(err)
	}
	return out.CiphertextBlob
}

// From the job's identity to what is needed, and no further.
func TestAWSAccount(t *testing.T) {
	a := newAccount(t, cloudtest.GitHubJob{})
	arn := a.secrets.PutBinary("eu-west-1", "111122223333", "ci/sops", []byte("by ARN"))
	a.secrets.Put("eu-west-1", "111122223333", "ci/named", "by name")
	a.secrets.Put("eu-west-1", "111122223333", "ci/other", "not asked for")
	a.parameters.Put("eu-west-1", "/ci/key", "first")
	a.parameters.Put("eu-west-1", "/ci/key", "second")
	a.parameters.Put("eu-west-1", "/ci/other", "not asked for")
	sealed := map[string][]byte{}
	for _, key := range []string{cloudKey, cloudOther, cloudAlias} {
		sealed[key] = a.seal(t, key)
	}
	before := len(a.sts.Sessions())

	p := a.provider(t, Settings{AllowedAccountIDs: []string{"111122223333"}}, Resources{
		KMSKeys: []string{cloudKey, cloudAlias}, Secrets: []policy.Reference{secretRef(arn), secretRef("ci/named")}, Parameters: []policy.Reference{parameterRef("/ci/key")},
	})
	cfg, err := p.Config(context.Background(), "eu-west-1")
	if err != nil {
		t.Fatal(err)
	}
	client := kms.NewFromConfig(cfg)
	for key, allowed := range map[string]bool{cloudKey: true, cloudAlias: true, cloudOther: false} {
		out, err := client.Decrypt(context.Background(), &kms.DecryptInput{KeyId: &key, CiphertextBlob: sealed[key]})
		if allowed != (err == nil) || allowed && string(out.Plaintext) != "throw-away" {
			t.Errorf("%s: %v", key, err)
		}
	}
	if _, err := client.GenerateDataKey(context.Background(), &kms.GenerateDataKeyInput{KeyId: aws.String(cloudKey), KeySpec: types.DataKeySpecAes256}); err == nil {
		t.Error("the session may do more than decrypt")
	}
	for _, test := range []struct {
		ref  policy.Reference
		want string // empty: refused
	}{
		{secretRef(arn), "by ARN"}, {secretRef("ci/named"), "by name"}, {secretRef("ci/other"), ""},
		{parameterRef("/ci/key"), "second"}, {parameterRef("/ci/key", "version", "1"), "first"}, {parameterRef("/ci/other"), ""},
	} {
		got, err := p.Read(context.Background(), test.ref)
		if string(got) != test.want || test.want == "" && problemOf(err) != call.Refused || test.want != "" && err != nil {
			t.Errorf("%s %v: got %q, %v", test.ref.Text, test.ref.Params, got, err)
		}
	}
	if _, err := p.Read(context.Background(), parameterRef("/ci/key", "version", "9")); problemOf(err) != call.BadKey {
		t.Errorf("no such version: %v", err)
	}
	a.secrets.Delete(arn)
	if _, err := p.Read(context.Background(), secretRef(arn)); problemOf(err) != call.BadKey || !strings.Contains(err.Error(), "marked for deletion") {
		t.Errorf("a deleted secret: %v", err)
	}
	sessions := a.sts.Sessions()[before:]
	if len(sessions) != 1 || sessions[0].Subject != "repo:octo-org/octo-repo:ref:refs/heads/main" || sessions[0].Name != "gs-1234567890.1-octo-org.octo-repo" {
		t.Errorf("sessions %+v", sessions)
	}
	if got, want := p.Identity().ARN, sessions[0].Caller.ARN; got != want {
		t.Errorf("identity %s, want %s", got, want)
	}
}

// Credentials that end while the job runs are replaced.
func TestAWSAccountExpires(t *testing.T) {
	a := newAccount(t, cloudtest.GitHubJob{})
	a.parameters.Put("eu-west-1", "/ci/key", "value")
	p := a.provider(t, Settings{}, Resources{Parameters: []policy.Reference{parameterRef("/ci/key")}})
	for want := 1; want <= 2; want++ {
		got, err := p.Read(context.Background(), parameterRef("/ci/key"))
		sessions := a.sts.Sessions()
		if err != nil || string(got) != "value" || len(sessions) != want {
			t.Fatalf("got %q, %v with %d sessions, want %d", got, err, len(sessions), want)
		}
		a.iam.Expire(sessions[want-1].Caller.AccessKey)
	}
}

func TestAWSAccountRefuses(t *testing.T) {
	for name, test := range map[string]struct {
		job    cloudtest.GitHubJob
		change func(*account, *Settings, *string)
		want   string // in the error or its hint
	}{
		"another repository": {cloudtest.GitHubJob{Repository: "octo-org/evil"}, nil, `sub "repo:octo-org/evil:ref:refs/heads/main"`},
		"immutable subject":  {cloudtest.GitHubJob{Immutable: true}, nil, `"token.actions.githubusercontent.com:sub":"repo:octo-org@65/octo-repo@74:ref:refs/heads/main"`},
		"pull request":       {cloudtest.GitHubJob{Event: "pull_request"}, nil, `sub "repo:octo-org/octo-repo:pull_request"`},
		"audience":           {cloudtest.GitHubJob{}, func(_ *account, _ *Settings, audience *string) { *audience = "https://vault.example" }, "Incorrect token audience"},
		"duration":           {cloudtest.GitHubJob{}, func(_ *account, s *Settings, _ *string) { s.Duration = 2 * 3600e9 }, "shorter session"},
		"no such role":       {cloudtest.GitHubJob{}, func(_ *account, s *Settings, _ *string) { s.RoleARN = cloudRole + "s" }, "AccessDenied"},
		"policy":             {cloudtest.GitHubJob{}, func(_ *account, s *Settings, _ *string) { s.SessionPolicy = `{"Statement":1}` }, "MalformedPolicyDocument"},
		"job is over":        {cloudtest.GitHubJob{}, func(a *account, _ *Settings, _ *string) { a.github.End() }, "Completed"},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAccount(t, test.job)
			s, audience := Settings{RoleARN: cloudRole, Region: "eu-west-1"}, ""
			if test.change != nil {
				test.change(a, &s, &audience)
			}
			source, err := oidc.Detect(a.world, oidc.Settings{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := New(a.world, source, s, audience, Resources{})
			if err != nil {
				t.Fatal(err)
			}
			_, err = p.Retrieve(context.Background())
			cfg, configErr := p.Config(context.Background(), "eu-west-1")
			if configErr != nil {
				t.Fatal(configErr)
			}
			// Who uses the credentials finds the reason in the SDK's error.
			_, keyErr := kms.NewFromConfig(cfg).Decrypt(context.Background(), &kms.DecryptInput{CiphertextBlob: []byte("x")})
			if problemOf(keyErr) != call.Refused || a.kms.Faults.Count("") != 0 {
				t.Errorf("KMS: %v after %d calls", keyErr, a.kms.Faults.Count(""))
			}
			var e *call.Error
			if !errors.As(err, &e) || e.Failure != call.Refused || !strings.Contains(e.Error()+e.Hint, test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			checkQuiet(t, e.Error()+e.Hint)
			if n := len(a.sts.Sessions()); n != 0 {
				t.Errorf("%d sessions", n)
			}
		})
	}
}

// A role behind a role: the first session may only assume the second, which asks for an external id.
func TestAWSAccountChain(t *testing.T) {
	const second = "arn:aws:iam::111122223333:role/deep/decrypt"
	a := newAccount(t, cloudtest.GitHubJob{})
	a.iam.AddRole(second, func(principal string) bool { return strings.Contains(principal, ":assumed-role/decrypt/gs-") })
	a.iam.RequireExternalID(second, "ext-1")
	sealed := a.seal(t, cloudKey)
	for id, allowed := range map[string]bool{"ext-1": true, "ext-2": false} {
		p := a.provider(t, Settings{Chain: []ChainedRole{{ARN: second, ExternalID: id}}}, Resources{KMSKeys: []string{cloudKey}})
		_, err := p.Retrieve(context.Background())
		if allowed != (err == nil) || !allowed && problemOf(err) != call.Refused {
			t.Errorf("%s: %v", id, err)
		}
		if !allowed {
			continue
		}
		cfg, err := p.Config(context.Background(), "eu-west-1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kms.NewFromConfig(cfg).Decrypt(context.Background(), &kms.DecryptInput{CiphertextBlob: sealed}); err != nil {
			t.Error(err)
		}
	}
}
