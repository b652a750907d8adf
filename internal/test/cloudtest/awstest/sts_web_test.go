package awstest

import (
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

const webRole = "arn:aws:iam::111122223333:role/ci/decrypt"

// webWorld is an account that trusts pushes to main of one repository.
func webWorld(t *testing.T) (*IAM, *cloudtest.Issuer, *STS, *sts.Client) {
	t.Helper()
	iam, _ := NewIAM()
	issuer := cloudtest.NewIssuer(t, cloudtest.GitHubIssuer)
	iam.AddOIDCProvider(issuer, "sts.amazonaws.com")
	iam.AddWebIdentityRole(webRole, TrustPolicy{Issuer: issuer, StringEquals: map[string]string{"sub": "repo:octo-org/octo-repo:ref:refs/heads/main"}})
	server := NewSTS(t, iam)
	client := sts.New(sts.Options{BaseEndpoint: &server.URL, Region: "eu-west-1", RetryMaxAttempts: 1, Credentials: aws.AnonymousCredentials{}})
	return iam, issuer, server, client
}

func ask(token string) *sts.AssumeRoleWithWebIdentityInput {
	return &sts.AssumeRoleWithWebIdentityInput{
		RoleArn: aws.String(webRole), RoleSessionName: aws.String("gs-1"), WebIdentityToken: &token, DurationSeconds: aws.Int32(900),
	}
}

func claims(more ...any) map[string]any {
	c := map[string]any{"aud": "sts.amazonaws.com", "sub": "repo:octo-org/octo-repo:ref:refs/heads/main"}
	for i := 0; i < len(more); i += 2 {
		c[more[i].(string)] = more[i+1]
	}
	return c
}

func TestAssumeRoleWithWebIdentity(t *testing.T) {
	_, issuer, server, client := webWorld(t)
	for _, token := range []string{issuer.Issue(claims()), issuer.IssueES256(claims())} {
		out, err := client.AssumeRoleWithWebIdentity(t.Context(), ask(token))
		if err != nil {
			t.Fatal(err)
		}
		if got := *out.AssumedRoleUser.Arn; got != "arn:aws:sts::111122223333:assumed-role/decrypt/gs-1" {
			t.Errorf("the session is %s", got)
		}
		if got := *out.SubjectFromWebIdentityToken; got != "repo:octo-org/octo-repo:ref:refs/heads/main" {
			t.Errorf("the subject is %s", got)
		}
	}
	if n := len(server.Sessions()); n != 2 {
		t.Errorf("%d sessions", n)
	}
}

func TestAssumeRoleWithWebIdentityRefuses(t *testing.T) {
	_, issuer, server, client := webWorld(t)
	stranger := cloudtest.NewIssuer(t, "")
	long := ask(issuer.Issue(claims()))
	long.DurationSeconds = aws.Int32(7200)
	policy := ask(issuer.Issue(claims()))
	policy.Policy = aws.String(`{"Version":"2012-10-17","Statement":[{"Effect":"Maybe","Action":"*","Resource":"*"}]}`)
	now := time.Now()
	for name, c := range map[string]struct {
		in   *sts.AssumeRoleWithWebIdentityInput
		code string
	}{
		"other subject":  {ask(issuer.Issue(claims("sub", "repo:octo-org/octo-repo:pull_request"))), "AccessDenied"},
		"other audience": {ask(issuer.Issue(claims("aud", "https://vault.example"))), "InvalidIdentityToken"},
		"expired":        {ask(issuer.Issue(claims("exp", now.Add(-2*time.Minute).Unix()))), "ExpiredTokenException"},
		"not yet valid":  {ask(issuer.Issue(claims("nbf", now.Add(time.Hour).Unix()))), "InvalidIdentityToken"},
		"forged":         {ask(issuer.IssueForged(claims())), "InvalidIdentityToken"},
		"other issuer":   {ask(stranger.Issue(claims())), "InvalidIdentityToken"},
		"same name":      {ask(stranger.Issue(claims("iss", cloudtest.GitHubIssuer))), "InvalidIdentityToken"},
		"no token":       {ask("eyJ"), "InvalidIdentityToken"},
		"too long":       {long, "ValidationError"},
		"bad policy":     {policy, "MalformedPolicyDocument"},
	} {
		if _, err := client.AssumeRoleWithWebIdentity(t.Context(), c.in); codeOf(err) != c.code {
			t.Errorf("%s: got %v, want %s", name, err, c.code)
		}
	}
	if n := len(server.Sessions()); n != 0 {
		t.Errorf("%d sessions", n)
	}
}

// A session policy narrows what the role may do, for all services.
func TestSessionPolicyIsEnforced(t *testing.T) {
	iam, issuer, _, client := webWorld(t)
	other := strings.Replace(keyARN, "0001", "0009", 1)
	keys := NewKMS(t, KMSOptions{IAM: iam, Keys: []string{keyARN, other, aliasARN}})
	secrets, parameters := NewSecretsManager(t, iam), NewSSM(t, iam, "")
	arn := secrets.Put("eu-west-1", "111122223333", "ci/key", "throw-away")
	hidden := secrets.Put("eu-west-1", "111122223333", "other/key", "throw-away")
	parameters.Put("eu-west-1", "/ci/key", "throw-away")
	in := ask(issuer.Issue(claims()))
	in.Policy = aws.String(`{"Version":"2012-10-17","Statement":[
		{"Effect":"Allow","Action":"kms:Decrypt","Resource":["` + keyARN + `"]},
		{"Effect":"Allow","Action":"kms:Decrypt","Resource":"arn:aws:kms:eu-west-1:111122223333:key/*","Condition":{"StringEquals":{"kms:RequestAlias":"alias/web"}}},
		{"Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"arn:aws:secretsmanager:eu-west-1:111122223333:secret:ci/key-??????"},
		{"Effect":"Allow","Action":"ssm:GetParameter","Resource":"arn:aws:ssm:eu-west-1:111122223333:parameter/ci/key"}]}`)
	out, err := client.AssumeRoleWithWebIdentity(t.Context(), in)
	if err != nil {
		t.Fatal(err)
	}
	c := out.Credentials
	lent := credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)
	k := kms.New(kms.Options{BaseEndpoint: &keys.URL, Region: "eu-west-1", RetryMaxAttempts: 1, Credentials: lent})
	keys.mu.Lock()
	blob, strange := keys.keys[keyARN].seal([]byte("data key"), nil), keys.keys[other].seal([]byte("data key"), nil)
	aliased := keys.keys[keys.aliases[aliasARN]].seal([]byte("data key"), nil)
	keys.mu.Unlock()
	for name, c := range map[string]struct {
		id   string
		blob []byte
		code string
	}{
		"allowed": {keyARN, blob, ""}, "alias": {aliasARN, aliased, ""},
		"other": {other, strange, "AccessDeniedException"}, "behind the alias": {"", aliased, "AccessDeniedException"},
	} {
		in := &kms.DecryptInput{CiphertextBlob: c.blob}
		if c.id != "" {
			in.KeyId = &c.id
		}
		if _, err := k.Decrypt(t.Context(), in); codeOf(err) != c.code {
			t.Errorf("%s: got %v, want %q", name, err, c.code)
		}
	}
	sm := secretsmanager.New(secretsmanager.Options{BaseEndpoint: &secrets.URL, Region: "eu-west-1", RetryMaxAttempts: 1, Credentials: lent})
	for id, code := range map[string]string{arn: "", "ci/key": "", hidden: "AccessDeniedException", "none": "AccessDeniedException"} {
		if _, err := sm.GetSecretValue(t.Context(), &secretsmanager.GetSecretValueInput{SecretId: &id}); codeOf(err) != code {
			t.Errorf("%s: got %v, want %q", id, err, code)
		}
	}
	p := ssm.New(ssm.Options{BaseEndpoint: &parameters.URL, Region: "eu-west-1", RetryMaxAttempts: 1, Credentials: lent})
	for id, code := range map[string]string{"/ci/key": "", "/ci/key:1": "", "/ci/key:2": "ParameterVersionNotFound", "/other": "AccessDeniedException"} {
		if _, err := p.GetParameter(t.Context(), &ssm.GetParameterInput{Name: &id, WithDecryption: aws.Bool(true)}); codeOf(err) != code {
			t.Errorf("%s: got %v, want %q", id, err, code)
		}
	}
	iam.Expire(*c.AccessKeyId)
	if _, err := k.Decrypt(t.Context(), &kms.DecryptInput{CiphertextBlob: blob}); codeOf(err) != "ExpiredTokenException" {
		t.Errorf("after the end: %v", err)
	}
}

func TestRoleChain(t *testing.T) {
	iam, issuer, server, client := webWorld(t)
	const next = "arn:aws:iam::444455556666:role/target"
	iam.AddRole(next, func(principal string) bool { return strings.Contains(principal, ":assumed-role/decrypt/") })
	iam.RequireExternalID(next, "throw-away-id")
	out, err := client.AssumeRoleWithWebIdentity(t.Context(), ask(issuer.Issue(claims())))
	if err != nil {
		t.Fatal(err)
	}
	c := out.Credentials
	chained := sts.New(sts.Options{BaseEndpoint: &server.URL, Region: "eu-west-1", RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider(*c.AccessKeyId, *c.SecretAccessKey, *c.SessionToken)})
	in := &sts.AssumeRoleInput{RoleArn: aws.String(next), RoleSessionName: aws.String("gs-1"), DurationSeconds: aws.Int32(900)}
	if _, err := chained.AssumeRole(t.Context(), in); codeOf(err) != "AccessDenied" {
		t.Errorf("without an external id: %v", err)
	}
	in.ExternalId = aws.String("throw-away-id")
	if _, err := chained.AssumeRole(t.Context(), in); err != nil {
		t.Error(err)
	}
	in.DurationSeconds = aws.Int32(7200)
	if _, err := chained.AssumeRole(t.Context(), in); err == nil || !strings.Contains(err.Error(), "1 hour session limit") {
		t.Errorf("two hours: %v", err)
	}
}
