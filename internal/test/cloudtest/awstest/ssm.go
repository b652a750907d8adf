package awstest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// SSM speaks GetParameter of AWS Systems Manager (AWS JSON 1.1, target
// AmazonSSM) for all regions at once.
//
// It enforces: Signature Version 4 of callers that its IAM knows, with expiry;
// the caller's role and session policy, for the parameter and, through
// kms:ViaService, for the key of a SecureString; WithDecryption (without it a
// SecureString comes as ciphertext); version numbers and labels behind a colon.
// Parameters belong to the caller's account, whichever that is. It does not
// know sharing, tiers, or request quotas.
type SSM struct {
	*cloudtest.Server
	// Faults makes calls go wrong and counts them; the operation is GetParameter.
	Faults *cloudtest.Faults
	iam    *IAM

	mu         sync.Mutex
	parameters map[string]*parameter // by region and name
	keyARN     string
}

type parameter struct {
	kind   string   // String or SecureString
	values []string // oldest first
	labels map[string]int
}

// NewSSM starts a server for the time of a test. keyARN names the key of its
// SecureStrings; empty means the account's own, which needs no permission.
func NewSSM(t cloudtest.T, iam *IAM, keyARN string) *SSM {
	t.Helper()
	s, err := StartSSM(iam, keyARN)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// StartSSM starts a server; Close ends it.
func StartSSM(iam *IAM, keyARN string) (*SSM, error) {
	s := &SSM{Faults: &cloudtest.Faults{}, iam: iam, parameters: map[string]*parameter{}, keyARN: keyARN}
	var err error
	s.Server, err = cloudtest.Serve("", http.HandlerFunc(s.handle))
	return s, err
}

// Put stores a SecureString, as a new version if there is one already.
func (s *SSM) Put(region, name, value string) { s.put(region, name, "SecureString", value) }

// PutString is Put for what is not encrypted.
func (s *SSM) PutString(region, name, value string) { s.put(region, name, "String", value) }

func (s *SSM) put(region, name, kind, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.parameters[region+" "+name]
	if p == nil {
		p = &parameter{labels: map[string]int{}}
		s.parameters[region+" "+name] = p
	}
	p.kind = kind
	p.values = append(p.values, value)
}

// Label names a version of a parameter.
func (s *SSM) Label(region, name string, version int, label string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parameters[region+" "+name].labels[label] = version
}

func (s *SSM) handle(w http.ResponseWriter, r *http.Request) {
	serveJSON11(w, r, s.iam, s.Faults, "AmazonSSM", "ssm", func(operation string, body []byte, sig signature) (any, *awsError) {
		var in struct {
			Name           string
			WithDecryption bool
		}
		switch {
		case operation != "GetParameter":
			return nil, &awsError{400, "UnknownOperationException", ""}
		case json.Unmarshal(body, &in) != nil:
			return nil, &awsError{400, "SerializationException", ""}
		case in.Name == "":
			return nil, &awsError{400, "ValidationException", "1 validation error detected: Value at 'name' failed to satisfy constraint: Member must have length greater than or equal to 1"}
		}
		return s.get(in.Name, in.WithDecryption, sig)
	})
}

func (s *SSM) get(id string, decrypt bool, sig signature) (any, *awsError) {
	prefix := "arn:" + partition(sig.region) + ":ssm:" + sig.region + ":" + account(sig.caller.ARN) + ":parameter/"
	if rest, ok := strings.CutPrefix(id, prefix); ok {
		id = rest
		if strings.Contains(id, "/") {
			id = "/" + id
		}
	}
	if strings.HasPrefix(id, "arn:") {
		return nil, &awsError{400, "ValidationException", "Parameters of other accounts and regions are not known here."}
	}
	name, selector, selected := strings.Cut(id, ":")
	arn := prefix + strings.TrimPrefix(name, "/")
	if !s.iam.may(sig.caller, "ssm:GetParameter", arn, nil) {
		return nil, denied(sig, "ssm:GetParameter", arn)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.parameters[sig.region+" "+name]
	if p == nil {
		return nil, &awsError{400, "ParameterNotFound", ""}
	}
	via := conditions{"kms:ViaService": viaService("ssm", sig.region), "kms:EncryptionContext:PARAMETER_ARN": {arn}}
	if decrypt && p.kind == "SecureString" && s.keyARN != "" && !s.iam.may(sig.caller, "kms:Decrypt", s.keyARN, via) {
		return nil, denied(sig, "kms:Decrypt", s.keyARN)
	}
	n := len(p.values)
	if selected {
		var ok bool
		if n, ok = p.version(selector); !ok {
			return nil, &awsError{400, "ParameterVersionNotFound", "Systems Manager could not find version " + selector + " of " + name + ". Verify the version and try again."}
		}
	}
	value := p.values[n-1]
	if !decrypt && p.kind == "SecureString" {
		value = base64.StdEncoding.EncodeToString([]byte("throw-away ciphertext of " + arn))
	}
	out := map[string]any{"ARN": arn, "Name": name, "Type": p.kind, "Value": value, "Version": n, "DataType": "text", "LastModifiedDate": float64(time.Now().Unix())}
	if selected {
		out["Selector"] = ":" + selector
	}
	return map[string]any{"Parameter": out}, nil
}

// version finds a version by its number or label.
func (p *parameter) version(selector string) (int, bool) {
	if n, ok := p.labels[selector]; ok {
		return n, true
	}
	n, err := strconv.Atoi(selector)
	return n, err == nil && n >= 1 && n <= len(p.values)
}
