package awskms

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	sopskms "github.com/getsops/sops/v3/kms"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest/awstest"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/policy"
)

func kmsKey(arn string) policy.Key { return policy.Key{Type: policy.AWSKMS, ID: arn} }

func TestAWSKMSInteroperatesWithSops(t *testing.T) {
	world := keytest.NewAWS(t)
	world.IAM.AddRole(keytest.Role, nil)
	world.KMS.AllowKey(keytest.ARN2, func(principal, _ string) bool {
		return strings.HasPrefix(principal, "arn:aws:sts::444455556666:assumed-role/deploy/sops@")
	})
	for name, key := range map[string]policy.Key{
		"key":     kmsKey(keytest.ARN),
		"alias":   kmsKey(keytest.Alias),
		"context": {Type: policy.AWSKMS, ID: keytest.ARN, Context: map[string]string{"app": "web", "env": "prod"}},
		"empty":   {Type: policy.AWSKMS, ID: keytest.ARN, Context: map[string]string{}},
		"role":    {Type: policy.AWSKMS, ID: keytest.ARN2, Role: keytest.Role, Context: map[string]string{"app": "web"}},
		"profile": {Type: policy.AWSKMS, ID: keytest.ARN, Profile: "team"},
	} {
		t.Run(name, func(t *testing.T) {
			theirs := &sopskms.MasterKey{Arn: key.ID, Role: key.Role, AwsProfile: key.Profile, EncryptionContext: map[string]*string{}}
			for k, v := range key.Context {
				theirs.EncryptionContext[k] = &v
			}
			ours := New(Options{Hostname: "host.example.com"})
			w, err := ours.Wrap(t.Context(), key, keytest.DataKey())
			if err != nil {
				t.Fatal(err)
			}
			theirs.EncryptedKey = w.Enc
			if got, err := theirs.Decrypt(); err != nil || !bytes.Equal(got, keytest.DataKey()) {
				t.Errorf("sops opens ours: %q, %v", got, err)
			}
			if err := theirs.Encrypt(keytest.DataKey()); err != nil {
				t.Fatal(err)
			}
			got, err := ours.Unwrap(t.Context(), encrypt.Wrapped{Key: key, Enc: theirs.EncryptedKey})
			if err != nil || !bytes.Equal(got, keytest.DataKey()) {
				t.Errorf("we open sops's: %q, %v", got, err)
			}
		})
	}
	if s := world.STS.Sessions(); len(s) == 0 || !strings.HasPrefix(s[0].Name, "sops@") {
		t.Errorf("sessions: %+v", s)
	}
}

func TestAWSKMSContextIsBinding(t *testing.T) {
	keytest.NewAWS(t)
	s := New(Options{})
	key := policy.Key{Type: policy.AWSKMS, ID: keytest.ARN, Context: map[string]string{"app": "web"}}
	w, err := s.Wrap(t.Context(), key, keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	w.Key.Context = map[string]string{"app": "other"}
	_, err = s.Unwrap(t.Context(), w)
	var e *call.Error
	if !errors.As(err, &e) || e.Failure != call.BadKey || e.Code != "InvalidCiphertextException" {
		t.Errorf("got %v", err)
	}
}

func TestAWSKMSSharesClientsAndLimitsCalls(t *testing.T) {
	world := keytest.NewAWS(t)
	world.IAM.AddRole(keytest.Role, nil)
	world.KMS.Faults.SetLatency(20 * time.Millisecond)
	s := New(Options{Hostname: "h"})
	var wg sync.WaitGroup
	for i := range 120 {
		key := kmsKey(keytest.ARN)
		if i%2 == 0 {
			key = policy.Key{Type: policy.AWSKMS, ID: keytest.ARN2, Role: keytest.Role}
		}
		wg.Go(func() {
			if _, err := s.Wrap(t.Context(), key, keytest.DataKey()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if peak := world.KMS.Faults.Peak(); peak > maxCalls || peak < 2 {
		t.Errorf("calls at once: %d, want many but at most %d", peak, maxCalls)
	}
	if n := world.STS.Faults.Count("AssumeRole"); n != 1 {
		t.Errorf("the role was assumed %d times, want once", n)
	}
	if n := world.KMS.Faults.Count("Encrypt"); n != 120 {
		t.Errorf("%d calls, want 120", n)
	}
}

func TestAWSKMSErrors(t *testing.T) {
	const canary = "CANARY"
	denied := func(w *keytest.AWS) { w.KMS.AllowKey(keytest.ARN, func(string, string) bool { return false }) }
	fault := func(f cloudtest.Fault) func(*keytest.AWS) {
		return func(w *keytest.AWS) { w.KMS.Faults.Set("", f) }
	}
	for _, c := range []struct {
		name    string
		break_  func(*keytest.AWS)
		key     policy.Key
		problem call.Failure
		text    string
	}{
		{"denied", denied, kmsKey(keytest.ARN), call.Refused,
			"AWS KMS: AccessDeniedException: arn:aws:iam::111122223333:user/tester is not allowed to call kms:Decrypt"},
		{"no key", func(*keytest.AWS) {}, kmsKey(keytest.ARN[:len(keytest.ARN)-1] + "9"), call.BadKey,
			"AWS KMS: NotFoundException: there is no such key in this account and region"},
		{"disabled", func(w *keytest.AWS) { w.KMS.SetState(keytest.ARN, awstest.Disabled) }, kmsKey(keytest.ARN), call.BadKey,
			"AWS KMS: DisabledException: the key is disabled or about to be deleted"},
		{"deleted", func(w *keytest.AWS) { w.KMS.SetState(keytest.ARN, awstest.PendingDeletion) }, kmsKey(keytest.ARN), call.BadKey,
			"AWS KMS: KMSInvalidStateException: the key is disabled or about to be deleted"},
		{"expired", func(w *keytest.AWS) { w.IAM.Expire(w.User.AccessKey) }, kmsKey(keytest.ARN), call.NoCredentials,
			"AWS KMS: ExpiredTokenException: the credentials have expired"},
		{"bad secret", func(w *keytest.AWS) { u := w.User; u.SecretKey = "other"; w.IAM.Add(u) }, kmsKey(keytest.ARN), call.NoCredentials,
			"AWS KMS: InvalidSignatureException: the credentials or the clock of this machine are wrong"},
		{"role", func(w *keytest.AWS) {}, policy.Key{Type: policy.AWSKMS, ID: keytest.ARN, Role: keytest.Role}, call.Refused,
			"AWS STS, asked for the role " + keytest.Role + ": AccessDenied: arn:aws:iam::111122223333:user/tester is not allowed to call sts:AssumeRole"},
		{"throttled", fault(cloudtest.Fault{Code: "ThrottlingException", Message: canary}), kmsKey(keytest.ARN), call.Transient,
			"AWS KMS: ThrottlingException: too many calls, even after waiting"},
		{"no profile", func(w *keytest.AWS) {}, policy.Key{Type: policy.AWSKMS, ID: keytest.ARN, Profile: "none"}, call.NoCredentials,
			`the AWS configuration has no profile "none"`},
		{"html", fault(cloudtest.Fault{HTML: 2 << 20, Status: 403}), kmsKey(keytest.ARN), call.NotTheService,
			"AWS KMS: the answer is invalid (HTTP status 403)"},
		{"garbage", fault(cloudtest.Fault{Garbage: true}), kmsKey(keytest.ARN), call.NotTheService,
			"AWS KMS: the answer is invalid (HTTP status 200)"},
		{"empty", fault(cloudtest.Fault{Body: `{}`}), kmsKey(keytest.ARN), call.NotTheService, "AWS KMS: the answer is empty"},
		{"dropped", fault(cloudtest.Fault{Drop: true}), kmsKey(keytest.ARN), call.Transient,
			"AWS KMS in eu-west-1: it closed the connection"},
		{"odd code", fault(cloudtest.Fault{Code: canary + " x", Message: canary}), kmsKey(keytest.ARN), call.NotTheService,
			"AWS KMS: the answer is invalid (HTTP status 400)"},
		{"long message", fault(cloudtest.Fault{Code: "AccessDeniedException", Message: canary + strings.Repeat("x", 9999)}), kmsKey(keytest.ARN), call.Refused,
			"AWS KMS: AccessDeniedException: these credentials are not allowed to use it"},
	} {
		t.Run(c.name, func(t *testing.T) {
			world := keytest.NewAWS(t)
			good, err := New(Options{}).Wrap(t.Context(), kmsKey(keytest.ARN), keytest.DataKey())
			if err != nil {
				t.Fatal(err)
			}
			c.break_(world)
			got, err := New(Options{}).Unwrap(t.Context(), encrypt.Wrapped{Key: c.key, Enc: good.Enc})
			var e *call.Error
			if !errors.As(err, &e) {
				t.Fatalf("got %q, %v", got, err)
			}
			if e.Failure != c.problem || err.Error() != c.text {
				t.Errorf("got problem %d, %q\nwant        %d, %q", e.Failure, err, c.problem, c.text)
			}
			if strings.Contains(err.Error(), canary) {
				t.Errorf("the error quotes the server: %v", err)
			}
		})
	}
}

func TestAWSKMSWithoutCredentials(t *testing.T) {
	keytest.NewAWS(t)
	t.Setenv("AWS_ACCESS_KEY_ID", "")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "")
	_, err := New(Options{}).Wrap(t.Context(), kmsKey(keytest.ARN), keytest.DataKey())
	var e *call.Error
	if !errors.As(err, &e) || e.Failure != call.NoCredentials || err.Error() != "no usable AWS credentials" {
		t.Errorf("got %v", err)
	}
}

func TestAWSKMSWithExpiredSSO(t *testing.T) {
	keytest.NewAWS(t)
	t.Setenv("HOME", t.TempDir())
	sso := "[profile sso]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = r\n" +
		"[sso-session s]\nsso_region = eu-west-1\nsso_start_url = https://sso.example.invalid/start\n"
	if err := os.WriteFile(os.Getenv("AWS_CONFIG_FILE"), []byte(sso), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := New(Options{}).Wrap(t.Context(), policy.Key{Type: policy.AWSKMS, ID: keytest.ARN, Profile: "sso"}, keytest.DataKey())
	var e *call.Error
	if !errors.As(err, &e) || e.Failure != call.NoCredentials {
		t.Errorf("got %v (%v)", err, errors.Unwrap(err))
	}
}

func TestAWSKMSUnreachable(t *testing.T) {
	world := keytest.NewAWS(t)
	world.KMS.Close()
	_, err := New(Options{}).Wrap(t.Context(), kmsKey(keytest.ARN), keytest.DataKey())
	var e *call.Error
	if !errors.As(err, &e) || e.Failure != call.Transient || !strings.Contains(err.Error(), "refused") {
		t.Errorf("got %v", err)
	}
}

// A redirect would carry the data key and the session token elsewhere.
func TestAWSKMSFollowsNoRedirect(t *testing.T) {
	world := keytest.NewAWS(t)
	other := awstest.NewKMS(t, awstest.KMSOptions{IAM: world.IAM, Keys: []string{keytest.ARN}})
	world.KMS.Faults.Set("", cloudtest.Fault{Redirect: other.URL})
	for _, client := range []*http.Client{nil, {}} {
		_, err := New(Options{HTTPClient: client}).Wrap(t.Context(), kmsKey(keytest.ARN), keytest.DataKey())
		if err == nil || err.Error() != "AWS KMS: a redirect (HTTP status 307), which is not followed" {
			t.Errorf("got %v (%v)", err, errors.Unwrap(err))
		}
	}
	if n := other.Faults.Count(""); n != 0 {
		t.Errorf("%d calls at the other server", n)
	}
}

func TestAWSKMSRetries(t *testing.T) {
	world := keytest.NewAWS(t)
	t.Setenv("AWS_MAX_ATTEMPTS", "3")
	s := New(Options{})
	for _, f := range []cloudtest.Fault{{Times: 1, Code: "ThrottlingException"}, {Times: 1, Drop: true}, {Times: 1, HTML: 100}} {
		world.KMS.Faults.Set("", f)
		if _, err := s.Wrap(t.Context(), kmsKey(keytest.ARN), keytest.DataKey()); err != nil {
			t.Errorf("%+v: %v", f, err)
		}
	}
}

func TestAWSKMSHostileCiphertext(t *testing.T) {
	world := keytest.NewAWS(t)
	s := New(Options{})
	const canary = "CANARY"
	for _, enc := range []string{"", canary + "!", strings.Repeat("A", 1<<20)} {
		_, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: kmsKey(keytest.ARN), Enc: enc})
		if err == nil || strings.Contains(err.Error(), canary) {
			t.Errorf("got %v", err)
		}
	}
	if n := world.KMS.Faults.Count(""); n != 0 {
		t.Errorf("%d calls", n)
	}
	if _, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: kmsKey(keytest.ARN), Enc: base64.StdEncoding.EncodeToString([]byte(canary))}); err == nil || strings.Contains(err.Error(), canary) {
		t.Errorf("got %v", err)
	}
	if _, err := s.Wrap(t.Context(), policy.Key{Type: policy.Age}, nil); err != encrypt.ErrOtherKey {
		t.Errorf("age: %v", err)
	}
}

func TestAWSKMSContactsNobodyForMalformedNames(t *testing.T) {
	world := keytest.NewAWS(t)
	s := New(Options{})
	for _, key := range keytest.Invalid(t) {
		if key.Type != policy.AWSKMS {
			continue
		}
		if _, err := s.Wrap(t.Context(), key, keytest.DataKey()); err == nil {
			t.Errorf("%+v was accepted", key)
		}
		if _, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: key, Enc: "AAAA"}); err == nil {
			t.Errorf("%+v was accepted", key)
		}
	}
	if n := world.KMS.Faults.Count("") + world.STS.Faults.Count(""); n != 0 {
		t.Errorf("%d calls", n)
	}
}

func TestAWSKMSHeedsTheContext(t *testing.T) {
	world := keytest.NewAWS(t)
	world.KMS.Faults.SetLatency(time.Minute)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := New(Options{}).Wrap(ctx, kmsKey(keytest.ARN), keytest.DataKey()); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestAWSSessionName(t *testing.T) {
	for host, want := range map[string]string{
		"web-1.example.com": "sops@web1.example.com", "": "sops@", "a b/[c]": "sops@abc",
		strings.Repeat("x", 100): "sops@" + strings.Repeat("x", 59),
	} {
		if got := sessionName(host); got != want {
			t.Errorf("awsSessionName(%q) = %q, want %q", host, got, want)
		}
	}
}

// BenchmarkAWSKMSFiles opens 96 data keys at once under a KMS that takes 30 ms
// for each call, with a new service each time, as a program's run does.
func BenchmarkAWSKMSFiles(b *testing.B) {
	iam, user := awstest.NewIAM()
	server := awstest.NewKMS(b, awstest.KMSOptions{IAM: iam, Keys: []string{keytest.ARN}, Latency: 30 * time.Millisecond})
	b.Setenv("AWS_ENDPOINT_URL_KMS", server.URL)
	b.Setenv("NO_PROXY", "*")
	b.Setenv("AWS_ACCESS_KEY_ID", user.AccessKey)
	b.Setenv("AWS_SECRET_ACCESS_KEY", user.SecretKey)
	w, err := New(Options{}).Wrap(b.Context(), kmsKey(keytest.ARN), keytest.DataKey())
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		s := New(Options{})
		var wg sync.WaitGroup
		for range 96 {
			wg.Go(func() {
				if _, err := s.Unwrap(b.Context(), w); err != nil {
					b.Error(err)
				}
			})
		}
		wg.Wait()
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N)/96, "ms/file")
}
