package aws

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

func ambientTest(t *testing.T, script ...any) *awsTest {
	a := newAWSTest(t, script...)
	a.settings.Ambient, a.settings.RoleARN = true, ""
	return a
}

func withKeys(a *awsTest) *awsTest {
	a.env["AWS_ACCESS_KEY_ID"], a.env["AWS_SECRET_ACCESS_KEY"], a.env["AWS_SESSION_TOKEN"] = "AKIAAMBIENT", awsSecret, "throw-away-token"
	return a
}

// Credentials of the environment are used as they are, without a source, and only when they are asked for.
func TestAWSAmbient(t *testing.T) {
	a := withKeys(ambientTest(t))
	p, err := New(a.world, nil, a.settings, "", a.need)
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Retrieve(context.Background())
	if err != nil || got.AccessKeyID != "AKIAAMBIENT" || len(a.sts.seen()) != 0 {
		t.Errorf("%v, %d requests", err, len(a.sts.seen()))
	}
	a.settings.Ambient, a.settings.RoleARN = false, awsRole
	p = a.make(t)
	if got, err := p.Retrieve(context.Background()); err != nil || got.AccessKeyID != "ASIATHROWAWAY" || a.sts.seen()[0].header.Get("Authorization") != "" {
		t.Errorf("not asked for: %v", err)
	}
}

func TestAWSAmbientAccounts(t *testing.T) {
	identity := func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::111122223333:user/x</Arn><Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`)
	}
	for account, want := range map[string]call.Failure{"111122223333": 255, "444455556666": call.Refused} {
		a := withKeys(ambientTest(t, identity))
		a.settings.AllowedAccountIDs = []string{account}
		p := a.make(t)
		_, err := p.Retrieve(context.Background())
		if problemOf(err) != want || len(a.sts.seen()) != 1 || !strings.Contains(a.sts.seen()[0].header.Get("Authorization"), "AKIAAMBIENT") {
			t.Errorf("%s: %v", account, err)
		}
		if err == nil && p.Identity().ARN != "arn:aws:iam::111122223333:user/x" {
			t.Errorf("identity %+v", p.Identity())
		}
	}
}

func TestAWSAmbientRole(t *testing.T) {
	a := withKeys(ambientTest(t))
	a.settings.RoleARN = awsRole
	if err := a.retrieve(t); err != nil {
		t.Fatal(err)
	}
	policy, _, _ := derivedPolicy(a.need)
	seen := a.sts.seen()
	if len(seen) != 1 || seen[0].form.Get("Action") != "AssumeRole" || seen[0].form.Get("Policy") != policy || a.source.count() != 0 ||
		seen[0].header.Get("X-Amz-Security-Token") != "throw-away-token" {
		t.Errorf("%d requests, %v", len(seen), seen[0].form.Get("Action"))
	}
	a = withKeys(ambientTest(t, "403 InvalidClientTokenId: The security token included in the request is invalid."))
	a.settings.RoleARN = awsRole
	if err := a.retrieve(t); problemOf(err) != call.Refused || len(a.sts.seen()) != 1 {
		t.Errorf("wrong keys: %v", err)
	}
}

// A pod's role is assumed with the pod's token, under the derived policy.
func TestAWSAmbientPod(t *testing.T) {
	const wanted = "arn:aws:iam::444455556666:role/wanted"
	file := filepath.Join(t.TempDir(), "token")
	token := citest.Unsigned(map[string]any{"iss": "https://oidc.eks.example.com/id/1", "sub": "system:serviceaccount:ci:runner", "aud": []string{"sts.amazonaws.com"}, "exp": citest.Noon().Add(time.Hour).Unix()})
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for role, hops := range map[string]int{"": 1, awsRole: 1, wanted: 2} {
		a := ambientTest(t, assumed(awsSession), assumed("arn:aws:sts::444455556666:assumed-role/wanted/gs-1"))
		a.settings.RoleARN = role
		a.env["AWS_ROLE_ARN"], a.env["AWS_WEB_IDENTITY_TOKEN_FILE"] = awsRole, file
		if err := a.retrieve(t); err != nil {
			t.Errorf("%q: %v", role, err)
			continue
		}
		seen := a.sts.seen()
		if len(seen) != hops || seen[0].form.Get("WebIdentityToken") != token || seen[0].form.Get("RoleArn") != awsRole || seen[0].form.Get("Policy") == "" {
			t.Errorf("%q: %d requests, %q", role, len(seen), seen[0].form.Get("RoleArn"))
		}
		if hops == 2 && (seen[1].form.Get("Action") != "AssumeRole" || seen[1].form.Get("RoleArn") != wanted) {
			t.Errorf("%q: then %q of %q", role, seen[1].form.Get("Action"), seen[1].form.Get("RoleArn"))
		}
	}
}

func TestAWSAmbientContainer(t *testing.T) {
	var auth string
	agent := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		auth = r.Header.Get("Authorization")
		if r.URL.Path != "/creds" {
			http.Error(w, "{}", 404)
			return
		}
		io.WriteString(w, `{"AccessKeyId":"ASIACONTAINER","SecretAccessKey":"throw-away","Token":"throw-away","Expiration":"`+citest.Noon().Add(time.Hour).Format(time.RFC3339)+`"}`)
	}))
	defer agent.Close()
	token := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(token, []byte("throw-away-agent-token"), 0o600); err != nil {
		t.Fatal(err)
	}
	a := ambientTest(t)
	a.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"], a.env["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = agent.URL+"/creds", token
	got, err := a.make(t).Retrieve(context.Background())
	if err != nil || got.AccessKeyID != "ASIACONTAINER" || auth != "throw-away-agent-token" {
		t.Errorf("%v, %q", err, auth)
	}
	a.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = agent.URL + "/none"
	if err := a.retrieve(t); problemOf(err) != call.NoIdentity {
		t.Errorf("not found: %v", err)
	}
	for _, url := range []string{"http://evil.example.com/", "http://169.254.169.254/", "http://u:p@169.254.170.2/", "file:///etc/passwd"} {
		a.env["AWS_CONTAINER_CREDENTIALS_FULL_URI"] = url
		if _, err := New(a.world, nil, a.settings, "", a.need); problemOf(err) != call.BadSetting {
			t.Errorf("%s: %v", url, err)
		}
	}
	for _, path := range []string{"@evil.example.com/", ".evil.example.com/", ":80@evil.example.com/"} {
		b := ambientTest(t)
		b.env["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"] = path
		if _, err := New(b.world, nil, b.settings, "", b.need); problemOf(err) != call.BadSetting {
			t.Errorf("%s: %v", path, err)
		}
	}
}

func TestAWSAmbientNothing(t *testing.T) {
	a := ambientTest(t)
	a.env["AWS_EC2_METADATA_DISABLED"] = "true"
	if _, err := New(a.world, nil, a.settings, "", a.need); problemOf(err) != call.NoIdentity {
		t.Error(err)
	}
	a.settings.SessionPolicy = `{"Statement":[]}`
	if _, err := New(a.world, nil, a.settings, "", a.need); problemOf(err) != call.BadSetting {
		t.Errorf("a policy without a role: %v", err)
	}
}

// The machine's metadata are the last resort.
func TestAWSAmbientMachine(t *testing.T) {
	machine := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.Method == http.MethodPut:
			w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "600")
			io.WriteString(w, "throw-away-imds-token")
		case strings.HasSuffix(r.URL.Path, "/security-credentials/"):
			io.WriteString(w, "runner")
		default:
			io.WriteString(w, `{"Code":"Success","AccessKeyId":"ASIAMACHINE","SecretAccessKey":"throw-away","Token":"throw-away","Expiration":"`+time.Now().Add(time.Hour).UTC().Format(time.RFC3339)+`"}`)
		}
	}))
	defer machine.Close()
	a := ambientTest(t)
	a.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = machine.URL
	got, err := a.make(t).Retrieve(context.Background())
	if err != nil || got.AccessKeyID != "ASIAMACHINE" {
		t.Errorf("%v", err)
	}
}

// On a runner in a pod the variable of the role may be the pod's.
func TestAWSPodRoleInJob(t *testing.T) {
	for file, want := range map[string]int{"": 0, "/var/run/secrets/token": 1} {
		a := newAWSTest(t)
		a.env["AWS_ROLE_ARN"], a.env["AWS_WEB_IDENTITY_TOKEN_FILE"] = awsRole, file
		var warnings []string
		a.world.Warn = func(text string) { warnings = append(warnings, text) }
		if err := a.retrieve(t); err != nil || len(warnings) != want {
			t.Errorf("%q: %v, %q", file, err, warnings)
		}
	}
}
