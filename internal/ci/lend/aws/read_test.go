package aws

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gitsecrets/gitsecrets/internal/call"
	"github.com/gitsecrets/gitsecrets/policy"
)

const (
	storedValue = "AGE-SECRET-KEY-THROW-AWAY" // throw-away, and no key
	wholeSecret = "arn:aws:secretsmanager:us-east-1:444455556666:secret:ci/sops-AbC123"
)

// fakeStore is Secrets Manager and SSM with a script, like fakeSTS; an entry is "STATUS CODE: message", or a body of
// JSON to answer 200 with.
type fakeStore struct {
	*httptest.Server
	script  []string
	bodies  []map[string]any
	targets []string
	auth    []string
}

func newFakeStore(t *testing.T, script ...string) *fakeStore {
	f := &fakeStore{script: script}
	f.Server = httptest.NewServer(f)
	t.Cleanup(f.Close)
	return f
}

func (f *fakeStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var body map[string]any
	json.NewDecoder(r.Body).Decode(&body)
	f.bodies = append(f.bodies, body)
	f.targets = append(f.targets, r.Header.Get("X-Amz-Target"))
	f.auth = append(f.auth, r.Header.Get("Authorization"))
	next := f.script[0]
	if len(f.script) > 1 {
		f.script = f.script[1:]
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if strings.HasPrefix(next, "{") {
		io.WriteString(w, next)
		return
	}
	head, message, _ := strings.Cut(next, ": ")
	var status int
	var code string
	fmt.Sscanf(head, "%d %s", &status, &code)
	w.WriteHeader(status)
	fmt.Fprintf(w, `{"__type":%q,"message":%q}`, code, message)
}

func readFrom(t *testing.T, r policy.Reference, script ...string) (value string, store *fakeStore, a *awsTest, err error) {
	t.Helper()
	a = newAWSTest(t)
	store = newFakeStore(t, script...)
	a.env["AWS_ENDPOINT_URL_SECRETS_MANAGER"], a.env["AWS_ENDPOINT_URL_SSM"] = store.URL, store.URL
	a.need = Resources{Secrets: []policy.Reference{r}}
	if r.Store == policy.StoreAWSSSM {
		a.need = Resources{Parameters: []policy.Reference{r}}
	}
	b, err := a.make(t).Read(context.Background(), r)
	if err != nil {
		checkQuiet(t, err.Error())
		if strings.Contains(err.Error(), storedValue) || b != nil {
			t.Errorf("an error with a secret: %v", err)
		}
	}
	return string(b), store, a, err
}

func TestAWSReadSecret(t *testing.T) {
	str := `{"ARN":"x","Name":"ci/sops","SecretString":"` + storedValue + `\n"}`
	tests := map[string]struct {
		ref    policy.Reference
		answer string
		want   string
		asked  map[string]any
		region string
	}{
		"string":  {secretRef("ci/sops"), str, storedValue + "\n", map[string]any{"SecretId": "ci/sops"}, "eu-central-1"},
		"binary":  {secretRef("ci/sops"), `{"SecretBinary":"AP8K"}`, "\x00\xff\n", map[string]any{"SecretId": "ci/sops"}, "eu-central-1"},
		"JSON":    {secretRef("ci/sops"), `{"SecretString":"{\"k\":1}"}`, `{"k":1}`, map[string]any{"SecretId": "ci/sops"}, "eu-central-1"},
		"region":  {secretRef("ci/sops", "region", "us-west-2"), str, storedValue + "\n", map[string]any{"SecretId": "ci/sops"}, "us-west-2"},
		"ARN":     {secretRef(wholeSecret), str, storedValue + "\n", map[string]any{"SecretId": wholeSecret}, "us-east-1"},
		"version": {secretRef("x", "version_id", "11111111-2222-3333-4444-555555555555"), str, storedValue + "\n", map[string]any{"SecretId": "x", "VersionId": "11111111-2222-3333-4444-555555555555"}, "eu-central-1"},
		"stage":   {secretRef("x", "version_stage", "AWSPREVIOUS"), str, storedValue + "\n", map[string]any{"SecretId": "x", "VersionStage": "AWSPREVIOUS"}, "eu-central-1"},
	}
	for name, test := range tests {
		got, store, _, err := readFrom(t, test.ref, test.answer)
		if err != nil || got != test.want {
			t.Errorf("%s: got %q, %v, want %q", name, got, err, test.want)
		}
		if len(store.bodies) != 1 || !maps.Equal(store.bodies[0], test.asked) || store.targets[0] != "secretsmanager.GetSecretValue" ||
			!strings.Contains(store.auth[0], "/"+test.region+"/secretsmanager/") {
			t.Errorf("%s: asked %v %v of %v", name, store.targets, store.bodies, store.auth)
		}
	}
}

func TestAWSReadParameter(t *testing.T) {
	value := func(kind string) string {
		return `{"Parameter":{"Name":"/ci/key","Type":"` + kind + `","Value":"` + storedValue + `"}}`
	}
	for name, test := range map[string]struct {
		ref    policy.Reference
		answer string
		asked  string
		region string
	}{
		"name":    {parameterRef("/ci/key"), value("SecureString"), "/ci/key", "eu-central-1"},
		"version": {parameterRef("/ci/key", "version", "7", "region", "us-west-2"), value("SecureString"), "/ci/key:7", "us-west-2"},
		"ARN":     {parameterRef("/arn:aws:ssm:us-east-1:444455556666:parameter/ci/key"), value("SecureString"), "arn:aws:ssm:us-east-1:444455556666:parameter/ci/key", "us-east-1"},
	} {
		got, store, _, err := readFrom(t, test.ref, test.answer)
		if err != nil || got != storedValue {
			t.Errorf("%s: got %q, %v", name, got, err)
		}
		if len(store.bodies) != 1 || !maps.Equal(store.bodies[0], map[string]any{"Name": test.asked, "WithDecryption": true}) || store.targets[0] != "AmazonSSM.GetParameter" ||
			!strings.Contains(store.auth[0], "/"+test.region+"/ssm/") {
			t.Errorf("%s: asked %v %v of %v", name, store.targets, store.bodies, store.auth)
		}
	}
}

// A parameter that is not encrypted is read, and somebody is told.
func TestAWSReadPlainParameter(t *testing.T) {
	a := newAWSTest(t)
	store := newFakeStore(t, `{"Parameter":{"Type":"String","Value":"x"}}`)
	a.env["AWS_ENDPOINT_URL_SSM"] = store.URL
	var warnings []string
	a.world.Warn = func(text string) { warnings = append(warnings, text) }
	if b, err := a.make(t).Read(context.Background(), parameterRef("/x")); err != nil || string(b) != "x" || len(warnings) != 1 || !strings.Contains(warnings[0], "SecureString") {
		t.Errorf("got %q, %v, %q", b, err, warnings)
	}
}

func TestAWSReadFailures(t *testing.T) {
	ok := `{"SecretString":"` + storedValue + `","Parameter":{"Type":"SecureString","Value":"` + storedValue + `"}}`
	for name, test := range map[string]struct {
		script []string
		want   call.Failure // 255: none
		asked  int
		tokens int
	}{
		"not found":         {[]string{"400 ResourceNotFoundException: Secrets Manager can't find the specified secret."}, call.BadKey, 1, 1},
		"no parameter":      {[]string{"400 ParameterNotFound: "}, call.BadKey, 1, 1},
		"no version":        {[]string{"400 ParameterVersionNotFound: Systems Manager could not find version 7"}, call.BadKey, 1, 1},
		"pending deletion":  {[]string{"400 InvalidRequestException: You can't perform this operation on the secret because it was marked for deletion."}, call.BadKey, 1, 1},
		"decryption":        {[]string{"400 DecryptionFailure: Secrets Manager can't decrypt the protected secret text using the provided KMS key."}, call.BadKey, 1, 1},
		"key":               {[]string{"400 InvalidKeyId: x"}, call.BadKey, 1, 1},
		"denied":            {[]string{"400 AccessDeniedException: User: x is not authorized to perform: y"}, call.Refused, 1, 1},
		"denied KMS":        {[]string{"400 AccessDeniedException: Access to KMS is not allowed"}, call.Refused, 1, 1},
		"throttled":         {[]string{"400 ThrottlingException: Rate exceeded", "400 ThrottlingException: Rate exceeded", ok}, 255, 3, 1},
		"500":               {[]string{"500 InternalServiceError: x", ok}, 255, 2, 1},
		"500 for good":      {[]string{"500 InternalServerError: x"}, call.Transient, 8, 1},
		"expired, then not": {[]string{"400 ExpiredTokenException: The security token included in the request is expired", ok}, 255, 2, 2},
		"expired for good":  {[]string{"400 ExpiredTokenException: x"}, call.Refused, 2, 3},
		"bad credentials":   {[]string{"400 UnrecognizedClientException: The security token included in the request is invalid."}, call.Refused, 1, 1},
		"empty":             {[]string{`{}`}, call.BadKey, 1, 1},
		"garbage":           {[]string{`{[`}, call.NotTheService, 1, 1},
		"2 MB":              {[]string{`{"SecretString":"` + strings.Repeat("x", 2<<20) + `"}`}, call.NotTheService, 1, 1},
	} {
		for _, r := range []policy.Reference{secretRef("ci/sops"), parameterRef("/ci/sops")} {
			got, store, a, err := readFrom(t, r, test.script...)
			if problemOf(err) != test.want || len(store.bodies) != test.asked || err == nil && got != storedValue {
				t.Errorf("%s, %s: got problem %d: %v after %d requests", r.Store, name, problemOf(err), err, len(store.bodies))
			}
			if n := a.source.count(); n > test.tokens {
				t.Errorf("%s, %s: %d tokens, want %d", r.Store, name, n, test.tokens)
			}
			var e *call.Error
			if errors.As(err, &e) && !strings.Contains(err.Error(), r.Text) {
				t.Errorf("%s, %s: the error does not name the reference: %v", r.Store, name, err)
			}
		}
	}
}

// Without credentials no store is asked, and the error is STS's.
func TestAWSReadRefused(t *testing.T) {
	a := newAWSTest(t, "403 AccessDenied: x")
	store := newFakeStore(t, `{}`)
	a.env["AWS_ENDPOINT_URL_SECRETS_MANAGER"] = store.URL
	p := a.make(t)
	for _, r := range []policy.Reference{secretRef("x"), secretRef("y")} {
		if _, err := p.Read(context.Background(), r); problemOf(err) != call.Refused || len(store.bodies) != 0 || len(a.sts.seen()) != 1 {
			t.Errorf("%v after %d and %d requests", err, len(a.sts.seen()), len(store.bodies))
		}
	}
	for _, r := range []policy.Reference{{Text: "ref+vault://x", Store: policy.StoreVault, Path: "x"}, secretRef("arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:x"), secretRef("*")} {
		if _, err := newAWSTest(t).make(t).Read(context.Background(), r); problemOf(err) != call.BadSetting || !strings.Contains(err.Error(), r.Text) {
			t.Errorf("%s: %v", r.Text, err)
		}
	}
}
