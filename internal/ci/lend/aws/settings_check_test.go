package aws

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
)

func TestAWSSettings(t *testing.T) {
	const other = "arn:aws:iam::444455556666:role/other"
	tests := map[string]struct {
		change func(*awsTest)
		want   call.Failure // 255: none
	}{
		"as it is":                  {func(a *awsTest) {}, 255},
		"no role":                   {func(a *awsTest) { a.settings.RoleARN = "" }, call.BadSetting},
		"no region":                 {func(a *awsTest) { a.settings.Region = "" }, call.BadSetting},
		"hostile region":            {func(a *awsTest) { a.settings.Region = "evil.com/x#" }, call.BadSetting},
		"role of a user":            {func(a *awsTest) { a.settings.RoleARN = "arn:aws:iam::111122223333:user/x" }, call.BadSetting},
		"role with a star":          {func(a *awsTest) { a.settings.RoleARN = "arn:aws:iam::111122223333:role/*" }, call.BadSetting},
		"role without a name":       {func(a *awsTest) { a.settings.RoleARN = "arn:aws:iam::111122223333:role/" }, call.BadSetting},
		"role with a short account": {func(a *awsTest) { a.settings.RoleARN = "arn:aws:iam::123:role/x" }, call.BadSetting},
		"role with a quote":         {func(a *awsTest) { a.settings.RoleARN = `arn:aws:iam::111122223333:role/x"` }, call.BadSetting},
		"role of China":             {func(a *awsTest) { a.settings.RoleARN = "arn:aws-cn:iam::111122223333:role/x" }, call.BadSetting},
		"session name":              {func(a *awsTest) { a.settings.SessionName = "a/b" }, call.BadSetting},
		"short session name":        {func(a *awsTest) { a.settings.SessionName = "a" }, call.BadSetting},
		"long session name":         {func(a *awsTest) { a.settings.SessionName = strings.Repeat("a", 65) }, call.BadSetting},
		"899 s":                     {func(a *awsTest) { a.settings.Duration = 899 * time.Second }, call.BadSetting},
		"900 s":                     {func(a *awsTest) { a.settings.Duration = 900 * time.Second }, 255},
		"12 h":                      {func(a *awsTest) { a.settings.Duration = 12 * time.Hour }, 255},
		"43201 s":                   {func(a *awsTest) { a.settings.Duration = 43201 * time.Second }, call.BadSetting},
		"-1 s":                      {func(a *awsTest) { a.settings.Duration = -time.Second }, call.BadSetting},
		"900.5 s":                   {func(a *awsTest) { a.settings.Duration = 900*time.Second + time.Millisecond }, call.BadSetting},
		"chain of 1 h":              {func(a *awsTest) { a.settings.Chain, a.settings.Duration = []ChainedRole{{ARN: other}}, time.Hour }, 255},
		"chain of 61 min":           {func(a *awsTest) { a.settings.Chain, a.settings.Duration = []ChainedRole{{ARN: other}}, 61*time.Minute }, call.BadSetting},
		"chain to nowhere":          {func(a *awsTest) { a.settings.Chain = []ChainedRole{{ARN: "x"}} }, call.BadSetting},
		"bad external id":           {func(a *awsTest) { a.settings.Chain = []ChainedRole{{ARN: other, ExternalID: "a b"}} }, call.BadSetting},
		"account":                   {func(a *awsTest) { a.settings.AllowedAccountIDs = []string{" ", "111122223333 ", ""} }, 255},
		"another account":           {func(a *awsTest) { a.settings.AllowedAccountIDs = []string{"444455556666"} }, call.Refused},
		"account in the chain": {func(a *awsTest) {
			a.settings.AllowedAccountIDs, a.settings.Chain = []string{"111122223333"}, []ChainedRole{{ARN: other}}
		}, call.Refused},
		"no account":        {func(a *awsTest) { a.settings.AllowedAccountIDs = []string{"12"} }, call.BadSetting},
		"policy":            {func(a *awsTest) { a.settings.SessionPolicy = `{"Version":"2012-10-17","Statement":[]}` }, 255},
		"not JSON":          {func(a *awsTest) { a.settings.SessionPolicy = `{"Version"` }, call.BadSetting},
		"a list":            {func(a *awsTest) { a.settings.SessionPolicy = `[]` }, call.BadSetting},
		"a word":            {func(a *awsTest) { a.settings.SessionPolicy = `of` }, call.BadSetting},
		"long policy":       {func(a *awsTest) { a.settings.SessionPolicy = `{"a":"` + strings.Repeat("x", 2048) + `"}` }, call.BadSetting},
		"policy in Chinese": {func(a *awsTest) { a.settings.SessionPolicy = `{"a":"好"}` }, call.BadSetting},
		"hostile key":       {func(a *awsTest) { a.need.KMSKeys = []string{"arn:aws:kms:eu-west-1:111122223333:key/*"} }, call.BadKey},
		"hostile key, no policy": {func(a *awsTest) {
			a.settings.SessionPolicy, a.need.KMSKeys = "none", []string{"arn:aws:kms:evil.com/x#:111122223333:key/1"}
		}, call.BadKey},
		"key of China":     {func(a *awsTest) { a.need.KMSKeys = []string{"arn:aws-cn:kms:cn-north-1:111122223333:key/1"} }, call.BadKey},
		"FIPS":             {func(a *awsTest) { a.env["AWS_USE_FIPS_ENDPOINT"] = "TRUE" }, 255},
		"FIPS, maybe":      {func(a *awsTest) { a.env["AWS_USE_FIPS_ENDPOINT"] = "maybe" }, call.BadSetting},
		"endpoint of http": {func(a *awsTest) { a.env["AWS_ENDPOINT_URL_STS"] = "http://sts.example.com" }, call.BadSetting},
		"KMS of http":      {func(a *awsTest) { a.env["AWS_ENDPOINT_URL_KMS"] = "http://kms.example.com" }, call.BadSetting},
		"endpoint of a user, ignored": {func(a *awsTest) {
			a.env["AWS_ENDPOINT_URL"], a.env["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = "https://u:p@example.com", "true"
		}, 255},
		"CA bundle": {func(a *awsTest) { a.env["AWS_CA_BUNDLE"] = "testdata/none.pem" }, call.BadSetting},
	}
	for name, test := range tests {
		a := newAWSTest(t)
		test.change(a)
		_, err := New(a.world, a.source, a.settings, "", a.need)
		if got := problemOf(err); got != test.want {
			t.Errorf("%s: got problem %d: %v, want %d", name, got, err, test.want)
		}
		if n := len(a.sts.seen()); n != 0 || a.source.count() != 0 {
			t.Errorf("%s: %d requests, %d tokens", name, n, a.source.count())
		}
	}
	a := newAWSTest(t)
	if _, err := New(a.world, nil, a.settings, "", a.need); problemOf(err) != call.NoIdentity {
		t.Errorf("no source: %v", err)
	}
}

// What the answer says about the account counts, not only what was asked for.
func TestAWSAllowedAccounts(t *testing.T) {
	for _, answer := range []string{"", "arn:aws:sts::444455556666:assumed-role/decrypt/gs-1"} {
		a := newAWSTest(t, assumed(answer))
		a.settings.AllowedAccountIDs = []string{"111122223333"}
		if err := a.retrieve(t); problemOf(err) != call.Refused {
			t.Errorf("%q: %v", answer, err)
		}
	}
	// A server that is not AWS's may say nothing.
	a := newAWSTest(t, assumed(""))
	if err := a.retrieve(t); err != nil {
		t.Error(err)
	}
}

func TestAWSSessionNameOfRun(t *testing.T) {
	a := newAWSTest(t)
	a.settings.SessionName = ""
	a.env["GITHUB_ACTIONS"], a.env["GITHUB_RUN_ID"], a.env["GITHUB_RUN_ATTEMPT"], a.env["GITHUB_REPOSITORY"] = "true", "4711", "2", "Org_x/ré.po"+strings.Repeat("-long", 20)
	if err := a.retrieve(t); err != nil {
		t.Fatal(err)
	}
	name := a.sts.seen()[0].form.Get("RoleSessionName")
	if len(name) > 64 || !strings.HasPrefix(name, "gs-4711.2-Org_x.r") || !only(name, alnum+"_+=,.@-") {
		t.Errorf("session name %q", name)
	}
}

func TestAWSPolicyTooLarge(t *testing.T) {
	const tooLarge = "400 PackedPolicyTooLarge: Packed size of session tags consumes 104% of allotted space."
	a := newAWSTest(t, tooLarge, assumed(awsSession))
	var warnings []string
	a.world.Warn = func(text string) { warnings = append(warnings, text) }
	p := a.make(t)
	if _, err := p.Retrieve(context.Background()); err != nil {
		t.Fatal(err)
	}
	seen := a.sts.seen()
	if len(seen) != 2 || !strings.Contains(seen[1].form.Get("Policy"), `"arn:aws:kms:eu-central-1:111122223333:key/*"`) || !p.Identity().Collapsed || len(warnings) != 1 {
		t.Errorf("%d requests, %q, %+v, %q", len(seen), seen[len(seen)-1].form.Get("Policy"), p.Identity(), warnings)
	}
	for name, policy := range map[string]string{"for good": "auto", "written": `{"Version":"2012-10-17","Statement":[]}`} {
		a := newAWSTest(t, tooLarge)
		a.settings.SessionPolicy = policy
		want := map[string]int{"for good": 2, "written": 1}[name]
		if err := a.retrieve(t); problemOf(err) != call.Refused || len(a.sts.seen()) != want {
			t.Errorf("%s: %v after %d requests, want %d", name, err, len(a.sts.seen()), want)
		}
	}
	// Too many keys: collapsed before anything is sent.
	a = newAWSTest(t)
	a.need.KMSKeys = manyKeys(60)
	if p := a.make(t); !p.Identity().Collapsed || len(p.Identity().Policy) > maxSessionPolicy {
		t.Errorf("60 keys: %+v", p.Identity())
	}
	for policy, want := range map[string]string{"none": "", `{ "Statement": [] }`: `{ "Statement": [] }`} {
		a := newAWSTest(t)
		a.settings.SessionPolicy = policy
		if err := a.retrieve(t); err != nil || a.sts.seen()[0].form.Get("Policy") != want {
			t.Errorf("%s: %v, %q", policy, err, a.sts.seen()[0].form)
		}
		if _, sent := a.sts.seen()[0].form["Policy"]; sent != (want != "") {
			t.Errorf("%s: an empty policy is sent", policy)
		}
	}
}

func TestAWSChain(t *testing.T) {
	const second, third = "arn:aws:iam::444455556666:role/hop", "arn:aws:iam::777788889999:role/deep/decrypt"
	a := newAWSTest(t, assumed(awsSession), "500 InternalFailure: x",
		assumed("arn:aws:sts::444455556666:assumed-role/hop/gs-1"), assumed("arn:aws:sts::777788889999:assumed-role/decrypt/gs-1"))
	a.settings.Chain = []ChainedRole{{ARN: second, ExternalID: "ext-1"}, {ARN: third}}
	a.settings.Duration = 30 * time.Minute
	p := a.make(t)
	if _, err := p.Retrieve(context.Background()); err != nil {
		t.Fatal(err)
	}
	policy, _, _ := derivedPolicy(a.need)
	hop := func(next string) string {
		return `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole","Resource":"` + next + `"}]}`
	}
	want := [][]string{
		{"AssumeRoleWithWebIdentity", awsRole, "900", hop(second), ""},
		{"AssumeRole", second, "900", hop(third), "ext-1"},
		{"AssumeRole", second, "900", hop(third), "ext-1"},
		{"AssumeRole", third, "1800", policy, ""},
	}
	seen := a.sts.seen()
	if len(seen) != len(want) || a.source.count() != 1 {
		t.Fatalf("%d requests, %d tokens", len(seen), a.source.count())
	}
	for i, r := range seen {
		var got []string
		for _, name := range []string{"Action", "RoleArn", "DurationSeconds", "Policy", "ExternalId"} {
			got = append(got, r.form.Get(name))
		}
		if !slices.Equal(got, want[i]) {
			t.Errorf("request %d: got %q, want %q", i, got, want[i])
		}
		auth := r.header.Get("Authorization")
		if signed := strings.Contains(auth, "/eu-central-1/sts/aws4_request"); signed != (i > 0) {
			t.Errorf("request %d: Authorization %q", i, auth)
		}
	}
	if id := p.Identity(); id.Account != "777788889999" || id.ARN != "arn:aws:sts::777788889999:assumed-role/decrypt/gs-1" {
		t.Errorf("identity %+v", id)
	}
	a = newAWSTest(t, assumed(awsSession), "403 AccessDenied: User: x is not authorized to perform: sts:AssumeRole")
	a.settings.Chain = []ChainedRole{{ARN: second, ExternalID: "ext-1"}}
	if err := a.retrieve(t); problemOf(err) != call.Refused || len(a.sts.seen()) != 2 {
		t.Errorf("%v after %d requests", err, len(a.sts.seen()))
	}
}

// A file may name the role that the job has already.
func TestAWSChainOfHeldRole(t *testing.T) {
	const second = "arn:aws:iam::444455556666:role/hop"
	a := newAWSTest(t, assumed(awsSession), assumed("arn:aws:sts::444455556666:assumed-role/hop/gs-1"))
	a.settings.Chain = []ChainedRole{{ARN: awsRole}, {ARN: second}, {ARN: second}}
	if err := a.retrieve(t); err != nil || len(a.sts.seen()) != 2 {
		t.Errorf("%v after %d requests", err, len(a.sts.seen()))
	}
}
