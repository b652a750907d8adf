//go:build interop

package interop

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest/awstest"
)

// minIO is a MinIO server of its own process, for one test. What asks its STS
// goes through front, which notes what MinIO gives and changes nothing.
type minIO struct {
	url, front string
	lent       func(awstest.Caller) // told of each session, before the job is

	mu       sync.Mutex
	delay    time.Duration
	requests int
	callers  []awstest.Caller
}

// startMinIO starts MinIO with one OIDC provider: the issuer, for the audience
// of AWS's STS. A secret keeps MinIO from taking an empty one for a key.
func startMinIO(t *testing.T, issuer *cloudtest.Issuer) *minIO {
	t.Helper()
	program, err := exec.LookPath("minio")
	if err != nil {
		t.Fatalf("%v: run make minio, and put .cache/bin into PATH", err)
	}
	m := &minIO{}
	for range 5 {
		if m.url = launchMinIO(t, program, issuer); m.url != "" {
			break
		}
	}
	if m.url == "" {
		t.Fatal("MinIO does not start")
	}
	target, err := url.Parse(m.url)
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewServer(m.noting(httputil.NewSingleHostReverseProxy(target)))
	t.Cleanup(front.Close)
	m.front = front.URL
	return m
}

// launchMinIO returns the server's URL once it is ready; empty if it ended,
// as it does when somebody else took its port.
func launchMinIO(t *testing.T, program string, issuer *cloudtest.Issuer) string {
	t.Helper()
	address, console := freeAddress(t), freeAddress(t)
	home := t.TempDir()
	cmd := exec.Command(program, "server", "--quiet", "--address", address, "--console-address", console, t.TempDir())
	cmd.Env = []string{
		"HOME=" + home, "TMPDIR=" + home, "MINIO_ROOT_USER=throw-away", "MINIO_ROOT_PASSWORD=throw-away-throw-away", "MINIO_BROWSER=off", "MINIO_UPDATE=off",
		"MINIO_IDENTITY_OPENID_CONFIG_URL=" + issuer.URL + "/.well-known/openid-configuration",
		"MINIO_IDENTITY_OPENID_CLIENT_ID=" + ciAudience, "MINIO_IDENTITY_OPENID_CLIENT_SECRET=throw-away-throw-away-throw-away",
	}
	var words bytes.Buffer
	cmd.Stdout, cmd.Stderr = &words, &words
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		cmd.Wait() // how it ended does not matter
		close(ended)
	}()
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
	})
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); {
		select {
		case <-ended:
			t.Logf("MinIO ended: %s", words.String())
			return ""
		case <-time.After(50 * time.Millisecond):
		}
		if ready("http://" + address) {
			return "http://" + address
		}
	}
	t.Fatal("MinIO is not ready after a minute")
	return ""
}

// ready reports whether MinIO knows its users: before, its STS says so with a
// code of its own.
func ready(url string) bool {
	resp, err := http.PostForm(url+"/", map[string][]string{"Action": {"AssumeRoleWithWebIdentity"}, "Version": {"2011-06-15"}, "WebIdentityToken": {"none"}, "RoleArn": {ciRole}})
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusBadRequest
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// noting notes the sessions in answers.
func (m *minIO) noting(next *httputil.ReverseProxy) http.Handler {
	next.ModifyResponse = func(resp *http.Response) error {
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			return err
		}
		resp.Body = io.NopCloser(bytes.NewReader(body))
		if resp.StatusCode != http.StatusOK {
			return nil
		}
		var out struct {
			Result struct {
				Credentials struct {
					AccessKeyID     string    `xml:"AccessKeyId"`
					SecretAccessKey string    `xml:"SecretAccessKey"`
					SessionToken    string    `xml:"SessionToken"`
					Expiration      time.Time `xml:"Expiration"`
				}
			} `xml:"AssumeRoleWithWebIdentityResult"`
		}
		if err := xml.Unmarshal(body, &out); err != nil {
			return fmt.Errorf("the answer of MinIO: %w", err)
		}
		c := out.Result.Credentials
		lent := awstest.Caller{AccessKey: c.AccessKeyID, SecretKey: c.SecretAccessKey, SessionToken: c.SessionToken, Expires: c.Expiration}
		m.mu.Lock()
		m.callers = append(m.callers, lent)
		m.mu.Unlock()
		m.lent(lent)
		return nil
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m.mu.Lock()
		m.requests++
		delay := m.delay
		m.mu.Unlock()
		time.Sleep(delay)
		next.ServeHTTP(w, r)
	})
}

// reset forgets what was counted; requests reach MinIO late from then on.
func (m *minIO) reset(delay time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.requests, m.callers, m.delay = 0, nil, delay
}

func (m *minIO) counts() (requests, callers int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.requests, len(m.callers)
}

// onlyCaller returns the one session that MinIO handed out.
func (m *minIO) onlyCaller(t *testing.T) awstest.Caller {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.requests != 1 || len(m.callers) != 1 {
		t.Fatalf("%d requests and %d sessions, want 1 and 1", m.requests, len(m.callers))
	}
	return m.callers[0]
}
