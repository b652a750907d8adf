package cloudtest

import (
	"encoding/xml"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// STS speaks the protocol of AWS STS (query in, XML out): AssumeRole and
// GetCallerIdentity.
//
// It enforces: Signature Version 4 of callers that its IAM knows; that the
// role exists and trusts the caller; the form of the session name; 900 to
// 43,200 seconds of lifetime. A session policy is not enforced, only kept for
// [STS.Sessions]; MFA, tags, source identity and external ids are ignored.
type STS struct {
	*Server
	Faults *Faults
	iam    *IAM

	sessions *sessionLog
}

// NewSTS starts an STS for the time of a test. What it hands out is accepted by
// each KMS with the same IAM.
func NewSTS(t T, iam *IAM) *STS {
	t.Helper()
	s := &STS{Faults: &Faults{}, iam: iam, sessions: &sessionLog{}}
	s.Server = serveFor(t, http.HandlerFunc(s.handle))
	return s
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
		}{Namespace: stsNamespace, Error: detail{"Sender", code, message}, RequestId: strings.ToLower(randomName(32))})
	}
	body, ok := readBody(r)
	form, err := url.ParseQuery(string(body))
	if !ok || err != nil || r.Method != http.MethodPost {
		fail(400, "MalformedQueryString", "")
		return
	}
	action := form.Get("Action")
	fault, done := s.Faults.begin(action)
	defer done()
	if fault.strike(w, r, fail) {
		return
	}
	if form.Get("Version") != "2011-06-15" {
		fail(400, "NoSuchVersion", "")
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

func (s *STS) assumeRole(w http.ResponseWriter, form url.Values, sig signature, fail func(int, string, string)) {
	role, name := form.Get("RoleArn"), form.Get("RoleSessionName")
	lifetime := 3600
	if d := form.Get("DurationSeconds"); d != "" {
		var err error
		if lifetime, err = strconv.Atoi(d); err != nil {
			lifetime = 0
		}
	}
	if !regexp.MustCompile(`^[\w+=,.@-]{2,64}$`).MatchString(name) || lifetime < 900 || lifetime > 43200 {
		fail(400, "ValidationError", "1 validation error detected")
		return
	}
	c, ok := s.iam.assume(role, name, sig.caller.ARN, time.Duration(lifetime)*time.Second)
	if !ok {
		fail(403, "AccessDenied", "User: "+sig.caller.ARN+" is not authorized to perform: sts:AssumeRole on resource: "+role)
		return
	}
	s.sessions.add(Session{Role: role, Name: name, Policy: form.Get("Policy"), Lifetime: time.Duration(lifetime) * time.Second, Region: sig.region, Caller: c})
	type credentials struct{ AccessKeyId, SecretAccessKey, SessionToken, Expiration string }
	type user struct{ Arn, AssumedRoleId string }
	type result struct {
		Credentials     credentials
		AssumedRoleUser user
	}
	writeXML(w, 200, struct {
		XMLName          xml.Name `xml:"AssumeRoleResponse"`
		Namespace        string   `xml:"xmlns,attr"`
		AssumeRoleResult result
	}{Namespace: stsNamespace, AssumeRoleResult: result{
		credentials{c.AccessKey, c.SecretKey, c.SessionToken, c.Expires.UTC().Format(time.RFC3339)},
		user{c.ARN, "AROA" + randomName(16) + ":" + name},
	}})
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
