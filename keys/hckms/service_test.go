package hckms

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/encrypt"
	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
	"github.com/gitsecrets/gitsecrets/internal/test/keytest"
	"github.com/gitsecrets/gitsecrets/policy"
)

// secretKey is throw-away.
const secretKey = "throw-away-secret-key"

// environment has the variables by which a server is reached.
func environment(server *cloudtest.HuaweiKMS) func(string) string {
	variables := map[string]string{
		"HUAWEICLOUD_SDK_REGION_KMS_TR_WEST_1": server.URL, "HUAWEICLOUD_SDK_AK": server.AccessKey,
		"HUAWEICLOUD_SDK_SK": secretKey, "HUAWEICLOUD_SDK_PROJECT_ID": server.Project,
	}
	return func(name string) string { return variables[name] }
}

func TestRefusesBeforeItSends(t *testing.T) {
	s := New(Options{Getenv: func(name string) string {
		return map[string]string{"HUAWEICLOUD_SDK_AK": "throw-away", "HUAWEICLOUD_SDK_SK": "throw-away", "HUAWEICLOUD_SDK_PROJECT_ID": "throw-away"}[name]
	}})
	for _, key := range keytest.Invalid(t) {
		if _, err := s.Wrap(t.Context(), key, keytest.DataKey()); err == nil {
			t.Errorf("%+v was accepted", key)
		}
	}
	_, err := s.Wrap(t.Context(), policy.Key{Type: policy.HuaweiKMS, ID: "nowhere-1:0d0466b0-e727-4d9c-b35d-f84bb474a37f"}, keytest.DataKey())
	var e *call.Error
	if !errors.As(err, &e) || e.Failure != call.BadKey || err.Error() != "HuaweiCloud KMS: the key's region is not known" {
		t.Errorf("got %v", err)
	}
	if _, err := s.Unwrap(t.Context(), encrypt.Wrapped{Key: policy.Key{Type: policy.HuaweiKMS, ID: "tr-west-1:0d0466b0-e727-4d9c-b35d-f84bb474a37f"}, Enc: strings.Repeat("x", 1<<20)}); err == nil {
		t.Error("an endless ciphertext was sent")
	}
}

// The code of a refusal is shown, its words are not.
func TestErrors(t *testing.T) {
	for body, want := range map[string]string{
		`{"error":{"error_code":"KMS.0301","error_msg":"CANARY"}}`: "HuaweiCloud KMS: KMS.0301: these credentials are not allowed to use the key",
		`{"error_code":"APIGW.0301","error_msg":"CANARY"}`:         "HuaweiCloud KMS: APIGW.0301: these credentials are not allowed to use the key",
		`{"error_code":"CANARY"}`:                                  "HuaweiCloud KMS: HTTP status 403: these credentials are not allowed to use the key",
		`CANARY`:                                                   "HuaweiCloud KMS: HTTP status 403: these credentials are not allowed to use the key",
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusForbidden)
			w.Write([]byte(body))
		}))
		s := New(Options{Getenv: func(name string) string {
			return map[string]string{
				"HUAWEICLOUD_SDK_AK": "throw-away", "HUAWEICLOUD_SDK_SK": "throw-away", "HUAWEICLOUD_SDK_PROJECT_ID": "throw-away",
				"HUAWEICLOUD_SDK_REGION_KMS_TR_WEST_1": server.URL,
			}[name]
		}})
		_, err := s.Wrap(t.Context(), policy.Key{Type: policy.HuaweiKMS, ID: "tr-west-1:0d0466b0-e727-4d9c-b35d-f84bb474a37f"}, keytest.DataKey())
		if err == nil || err.Error() != want {
			t.Errorf("%s: got %v", body, err)
		}
		server.Close()
	}
}

// iam answers as IAM, the metadata of a machine and that of a pod do.
func iam(t *testing.T, server *cloudtest.HuaweiKMS) *httptest.Server {
	t.Helper()
	temporary := `"access":"` + server.AccessKey + `","secret":"throw-away","securitytoken":"throw-away","expires_at":"2099-01-08T03:50:07.574000Z"`
	pod := `"accessKeyId":"` + server.AccessKey + `","secretAccessKey":"throw-away","securityToken":"throw-away","expiration":"2099-01-08T03:50:07.574000Z"`
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/v3/projects":
			if r.URL.Query().Get("name") != "tr-west-1" || !strings.Contains(r.Header.Get("Authorization"), "SignedHeaders=") {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			w.Write([]byte(`{"projects":[{"id":"` + server.Project + `"}]}`))
		case "/v3.0/OS-AUTH/id-token/tokens":
			if r.Header.Get("X-Idp-Id") != "provider" {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			w.Header().Set("X-Subject-Token", "throw-away")
			w.Write([]byte(`{"token":{"expires_at":"2099-01-08T03:50:07.574000Z"}}`))
		case "/v3.0/OS-CREDENTIAL/securitytokens":
			w.Write([]byte(`{"credential":{` + temporary + `}}`))
		case "/pod":
			if r.Header.Get("Authorization") != "throw-away" {
				w.WriteHeader(http.StatusForbidden)
				return
			}
			w.Write([]byte(`{"credentials":{` + pod + `}}`))
		case "/meta-data/latest/api/token":
			w.WriteHeader(http.StatusNotFound) // an older machine
		case "/openstack/latest/securitykey":
			w.Write([]byte(`{"credential":{` + temporary + `}}`))
		default:
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// Credentials are found in each place in which the SDK looks, and the project of a
// region with them.
func TestFindsCredentials(t *testing.T) {
	const id = "0d0466b0-e727-4d9c-b35d-f84bb474a37f"
	server := cloudtest.NewHuaweiKMS(t, id)
	near := iam(t, server)
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	token := write("token", "throw-away\n")
	regions := write("regions.yaml", "ECS:\n- id: tr-west-1\n  endpoint: https://no.example\nKMS:\n- id: tr-west-1\n  endpoint: "+server.URL+"\n")
	write("profile/.huaweicloud/credentials", "[basic]\nak = "+server.AccessKey+"\nsk = throw-away\niam_endpoint = "+near.URL+"\n")
	write("idp/.huaweicloud/credentials", "[basic]\nidp_id = provider\nid_token_file = "+token+"\niam_endpoint = "+near.URL+"\nproject_id = "+server.Project+"\n")
	for name, env := range map[string]map[string]string{
		"profile":           {"HOME": filepath.Join(dir, "profile")},
		"identity provider": {"HOME": filepath.Join(dir, "idp")},
		"file of its own":   {"HUAWEICLOUD_SDK_CREDENTIALS_FILE": filepath.Join(dir, "profile/.huaweicloud/credentials")},
		"pod":               {"HC_CONTAINER_CREDENTIALS_FULL_URI": near.URL + "/pod", "HC_CONTAINER_AUTHORIZATION_TOKEN_FILE": token, "no machine": "1"},
		"machine":           {},
	} {
		env["HUAWEICLOUD_SDK_REGIONS_FILE"] = regions
		client := &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
			switch r.URL.Host {
			case "169.254.169.254":
				if env["no machine"] != "" {
					return nil, errors.New("no route")
				}
				fallthrough
			case "iam.tr-west-1.myhuaweicloud.com":
				r = r.Clone(r.Context())
				r.URL.Scheme, r.URL.Host = "http", strings.TrimPrefix(near.URL, "http://")
			}
			return http.DefaultTransport.RoundTrip(r)
		})}
		s := New(Options{HTTPClient: client, Getenv: func(name string) string { return env[name] }})
		w, err := s.Wrap(t.Context(), policy.Key{Type: policy.HuaweiKMS, ID: "tr-west-1:" + id}, keytest.DataKey())
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := s.Unwrap(t.Context(), w); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	s := New(Options{HTTPClient: &http.Client{Transport: roundTripper(func(*http.Request) (*http.Response, error) { return nil, errors.New("no route") })}})
	_, err := s.Wrap(t.Context(), policy.Key{Type: policy.HuaweiKMS, ID: "tr-west-1:" + id}, keytest.DataKey())
	if err == nil || err.Error() != "HuaweiCloud KMS: no usable HuaweiCloud credentials" {
		t.Errorf("nowhere: %v", err)
	}
}
