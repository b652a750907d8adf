package cloudtest

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"
	"time"
)

// SecretsManager speaks GetSecretValue of AWS Secrets Manager (AWS JSON 1.1,
// target secretsmanager) for all regions and accounts at once.
//
// It enforces: Signature Version 4 of callers that its IAM knows, with expiry; the
// caller's role and session policy; that a secret is asked for in its own
// region, by its ARN or by its name in the caller's account; deletion. It
// does not know versions other than AWSCURRENT and those given, or keys of the
// customer's own.
type SecretsManager struct {
	*Server
	Faults *Faults
	iam    *IAM

	mu      sync.Mutex
	secrets map[string]*secret // by ARN
}

type secret struct {
	name     string
	versions map[string]secretValue // by id or stage
	deleted  bool
}

type secretValue struct {
	text   string
	binary []byte
}

// NewSecretsManager starts a server for the time of a test.
func NewSecretsManager(t T, iam *IAM) *SecretsManager {
	t.Helper()
	s, err := StartSecretsManager(iam)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(s.Close)
	return s
}

// StartSecretsManager starts a server; Close ends it.
func StartSecretsManager(iam *IAM) (*SecretsManager, error) {
	s := &SecretsManager{Faults: &Faults{}, iam: iam, secrets: map[string]*secret{}}
	var err error
	s.Server, err = serve("", http.HandlerFunc(s.handle))
	return s, err
}

// Put stores a secret as a string and returns its ARN, which has six characters
// of its own at the end.
func (s *SecretsManager) Put(region, account, name, text string) string {
	return s.put(region, account, name, secretValue{text: text})
}

// PutBinary is Put for bytes.
func (s *SecretsManager) PutBinary(region, account, name string, b []byte) string {
	return s.put(region, account, name, secretValue{binary: b})
}

func (s *SecretsManager) put(region, account, name string, v secretValue) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	for arn, old := range s.secrets {
		if old.name == name && strings.HasPrefix(arn, "arn:aws:secretsmanager:"+region+":"+account+":") {
			old.versions["AWSPREVIOUS"] = old.versions["AWSCURRENT"]
			old.versions["AWSCURRENT"] = v
			return arn
		}
	}
	arn := "arn:aws:secretsmanager:" + region + ":" + account + ":secret:" + name + "-" + randomName(6)
	s.secrets[arn] = &secret{name: name, versions: map[string]secretValue{"AWSCURRENT": v}}
	return arn
}

// Delete schedules the deletion of a secret.
func (s *SecretsManager) Delete(arn string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.secrets[arn].deleted = true
}

func (s *SecretsManager) handle(w http.ResponseWriter, r *http.Request) {
	serveJSON11(w, r, s.iam, s.Faults, "secretsmanager", "secretsmanager", func(operation string, body []byte, sig signature) (any, *awsError) {
		var in struct{ SecretId, VersionId, VersionStage string }
		if json.Unmarshal(body, &in) != nil || operation != "GetSecretValue" || in.SecretId == "" {
			return nil, &awsError{400, "InvalidParameterException", "Invalid parameter"}
		}
		return s.get(in.SecretId, in.VersionId, in.VersionStage, sig)
	})
}

func (s *SecretsManager) get(id, version, stage string, sig signature) (any, *awsError) {
	s.mu.Lock()
	defer s.mu.Unlock()
	prefix := "arn:aws:secretsmanager:" + sig.region + ":"
	for arn, found := range s.secrets {
		byName := found.name == id && strings.HasPrefix(arn, prefix+account(sig.caller.ARN)+":")
		if arn != id && !byName || !strings.HasPrefix(arn, prefix) {
			continue
		}
		if !s.iam.may(sig.caller, "secretsmanager:GetSecretValue", arn, nil) {
			return nil, denied(sig, "secretsmanager:GetSecretValue", arn)
		}
		if found.deleted {
			return nil, &awsError{400, "InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion."}
		}
		which := "AWSCURRENT"
		for _, given := range []string{stage, version} {
			if given != "" {
				which = given
			}
		}
		v, ok := found.versions[which]
		if !ok {
			return nil, &awsError{400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret value for staging label: " + which}
		}
		out := map[string]any{"ARN": arn, "Name": found.name, "VersionId": "00000000-0000-4000-8000-000000000001", "VersionStages": []string{which}, "CreatedDate": float64(time.Now().Unix())}
		if v.binary != nil {
			out["SecretBinary"] = v.binary
		} else {
			out["SecretString"] = v.text
		}
		return out, nil
	}
	if arn := prefix + account(sig.caller.ARN) + ":secret:" + id; !strings.HasPrefix(id, "arn:") && !s.iam.may(sig.caller, "secretsmanager:GetSecretValue", arn+"-??????", nil) {
		return nil, denied(sig, "secretsmanager:GetSecretValue", id)
	}
	return nil, &awsError{400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."}
}

func denied(sig signature, action, resource string) *awsError {
	return &awsError{400, "AccessDeniedException", "User: " + sig.caller.ARN + " is not authorized to perform: " + action + " on resource: " + resource +
		" because no session policy allows the " + action + " action"}
}
