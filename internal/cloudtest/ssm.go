package cloudtest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
)

// SSM speaks GetParameter of AWS Systems Manager (AWS JSON 1.1, target
// AmazonSSM) for all regions at once.
//
// It enforces: Signature Version 4 of callers that its IAM knows, with expiry;
// the caller's role and session policy, for the parameter and, through
// kms:ViaService, for the key of a SecureString; WithDecryption (without it a
// SecureString comes as ciphertext); version numbers behind a colon. It
// does not know labels, sharing or tiers.
type SSM struct {
	*Server
	Faults *Faults
	iam    *IAM

	mu         sync.Mutex
	parameters map[string][]string // region and name: values, oldest first
	keyARN     string
}

// NewSSM starts a server for the time of a test. keyARN names the key of its
// SecureStrings; empty means the account's own, which needs no permission.
func NewSSM(t T, iam *IAM, keyARN string) *SSM {
	t.Helper()
	s := &SSM{Faults: &Faults{}, iam: iam, parameters: map[string][]string{}, keyARN: keyARN}
	s.Server = serveFor(t, http.HandlerFunc(s.handle))
	return s
}

// Put stores a SecureString, as a new version if there is one already.
func (s *SSM) Put(region, name, value string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parameters[region+" "+name] = append(s.parameters[region+" "+name], value)
}

func (s *SSM) handle(w http.ResponseWriter, r *http.Request) {
	serveJSON11(w, r, s.iam, s.Faults, "AmazonSSM", "ssm", func(operation string, body []byte, sig signature) (any, *awsError) {
		var in struct {
			Name           string
			WithDecryption bool
		}
		if json.Unmarshal(body, &in) != nil || operation != "GetParameter" || in.Name == "" {
			return nil, &awsError{400, "ValidationException", "Invalid parameter"}
		}
		return s.get(in.Name, in.WithDecryption, sig)
	})
}

func (s *SSM) get(id string, decrypt bool, sig signature) (any, *awsError) {
	name, version, numbered := strings.Cut(id, ":")
	if strings.HasPrefix(id, "arn:") {
		return nil, &awsError{400, "ValidationException", "Parameters of other accounts are not known here."}
	}
	arn := "arn:aws:ssm:" + sig.region + ":" + account(sig.caller.ARN) + ":parameter/" + strings.TrimPrefix(name, "/")
	if !s.iam.may(sig.caller, "ssm:GetParameter", arn, nil) {
		return nil, denied(sig, "ssm:GetParameter", arn)
	}
	via := map[string]string{"kms:ViaService": "ssm." + sig.region + ".amazonaws.com"}
	if decrypt && s.keyARN != "" && !s.iam.may(sig.caller, "kms:Decrypt", s.keyARN, via) {
		return nil, denied(sig, "kms:Decrypt", s.keyARN)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	values := s.parameters[sig.region+" "+name]
	if len(values) == 0 {
		return nil, &awsError{400, "ParameterNotFound", ""}
	}
	n := len(values)
	if numbered {
		var err error
		if n, err = strconv.Atoi(version); err != nil || n < 1 || n > len(values) {
			return nil, &awsError{400, "ParameterVersionNotFound", ""}
		}
	}
	value := values[n-1]
	if !decrypt {
		value = "AQICAHciphertext"
	}
	return map[string]any{"Parameter": map[string]any{
		"ARN": arn, "Name": name, "Type": "SecureString", "Value": value, "Version": n, "DataType": "text", "LastModifiedDate": float64(time.Now().Unix()),
	}}, nil
}
