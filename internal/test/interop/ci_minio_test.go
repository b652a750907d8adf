//go:build interop

package interop

import (
	"context"
	"encoding/xml"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest/awstest"
)

// MinIO's STS verifies our job's token with keys that it fetches itself. What
// the job may do, MinIO reads from the claim policy, the only one that GitHub's
// tokens do not have. A provider that goes by claims takes any role's ARN, so that
// ours is one of AWS's.
var minioJob = cloudtest.GitHubJob{Claims: map[string]any{"policy": "readwrite"}}

// onlyList is a session policy that MinIO knows how to enforce.
const onlyList = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:ListAllMyBuckets"],"Resource":["arn:aws:s3:::*"]}]}`

// newMinIOWorld is a world whose STS is MinIO's, and one sealed file in it.
func newMinIOWorld(t *testing.T) (*ciWorld, *minIO) {
	w := newCIWorld(t)
	m := startMinIO(t, w.issuer)
	m.lent = func(c awstest.Caller) {
		c.ARN = "arn:aws:sts::111122223333:assumed-role/decrypt/minio" // MinIO names none
		w.iam.Add(c)
		w.held = append(w.held, c.AccessKey, c.SecretKey, c.SessionToken)
	}
	w.more = []string{"AWS_ENDPOINT_URL_STS=" + m.front}
	w.put("s.yaml", "password: correct-horse\n")
	w.person(nil, "encrypt", "-i", "--kms", ciKey, "s.yaml")
	return w, m
}

// The credentials that MinIO gives for a good token open the file at a KMS which
// checks their signatures, and MinIO itself accepts them.
func TestMinIOAcceptsTheJob(t *testing.T) {
	w, m := newMinIOWorld(t)
	got := w.ci(0, minioJob, "run", "--role-to-assume", ciRole, "--kms", ciKey, "--inline-session-policy", "none", "--file", "s.yaml", "--", "printenv", "password")
	if got.stdout != "correct-horse\n" {
		t.Errorf("the command saw %q", got.stdout)
	}
	lent := m.onlyCaller(t)
	if lent.SessionToken == "" || time.Until(lent.Expires) > 15*time.Minute+time.Second {
		t.Errorf("a session of %v, want 15 minutes", time.Until(lent.Expires))
	}
	for method, path := range map[string]string{http.MethodGet: "/", http.MethodPut: "/made-by-the-job"} {
		if status, code := m.s3(t, lent, method, path); status != 200 {
			t.Errorf("MinIO answers %s %s with %d %s", method, path, status, code)
		}
	}
	forged := lent
	forged.SecretKey = strings.Repeat("x", 40)
	if status, code := m.s3(t, forged, http.MethodGet, "/"); status != 403 || code != "SignatureDoesNotMatch" {
		t.Errorf("MinIO answers a bad signature with %d %s", status, code)
	}
}

// The session policy that we send is the one that MinIO enforces.
func TestMinIOEnforcesTheSessionPolicy(t *testing.T) {
	w, m := newMinIOWorld(t)
	w.ci(0, minioJob, "run", "--role-to-assume", ciRole, "--kms", ciKey, "--inline-session-policy", onlyList, "--file", "s.yaml", "--", "true")
	lent := m.onlyCaller(t)
	if status, code := m.s3(t, lent, http.MethodGet, "/"); status != 200 {
		t.Errorf("MinIO answers what the policy allows with %d %s", status, code)
	}
	if status, code := m.s3(t, lent, http.MethodPut, "/not-allowed"); status != 403 || code != "AccessDenied" {
		t.Errorf("MinIO answers what the policy does not allow with %d %s", status, code)
	}
}

// What MinIO refuses is refused for good: one request, one sentence, exit code 12,
// no credentials. What our program can see by itself, it does not send.
func TestMinIORefuses(t *testing.T) {
	w, m := newMinIOWorld(t)
	claims := map[string]any{"sub": ciSubject, "aud": ciAudience, "policy": "readwrite"}
	soon := map[string]any{"sub": ciSubject, "aud": ciAudience, "policy": "readwrite", "exp": time.Now().Add(2 * time.Second).Unix()}
	for _, test := range []struct {
		name     string
		token    func() string // in place of the endpoint's own; nil leaves that
		job      cloudtest.GitHubJob
		args     []string
		want     string // of the one sentence
		requests int    // that reach MinIO
		delay    time.Duration
	}{
		{"audience", nil, minioJob, []string{"--audience", "somebody-else"}, "azp", 1, 0},
		{"forged", func() string { return w.issuer.IssueForged(claims) }, minioJob, nil, "verification", 1, 0},
		{"confused", func() string { return w.issuer.IssueConfused(claims) }, minioJob, nil, "", 1, 0},
		{"unsigned", func() string { return w.issuer.IssueUnsigned(claims) }, minioJob, nil, "", 0, 0},
		{"no policy", nil, cloudtest.GitHubJob{}, nil, "policy claim missing", 1, 0},
		{"unknown policy", nil, cloudtest.GitHubJob{Claims: map[string]any{"policy": "nowhere"}}, nil, "nowhere", 1, 0},
		{"no subject", nil, cloudtest.GitHubJob{Claims: with(claims, "sub", nil)}, nil, "sub", 1, 0},
		{"session policy for keys that MinIO does not know", nil, minioJob, []string{"--inline-session-policy", "auto"}, "invalid resource", 1, 0},
		{"expired on the way", func() string { return w.issuer.Issue(soon) }, minioJob, nil, "expired", 1, 3 * time.Second},
		{"expired", func() string { return w.issuer.IssueExpired(claims) }, minioJob, nil, "expired", 0, 0},
		{"other audience than asked for", func() string { return w.issuer.Issue(with(claims, "aud", "somebody-else")) }, minioJob, nil, "somebody-else", 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			w.T = t
			w.github.Faults.Clear()
			if test.token != nil {
				w.github.Faults.Set("token", cloudtest.Fault{Body: `{"count":1,"value":"` + test.token() + `"}`})
			}
			m.reset(test.delay)
			args := append([]string{"run", "--role-to-assume", ciRole, "--kms", ciKey, "--inline-session-policy", "none", "--file", "s.yaml"}, test.args...)
			got := w.ci(12, test.job, append(args, "--", "echo", "ran")...)
			if got.stdout != "" {
				t.Errorf("stdout %q", got.stdout)
			}
			sentences := 0
			for line := range strings.Lines(got.stderr) {
				if !strings.HasPrefix(line, "hint: ") {
					sentences++
				}
			}
			if sentences != 1 || !strings.Contains(got.stderr, test.want) {
				t.Errorf("want one sentence with %q, got %s", test.want, w.redact(got.stderr))
			}
			if requests, callers := m.counts(); requests != test.requests || callers != 0 {
				t.Errorf("%d requests, %d sessions, want %d and none", requests, callers, test.requests)
			}
		})
	}
	w.T = t
}

func with(claims map[string]any, name string, value any) map[string]any {
	all := map[string]any{name: value}
	for k, v := range claims {
		if k != name {
			all[k] = v
		}
	}
	return all
}

// s3 asks MinIO itself, with a signature of the SDK's. code is that of an error.
func (m *minIO) s3(t *testing.T, c awstest.Caller, method, path string) (status int, code string) {
	t.Helper()
	const noBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	r, err := http.NewRequestWithContext(t.Context(), method, m.url+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("X-Amz-Content-Sha256", noBody)
	who := aws.Credentials{AccessKeyID: c.AccessKey, SecretAccessKey: c.SecretKey, SessionToken: c.SessionToken}
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	if err := signer.SignHTTP(context.Background(), who, r, noBody, "s3", "us-east-1", time.Now()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var said struct {
		XMLName xml.Name
		Code    string
	}
	if err := xml.NewDecoder(resp.Body).Decode(&said); err != nil && resp.StatusCode >= 400 {
		t.Errorf("HTTP status %d, and no XML: %v", resp.StatusCode, err)
	}
	return resp.StatusCode, said.Code
}
