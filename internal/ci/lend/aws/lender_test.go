package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/job"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

const (
	awsRole    = "arn:aws:iam::111122223333:role/ci/decrypt"
	awsSession = "arn:aws:sts::111122223333:assumed-role/decrypt/gs-1"
	awsSecret  = "throw-away-secret-access-key" // throw-away, of no account
)

// awsWorld is a World with the given variables, a clock that stands still and no waiting.
func awsWorld(env map[string]string) *oidc.World {
	return &oidc.World{
		Getenv: func(name string) string { return env[name] },
		Caller: call.Caller{
			Clock: citest.Noon,
			Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
		},
	}
}

// countedSource mints tokens that say how many there were.
type countedSource struct {
	mu      sync.Mutex
	minted  int
	subject string
	life    time.Duration
}

func (s *countedSource) Provider() job.Provider { return job.GitHub }

func (s *countedSource) Token(_ context.Context, audience string) (*oidc.Token, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.minted++
	subject, life := s.subject, s.life
	if subject == "" {
		subject = "repo:octo-org/octo-repo:ref:refs/heads/main"
	}
	if life == 0 {
		life = 5 * time.Minute
	}
	return oidc.ParseToken(citest.Unsigned(map[string]any{
		"iss": "https://token.actions.githubusercontent.com", "sub": subject, "aud": audience,
		"jti": fmt.Sprint(s.minted), "exp": citest.Noon().Add(life).Unix(),
	}))
}

func (s *countedSource) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.minted
}

// stsRequest is one request as it came in.
type stsRequest struct {
	form   url.Values
	header http.Header
	host   string
}

// fakeSTS answers with a script; the last entry repeats. An entry is a function, or a text "STATUS CODE: message".
type fakeSTS struct {
	*httptest.Server
	mu       sync.Mutex
	requests []stsRequest
	script   []any
}

func newFakeSTS(t *testing.T, script ...any) *fakeSTS {
	t.Helper()
	f := &fakeSTS{script: script}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeSTS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	r.ParseForm()
	f.mu.Lock()
	f.requests = append(f.requests, stsRequest{r.PostForm, r.Header, r.Host})
	var next any = assumed(awsSession)
	if len(f.script) > 0 {
		next = f.script[0]
		if len(f.script) > 1 {
			f.script = f.script[1:]
		}
	}
	f.mu.Unlock()
	if answer, ok := next.(func(http.ResponseWriter, *http.Request)); ok {
		answer(w, r)
		return
	}
	var status int
	head, message, _ := strings.Cut(next.(string), ": ")
	var code string
	fmt.Sscanf(head, "%d %s", &status, &code)
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>%s</Code><Message>%s</Message></Error><RequestId>1</RequestId></ErrorResponse>`, code, message)
}

// assumed answers with credentials for a quarter of an hour.
func assumed(arn string) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		action := r.PostForm.Get("Action")
		w.Header().Set("Content-Type", "text/xml")
		fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult><Credentials><AccessKeyId>ASIATHROWAWAY</AccessKeyId><SecretAccessKey>%[2]s</SecretAccessKey><SessionToken>throw-away-session</SessionToken><Expiration>%[3]s</Expiration></Credentials><AssumedRoleUser><Arn>%[4]s</Arn><AssumedRoleId>AROA:x</AssumedRoleId></AssumedRoleUser><PackedPolicySize>12</PackedPolicySize></%[1]sResult></%[1]sResponse>`,
			action, awsSecret, citest.Noon().Add(15*time.Minute).Format(time.RFC3339), arn)
	}
}

func (f *fakeSTS) seen() []stsRequest {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]stsRequest(nil), f.requests...)
}

// awsTest is what most tests start with.
type awsTest struct {
	sts      *fakeSTS
	source   *countedSource
	world    *oidc.World
	env      map[string]string
	settings Settings
	need     Resources
}

func newAWSTest(t *testing.T, script ...any) *awsTest {
	sts := newFakeSTS(t, script...)
	env := map[string]string{"AWS_ENDPOINT_URL_STS": sts.URL}
	return &awsTest{
		sts: sts, source: &countedSource{}, world: awsWorld(env), env: env,
		settings: Settings{RoleARN: awsRole, Region: "eu-central-1", SessionName: "gs-1"},
		need:     Resources{KMSKeys: []string{awsKey1}},
	}
}

func (a *awsTest) make(t *testing.T) *Lender {
	t.Helper()
	got, err := New(a.world, a.source, a.settings, "", a.need)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// retrieve makes one and asks it for credentials.
func (a *awsTest) retrieve(t *testing.T) error {
	t.Helper()
	_, err := a.make(t).Retrieve(context.Background())
	if err != nil {
		checkQuiet(t, err.Error())
	}
	return err
}

// checkQuiet holds text to what may be in a log.
func checkQuiet(t *testing.T, text string) {
	t.Helper()
	for _, secret := range []string{"eyJ", awsSecret, "throw-away", "ASIATHROWAWAY"} {
		if strings.Contains(text, secret) {
			t.Errorf("a log would show a credential: %q", text)
		}
	}
}

func TestAWSHappyPath(t *testing.T) {
	a := newAWSTest(t)
	p := a.make(t)
	if n := len(a.sts.seen()); n != 0 || a.source.count() != 0 {
		t.Fatalf("%d requests before anybody asked", n)
	}
	got, err := p.Retrieve(context.Background())
	if err != nil || got.AccessKeyID != "ASIATHROWAWAY" || got.SecretAccessKey != awsSecret || got.SessionToken == "" || !got.Expires.Equal(citest.Noon().Add(15*time.Minute)) {
		t.Fatalf("got %v, %v", got.Expires, err)
	}
	requests := a.sts.seen()
	if len(requests) != 1 {
		t.Fatalf("%d requests, want 1", len(requests))
	}
	form := requests[0].form
	if len(form) != 7 {
		t.Errorf("the form has %d fields, want 7", len(form))
	}
	policy, _, _ := derivedPolicy(a.need)
	for name, want := range map[string]string{
		"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleArn": awsRole, "RoleSessionName": "gs-1",
		"DurationSeconds": "900", "Policy": policy,
	} {
		if got := form.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	token, err := oidc.ParseToken(form.Get("WebIdentityToken"))
	if err != nil || token.Claims.Audience[0] != "sts.amazonaws.com" {
		t.Errorf("the token: %v", err)
	}
	if auth := requests[0].header.Values("Authorization"); auth != nil || requests[0].header.Get("X-Amz-Security-Token") != "" {
		t.Errorf("Authorization: %q", auth)
	}
	want := Identity{ARN: awsSession, Account: "111122223333", SessionName: "gs-1", Expires: citest.Noon().Add(15 * time.Minute), Policy: policy, PackedPolicySize: 12}
	if id := p.Identity(); id != want {
		t.Errorf("identity: got %+v, want %+v", id, want)
	}
	printed, _ := json.Marshal(map[string]any{"a": p})
	checkQuiet(t, fmt.Sprintf("%v %+v %#v %s %q %s", p, p, p, p, p, printed))
}
