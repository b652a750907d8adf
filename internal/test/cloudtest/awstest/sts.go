package awstest

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// STS speaks the protocol of AWS STS (query in, XML out): AssumeRole,
// AssumeRoleWithWebIdentity and GetCallerIdentity.
//
// It enforces: Signature Version 4 of callers that its IAM knows, but for
// AssumeRoleWithWebIdentity, where it verifies the ID token's signature,
// issuer, times and audience and the role's trust policy; that the role exists
// and trusts the caller; external ids; what a session policy lets a session assume;
// the form of the session name; 900 to 43,200 seconds of lifetime, one hour
// in a chain of roles; the length and form of session policies, which KMS, SecretsManager
// and SSM then enforce. MFA, tags and source identity are ignored.
type STS struct {
	*cloudtest.Server
	Faults *cloudtest.Faults
	iam    *IAM

	sessions *sessionLog
}

// NewSTS starts an STS for the time of a test. What it hands out is accepted by
// each server with the same IAM.
func NewSTS(t cloudtest.T, iam *IAM) *STS {
	t.Helper()
	s, err := StartSTS(iam)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// StartSTS starts an STS; Close ends it.
func StartSTS(iam *IAM) (*STS, error) {
	s := &STS{Faults: &cloudtest.Faults{}, iam: iam, sessions: &sessionLog{}}
	var err error
	s.Server, err = cloudtest.Serve("", http.HandlerFunc(s.handle))
	return s, err
}

// Sessions returns the sessions handed out so far.
func (s *STS) Sessions() []Session { return s.sessions.all() }

const stsNamespace = "https://sts.amazonaws.com/doc/2011-06-15/"

func (s *STS) handle(w http.ResponseWriter, r *http.Request) {
	fail := func(status int, code, message string) {
		type detail struct{ Type, Code, Message string }
		writeXML(w, status, struct {
			XMLName   xml.Name `xml:"ErrorResponse"`
			Namespace string   `xml:"xmlns,attr"`
			Error     detail
			RequestId string
		}{Namespace: stsNamespace, Error: detail{"Sender", code, message}, RequestId: strings.ToLower(cloudtest.RandomName(32))})
	}
	body, ok := cloudtest.ReadBody(r)
	form, err := url.ParseQuery(string(body))
	if !ok || err != nil || r.Method != http.MethodPost {
		fail(400, "MalformedQueryString", "")
		return
	}
	action := form.Get("Action")
	fault, done := s.Faults.Begin(action)
	defer done()
	if fault.Strike(w, r, fail) {
		return
	}
	if form.Get("Version") != "2011-06-15" {
		fail(400, "NoSuchVersion", "")
		return
	}
	if action == "AssumeRoleWithWebIdentity" {
		s.assumeRoleWithWebIdentity(w, form, r.Host, fail)
		return
	}
	sig, bad := s.iam.verify(r, body, "sts")
	if bad != nil {
		fail(bad.status, stsCode(bad.code), bad.message)
		return
	}
	switch action {
	case "AssumeRole":
		s.assumeRole(w, form, sig, fail)
	case "GetCallerIdentity":
		type result struct{ Arn, UserId, Account string }
		writeXML(w, 200, struct {
			XMLName                 xml.Name `xml:"GetCallerIdentityResponse"`
			Namespace               string   `xml:"xmlns,attr"`
			GetCallerIdentityResult result
		}{Namespace: stsNamespace, GetCallerIdentityResult: result{sig.caller.ARN, sig.caller.AccessKey, account(sig.caller.ARN)}})
	default:
		fail(400, "InvalidAction", "Could not find operation "+action)
	}
}

var sessionName = regexp.MustCompile(`^[\w+=,.@-]{2,64}$`)

type stsCredentials struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string }

type stsUser struct{ Arn, AssumedRoleId string }

func (c Caller) stsCredentials() stsCredentials {
	return stsCredentials{c.AccessKey, c.SecretKey, c.SessionToken, c.Expires.UTC().Format(time.RFC3339)}
}

func (s *STS) assumeRole(w http.ResponseWriter, form url.Values, sig signature, fail func(int, string, string)) {
	role, name, policy := form.Get("RoleArn"), form.Get("RoleSessionName"), form.Get("Policy")
	lifetime, bad := sessionParameters(form)
	if bad == nil {
		bad = checkSessionPolicy(policy)
	}
	if bad != nil {
		fail(bad.status, bad.code, bad.message)
		return
	}
	s.iam.mu.Lock()
	external := s.iam.externalIDs[role]
	s.iam.mu.Unlock()
	if !s.iam.trusts(role, sig.caller.ARN) || !s.iam.may(sig.caller, "sts:AssumeRole", role, nil) || external != "" && form.Get("ExternalId") != external {
		fail(403, "AccessDenied", "User: "+sig.caller.ARN+" is not authorized to perform: sts:AssumeRole on resource: "+role)
		return
	}
	if sig.caller.Role != "" && lifetime > time.Hour {
		fail(400, "ValidationError", "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining")
		return
	}
	c := s.iam.session(role, name, policy, lifetime)
	s.sessions.add(Session{Role: role, Name: name, Policy: policy, Lifetime: lifetime, Region: sig.region, Caller: c, ExternalID: form.Get("ExternalId")})
	type result struct {
		Credentials     stsCredentials
		AssumedRoleUser stsUser
	}
	writeXML(w, 200, struct {
		XMLName          xml.Name `xml:"AssumeRoleResponse"`
		Namespace        string   `xml:"xmlns,attr"`
		AssumeRoleResult result
	}{Namespace: stsNamespace, AssumeRoleResult: result{c.stsCredentials(), stsUser{c.ARN, "AROA" + cloudtest.RandomName(16) + ":" + name}}})
}

// stsCode is how STS, whose protocol is older, spells an error code.
func stsCode(code string) string {
	switch code {
	case "InvalidSignatureException":
		return "SignatureDoesNotMatch"
	case "UnrecognizedClientException":
		return "InvalidClientTokenId"
	case "ExpiredTokenException":
		return "ExpiredToken"
	}
	return strings.TrimSuffix(code, "Exception")
}

func writeXML(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "text/xml")
	w.WriteHeader(status)
	xml.NewEncoder(w).Encode(body)
}
