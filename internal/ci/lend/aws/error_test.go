package aws

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/citest"
)

const verificationKey = "400 InvalidIdentityToken: Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements"

// Each kind of failure: how often STS is asked, with how many tokens, and what comes of it.
func TestAWSFailures(t *testing.T) {
	ok := assumed(awsSession)
	hang := func(w http.ResponseWriter, r *http.Request) { panic(http.ErrAbortHandler) }
	html := func(status, n int) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			w.WriteHeader(status)
			io.WriteString(w, "<html>"+strings.Repeat("x", n))
		}
	}
	answer := func(body string) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, body) }
	}
	cut := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "1000")
		io.WriteString(w, "<AssumeRoleWithWebIdentityResponse>")
	}
	tests := map[string]struct {
		script  []any
		asked   int
		problem call.Failure // 255: none
		text    string       // in the error or its hint
	}{
		"verification key, then well": {[]any{verificationKey, verificationKey, ok}, 3, 255, ""},
		"verification key for good":   {[]any{verificationKey}, 8, call.Transient, "from the internet"},
		"IDPCommunicationError":       {[]any{"400 IDPCommunicationError: x", ok}, 2, 255, ""},
		"Throttling":                  {[]any{"400 Throttling: Rate exceeded", "400 ThrottlingException: Rate exceeded", ok}, 3, 255, ""},
		"500":                         {[]any{"500 InternalFailure: x", "503 ServiceUnavailable: x", ok}, 3, 255, ""},
		"500 for good":                {[]any{"500 InternalFailure: x"}, 8, call.Transient, "InternalFailure"},
		"reset":                       {[]any{hang, hang, ok}, 3, 255, ""},
		"reset for good":              {[]any{hang}, 8, call.Transient, "closed the connection"},
		"cut off":                     {[]any{cut, ok}, 2, 255, ""},
		"no provider":                 {[]any{"400 InvalidIdentityToken: No OpenIDConnect provider found in your account for https://token.actions.githubusercontent.com"}, 1, call.Refused, "needs an IAM OIDC provider"},
		"audience":                    {[]any{"400 InvalidIdentityToken: Incorrect token audience"}, 1, call.Refused, `must list the audience "sts.amazonaws.com"`},
		"missing claim":               {[]any{"400 InvalidIdentityToken: Missing a required claim: aud"}, 1, call.Refused, "Missing a required claim"},
		"expired, then well":          {[]any{"400 ExpiredTokenException: Token expired", ok}, 2, 255, ""},
		"expired for good":            {[]any{"400 ExpiredTokenException: Token expired"}, 2, call.Refused, "clock"},
		"denied":                      {[]any{"403 AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"}, 1, call.Refused, `sub "repo:octo-org/octo-repo:ref:refs/heads/main"`},
		"rejected":                    {[]any{"403 IDPRejectedClaim: x"}, 1, call.Refused, "iss \"https://token.actions"},
		"region":                      {[]any{"403 RegionDisabledException: STS is not activated in this region"}, 1, call.Refused, "activate STS"},
		"policy":                      {[]any{"400 MalformedPolicyDocument: x"}, 1, call.Refused, "session policy"},
		"duration":                    {[]any{"400 ValidationError: The requested DurationSeconds exceeds the MaxSessionDuration set for this role."}, 1, call.Refused, "shorter session"},
		"another code":                {[]any{"400 Surprise: it says eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJ4In0.c2ln"}, 1, call.Refused, "[redacted]"},
		"redirect": {[]any{func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusTemporaryRedirect)
		}}, 1, call.NotTheService, "redirect"},
		"2 MB of HTML":                  {[]any{html(200, 2<<20)}, 1, call.NotTheService, "longer than 1 MiB"},
		"2 MB of HTML with 502":         {[]any{html(502, 2<<20), ok}, 2, 255, ""},
		"HTML with 403":                 {[]any{html(403, 10)}, 1, call.Refused, "the answer is invalid"},
		"HTML with 200":                 {[]any{html(200, 10)}, 1, call.NotTheService, "the answer is invalid"},
		"empty":                         {[]any{answer("")}, 1, call.Refused, "AWS STS"},
		"no credentials":                {[]any{answer(`<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>`)}, 1, call.Refused, "no credentials"},
		"another account":               {[]any{assumed("arn:aws:sts::999999999999:assumed-role/decrypt/gs-1")}, 1, call.Refused, "999999999999"},
		"no session ARN but a hostile":  {[]any{assumed("arn:aws:sts::111122223333:assumed-role/x\n::warning::y")}, 1, call.Refused, "an invalid role session"},
		"garbage in place of a session": {[]any{assumed("nobody")}, 1, call.Refused, "an invalid role session"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			a := newAWSTest(t, test.script...)
			err := a.retrieve(t)
			if n := len(a.sts.seen()); n != test.asked || a.source.count() != n {
				t.Errorf("%d requests with %d tokens, want %d", n, a.source.count(), test.asked)
			}
			if got := problemOf(err); got != test.problem {
				t.Fatalf("got problem %d: %v, want %d", got, err, test.problem)
			}
			seen := map[string]bool{}
			for _, r := range a.sts.seen() {
				seen[r.form.Get("WebIdentityToken")] = true
			}
			if len(seen) != test.asked {
				t.Errorf("%d different tokens in %d requests", len(seen), test.asked)
			}
			var e *call.Error
			if errors.As(err, &e) {
				checkQuiet(t, e.Hint)
				if text := e.Error() + e.Hint; !strings.Contains(text, test.text) || strings.ContainsAny(text, "\n\r") {
					t.Errorf("got %q, want %q in it", text, test.text)
				}
			}
		})
	}
}

func TestAWSDeniedHint(t *testing.T) {
	a := newAWSTest(t, "403 AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity")
	a.source.subject = "repo:octo-org@123456/octo-repo@456789:environment:production-in-a-place-with-a-long-name/" + strings.Repeat("x", 60)
	var e *call.Error
	if !errors.As(a.retrieve(t), &e) {
		t.Fatal("no error")
	}
	for _, want := range []string{
		`iss "https://token.actions.githubusercontent.com", aud "sts.amazonaws.com", sub "` + a.source.subject + `"`,
		`the trust policy of "` + awsRole + `"`,
		`"Condition":{"StringEquals":{"token.actions.githubusercontent.com:aud":"sts.amazonaws.com","token.actions.githubusercontent.com:sub":"` + a.source.subject + `"}}`,
		"the subject holds the ids of the owner and the repository",
	} {
		if !strings.Contains(e.Hint, want) {
			t.Errorf("hint %q lacks %q", e.Hint, want)
		}
	}
}

func TestAWSRetryAccessDenied(t *testing.T) {
	a := newAWSTest(t, "403 AccessDenied: x", "403 AccessDenied: x", assumed(awsSession))
	a.settings.RetryAccessDenied = true
	if err := a.retrieve(t); err != nil || len(a.sts.seen()) != 3 {
		t.Errorf("%v after %d requests", err, len(a.sts.seen()))
	}
}

// A token that expires before it is shown is replaced once.
func TestAWSExpiredToken(t *testing.T) {
	a := newAWSTest(t)
	a.source.life = -2 * time.Minute
	if err := a.retrieve(t); problemOf(err) != call.Refused || len(a.sts.seen()) != 0 || a.source.count() != 2 {
		t.Errorf("%v: %d requests, %d tokens", err, len(a.sts.seen()), a.source.count())
	}
}

func TestAWSCredentialsOfThePast(t *testing.T) {
	a := newAWSTest(t)
	a.world.Clock = func() time.Time { return citest.Noon().Add(15 * time.Minute) }
	a.source.life = time.Hour
	if err := a.retrieve(t); problemOf(err) != call.Refused || !strings.Contains(err.Error(), "expired already") {
		t.Error(err)
	}
}

func TestAWSNoAnswer(t *testing.T) {
	stop := make(chan struct{})
	a := newAWSTest(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
		case <-stop:
		}
	})
	t.Cleanup(func() { close(stop) })
	a.world.AttemptTimeout, a.world.Attempts = 20*time.Millisecond, 3
	err := a.retrieve(t)
	if problemOf(err) != call.Transient || a.source.count() != 3 || !strings.Contains(err.Error(), "no answer in time") {
		t.Errorf("%v after %d tries", err, a.source.count())
	}
	ctx, cancel := context.WithCancel(context.Background())
	a.world.AttemptTimeout = 0
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := a.make(t).Retrieve(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled: %v", err)
	}
}

func TestAWSUnreachable(t *testing.T) {
	a := newAWSTest(t)
	a.sts.Close()
	if err := a.retrieve(t); problemOf(err) != call.Transient || a.source.count() != 8 {
		t.Errorf("%v after %d tries", err, a.source.count())
	}
	if got := fmt.Sprint(a.retrieve(t)); strings.Contains(got, "http://") {
		t.Errorf("it quotes a URL: %s", got)
	}
}
