package aws

import (
	"context"
	pemfile "encoding/pem"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/kms"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/ci/oidc"
)

// hostRecorder sends every request to one server, whatever host it names, and keeps the names.
type hostRecorder struct {
	to    string // host:port
	mu    sync.Mutex
	hosts []string
}

func (h *hostRecorder) RoundTrip(r *http.Request) (*http.Response, error) {
	h.mu.Lock()
	h.hosts = append(h.hosts, r.URL.Scheme+"://"+r.URL.Host)
	h.mu.Unlock()
	r = r.Clone(r.Context())
	r.URL.Scheme, r.URL.Host = "http", h.to
	return http.DefaultTransport.RoundTrip(r)
}

// kmsAnswer answers any request to AWS KMS, and STS.
func kmsAnswer(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.Header.Get("X-Amz-Target"), "TrentService.") {
		w.Write([]byte(`{"Plaintext":"eA=="}`))
		return
	}
	r.ParseForm()
	partition := strings.SplitN(r.PostForm.Get("RoleArn"), ":", 3)[1]
	assumed("arn:"+partition+":sts::111122223333:assumed-role/decrypt/gs-1")(w, r)
}

func TestAWSEndpoints(t *testing.T) {
	tests := map[string]struct {
		env                        map[string]string
		role, region, keysIn       string
		wantSTS, wantKMS, audience string
	}{
		"regions": {nil, awsRole, "eu-central-1", "us-east-1",
			"https://sts.eu-central-1.amazonaws.com", "https://kms.us-east-1.amazonaws.com", "sts.amazonaws.com"},
		"China": {nil, "arn:aws-cn:iam::111122223333:role/decrypt", "cn-north-1", "cn-northwest-1",
			"https://sts.cn-north-1.amazonaws.com.cn", "https://kms.cn-northwest-1.amazonaws.com.cn", "sts.amazonaws.com.cn"},
		"GovCloud": {nil, "arn:aws-us-gov:iam::111122223333:role/decrypt", "us-gov-west-1", "us-gov-east-1",
			"https://sts.us-gov-west-1.amazonaws.com", "https://kms.us-gov-east-1.amazonaws.com", "sts.amazonaws.com"},
		"FIPS": {map[string]string{"AWS_USE_FIPS_ENDPOINT": "true"}, awsRole, "us-east-1", "us-west-2",
			"https://sts-fips.us-east-1.amazonaws.com", "https://kms-fips.us-west-2.amazonaws.com", "sts.amazonaws.com"},
		"dual stack": {map[string]string{"AWS_USE_DUALSTACK_ENDPOINT": "true"}, awsRole, "eu-west-1", "eu-west-1",
			"https://sts.eu-west-1.api.aws", "https://kms.eu-west-1.api.aws", "sts.amazonaws.com"},
		"one URL for each": {map[string]string{"AWS_ENDPOINT_URL_STS": "https://sts.example.com", "AWS_ENDPOINT_URL_KMS": "https://kms.example.com:8443"}, awsRole, "eu-west-1", "eu-west-1",
			"https://sts.example.com", "https://kms.example.com:8443", "sts.amazonaws.com"},
		"one URL for all": {map[string]string{"AWS_ENDPOINT_URL": "https://aws.example.com"}, awsRole, "eu-west-1", "eu-west-1",
			"https://aws.example.com", "https://aws.example.com", "sts.amazonaws.com"},
		"one URL for all but one": {map[string]string{"AWS_ENDPOINT_URL": "https://aws.example.com", "AWS_ENDPOINT_URL_KMS": "https://kms.example.com"}, awsRole, "eu-west-1", "eu-west-1",
			"https://aws.example.com", "https://kms.example.com", "sts.amazonaws.com"},
		"URLs ignored": {map[string]string{"AWS_ENDPOINT_URL": "https://aws.example.com", "AWS_ENDPOINT_URL_KMS": "https://kms.example.com", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"}, awsRole, "eu-west-1", "eu-west-1",
			"https://sts.eu-west-1.amazonaws.com", "https://kms.eu-west-1.amazonaws.com", "sts.amazonaws.com"},
		// What would mislead the SDK's own configuration.
		"profile and keys": {map[string]string{"AWS_PROFILE": "dev", "AWS_DEFAULT_PROFILE": "dev", "AWS_ACCESS_KEY_ID": "AKIAWRONG", "AWS_SECRET_ACCESS_KEY": "wrong", "AWS_SESSION_TOKEN": "wrong",
			"AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:1/", "AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"},
			awsRole, "eu-west-1", "eu-west-1",
			"https://sts.eu-west-1.amazonaws.com", "https://kms.eu-west-1.amazonaws.com", "sts.amazonaws.com"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for k, v := range test.env { // as the process would have it
				t.Setenv(k, v)
			}
			var audience, key string
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("X-Amz-Target") != "" {
					key = r.Header.Get("Authorization")
				} else if token, err := oidc.ParseToken(r.PostFormValue("WebIdentityToken")); err == nil {
					audience = token.Claims.Audience[0]
				}
				kmsAnswer(w, r)
			}))
			defer server.Close()
			hosts := &hostRecorder{to: strings.TrimPrefix(server.URL, "http://")}
			w := awsWorld(test.env)
			w.HTTPClient = &http.Client{Transport: hosts}
			p, err := New(w, &countedSource{}, Settings{RoleARN: test.role, Region: test.region, SessionName: "gs-1"}, "", Resources{})
			if err != nil {
				t.Fatal(err)
			}
			cfg, err := p.Config(context.Background(), test.keysIn)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := kms.NewFromConfig(cfg).Decrypt(context.Background(), &kms.DecryptInput{CiphertextBlob: []byte("x")}); err != nil {
				t.Fatal(err)
			}
			if want := []string{test.wantSTS, test.wantKMS}; !slices.Equal(hosts.hosts, want) {
				t.Errorf("got %q, want %q", hosts.hosts, want)
			}
			if audience != test.audience {
				t.Errorf("audience %q, want %q", audience, test.audience)
			}
			if !strings.Contains(key, "Credential=ASIATHROWAWAY/") || !strings.Contains(key, "/"+test.keysIn+"/kms/") {
				t.Errorf("signed as %q", key)
			}
		})
	}
}

func TestAWSConfigRegion(t *testing.T) {
	p := newAWSTest(t).make(t)
	for _, region := range []string{"", "evil.com/x#", "a@b", "cn-north-1"} {
		if _, err := p.Config(context.Background(), region); problemOf(err) != call.BadKey {
			t.Errorf("%q: %v", region, err)
		}
	}
}

// A server in place of AWS KMS gets no request elsewhere, and not all of memory.
func TestAWSConfigRedirect(t *testing.T) {
	elsewhere := 0
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere++ }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		a := newAWSTest(t)
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", other.URL)
			w.WriteHeader(status)
		}))
		defer server.Close()
		a.env["AWS_ENDPOINT_URL_KMS"] = server.URL
		cfg, err := a.make(t).Config(context.Background(), "eu-west-1")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kms.NewFromConfig(cfg).Decrypt(context.Background(), &kms.DecryptInput{CiphertextBlob: []byte("x")}); err == nil || elsewhere != 0 {
			t.Errorf("%d: %v, %d requests elsewhere", status, err, elsewhere)
		}
	}
}

func TestAWSCABundle(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(kmsAnswer))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	a := newAWSTest(t)
	a.env["AWS_ENDPOINT_URL_STS"] = server.URL
	if err := a.retrieve(t); problemOf(err) != call.NotTheService || !strings.Contains(err.Error(), "certificate") || a.source.count() != 1 {
		t.Errorf("an unknown authority: %v after %d tries", err, a.source.count())
	}
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pemfile.EncodeToMemory(&pemfile.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	a.env["AWS_CA_BUNDLE"] = bundle
	if err := a.retrieve(t); err != nil {
		t.Errorf("with the bundle: %v", err)
	}
	for _, content := range []string{"", "no certificate"} {
		if err := os.WriteFile(bundle, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := New(a.world, a.source, a.settings, "", a.need); problemOf(err) != call.BadSetting {
			t.Errorf("bundle %q: %v", content, err)
		}
	}
}

var _ aws.CredentialsProvider = (*Lender)(nil)
