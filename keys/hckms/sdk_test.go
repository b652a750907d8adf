package hckms

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/getsops/sops/v3/hckms"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/basic"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/auth/signer"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/config"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/impl"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/core/request"
	"github.com/huaweicloud/huaweicloud-sdk-go-v3/services/kms/v2/region"
	"gopkg.in/ini.v1"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// What sops wraps with HuaweiCloud's SDK we unwrap, and the other way round.
func TestInteroperatesWithSops(t *testing.T) {
	const id = "0d0466b0-e727-4d9c-b35d-f84bb474a37f"
	server := cloudtest.NewHuaweiKMS(t, id)
	// The SDK remembers the address of a region as long as the process lives.
	t.Setenv("HUAWEICLOUD_SDK_REGION_KMS_OUR_OWN_1", server.URL)
	getenv := environment(server)
	for _, name := range []string{"AK", "SK", "PROJECT_ID"} {
		t.Setenv("HUAWEICLOUD_SDK_"+name, getenv("HUAWEICLOUD_SDK_"+name))
	}
	key := policy.Key{Type: policy.HuaweiKMS, ID: "our-own-1:" + id}
	theirs, err := hckms.NewMasterKey(key.ID)
	if err != nil {
		t.Fatal(err)
	}
	if err := theirs.Encrypt(keytest.DataKey()); err != nil {
		t.Fatal(err)
	}
	s := New(Options{Getenv: os.Getenv})
	w, err := s.Wrap(t.Context(), key, keytest.DataKey())
	if err != nil {
		t.Fatal(err)
	}
	ours := w.Enc
	w.Enc = theirs.EncryptedKey
	if got, err := s.Unwrap(t.Context(), w); err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("we open sops's: %d bytes, %v", len(got), err)
	}
	theirs.EncryptedKey = ours
	if got, err := theirs.Decrypt(); err != nil || !bytes.Equal(got, keytest.DataKey()) {
		t.Errorf("sops opens ours: %d bytes, %v", len(got), err)
	}
}

// Every request is signed as HuaweiCloud's SDK signs it.
func TestSignsAsTheSDK(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for _, c := range []struct{ method, path, query, keyID, token string }{
		{"POST", "/v1.0/0123/kms/encrypt-data", "", "x", ""},
		{"POST", "/v1.0/0123/kms/decrypt-data", "", "", "throw-away token"},
		{"GET", "/v3/projects", "tr-west-1", "", ""},
	} {
		url := "https://kms.example.com" + c.path
		if c.query != "" {
			url += "?name=" + c.query
		}
		b := request.NewHttpRequestBuilder().WithEndpoint("https://kms.example.com").WithPath(c.path).WithMethod(c.method)
		if c.query != "" {
			b.AddQueryParam("name", reflect.ValueOf(c.query))
		}
		if c.keyID != "" {
			b.WithBody("body", message{KeyID: c.keyID})
		}
		body, err := b.Build().GetBodyToBytes()
		if err != nil {
			t.Fatal(err)
		}
		r, err := http.NewRequest(c.method, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json;charset=UTF-8")
		r.Header.Set("X-Project-Id", "0123")
		if c.token != "" {
			r.Header.Set("X-Security-Token", c.token)
		}
		sign(r, body.Bytes(), "access", "secret", now)
		for name := range r.Header {
			if name != "Authorization" {
				b.AddHeaderParam(name, r.Header.Get(name))
			}
		}
		want, err := signer.Sign(b.Build(), "access", "secret")
		if err != nil {
			t.Fatal(err)
		}
		if got := r.Header.Get("Authorization"); got != want["Authorization"] {
			t.Errorf("%s %s: %s\nthe SDK: %s", c.method, c.path, got, want["Authorization"])
		}
	}
}

// Regions are those of the SDK, and each has its key service and its IAM where the SDK
// looks for them.
func TestRegionsAreTheSDKs(t *testing.T) {
	c := client{getenv: func(string) string { return "" }}
	_, err := region.SafeValueOf("nowhere")
	if err == nil {
		t.Fatal("nowhere is a region")
	}
	_, list, _ := strings.Cut(err.Error(), ": [")
	known := strings.Split(strings.TrimSuffix(list, "]"), ", ")
	if len(known) < 30 || len(known) != len(strings.Fields(regionsWithIAM+otherRegions)) {
		t.Fatalf("the SDK knows %d regions", len(known))
	}
	for _, name := range known {
		theirs, err := region.SafeValueOf(name)
		if err != nil {
			t.Fatal(err)
		}
		if ours, err := c.endpoint(name); err != nil || ours != theirs.Endpoints[0] {
			t.Errorf("%s: %s, %v; the SDK: %s", name, ours, err, theirs.Endpoints[0])
		}
		if ours, theirs := c.iamEndpoint(name), sdkIAM(t, name); ours != theirs {
			t.Errorf("%s: IAM at %s; the SDK: %s", name, ours, theirs)
		}
	}
}

// sdkIAM is where the SDK asks which project a region has.
func sdkIAM(t *testing.T, name string) string {
	t.Helper()
	var asked string
	catch := roundTripper(func(r *http.Request) (*http.Response, error) {
		asked = r.URL.Scheme + "://" + r.URL.Host
		rec := httptest.NewRecorder()
		rec.WriteHeader(http.StatusForbidden)
		return rec.Result(), nil
	})
	who, err := basic.NewCredentialsBuilder().WithAk("throw-away").WithSk("throw-away").SafeBuild()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := who.ProcessAuthParams(impl.NewDefaultHttpClient(config.DefaultHttpConfig().WithHttpRoundTripper(catch)), name); err == nil {
		t.Fatal("IAM refused, and it went on")
	}
	return asked
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// A file of credentials is read as the SDK's reader of INI reads it.
func TestProfilesAsTheSDKReadsThem(t *testing.T) {
	for _, text := range []string{
		"[basic]\nak = a\nsk = b\n", "; comment\n[other]\nak = no\n[basic]\n  ak=a b \nsk : b\n# comment\nproject_id = 0123 ; comment\n",
		"[basic]\nak = \"a b\"\nsk = 'b'\nsecurity_token = `t`\n[global]\nak = no\n", "ak = no\n", "\ufeff[basic]\r\nak = a\r\nsk = b=c==\r\n", "[basic]\nak = a #b\nsk=\n", "[ basic ]\nak = a\n",
	} {
		file, err := ini.Load([]byte(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		got := profileSection(text, "basic")
		for _, name := range []string{"ak", "sk", "project_id", "security_token"} {
			if want := file.Section("basic").Key(name).String(); got[name] != want {
				t.Errorf("%q: %s is %q; the SDK: %q", text, name, got[name], want)
			}
		}
	}
}
