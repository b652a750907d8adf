package awstest

import (
	"encoding/json"
	"net/http"
	"strings"
	"sync"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// SecretsManager speaks GetSecretValue of AWS Secrets Manager (AWS JSON 1.1,
// target secretsmanager) for all regions and accounts at once.
//
// It enforces: Signature Version 4 of callers that its IAM knows, with expiry;
// the caller's role and session policy, with the condition
// secretsmanager:VersionStage; the same for the key of a secret that has one
// of the customer's own, through kms:ViaService; that a secret is asked for in its own
// region, by its ARN, with or without the six characters at the end, or by its
// name in the caller's account; versions and their stages; deletion. It does not
// know policies of secrets, replicas, rotation, or request quotas.
type SecretsManager struct {
	*cloudtest.Server
	// Faults makes calls go wrong and counts them; the operation is GetSecretValue.
	Faults *cloudtest.Faults
	iam    *IAM

	mu      sync.Mutex
	secrets map[string]*secret // by ARN
}

// NewSecretsManager starts a server for the time of a test.
func NewSecretsManager(t cloudtest.T, iam *IAM) *SecretsManager {
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
	s := &SecretsManager{Faults: &cloudtest.Faults{}, iam: iam, secrets: map[string]*secret{}}
	var err error
	s.Server, err = cloudtest.Serve("", http.HandlerFunc(s.handle))
	return s, err
}

func (s *SecretsManager) handle(w http.ResponseWriter, r *http.Request) {
	serveJSON11(w, r, s.iam, s.Faults, "secretsmanager", "secretsmanager", func(operation string, body []byte, sig signature) (any, *awsError) {
		var in struct{ SecretId, VersionId, VersionStage string }
		switch {
		case operation != "GetSecretValue":
			return nil, &awsError{400, "UnknownOperationException", ""}
		case json.Unmarshal(body, &in) != nil:
			return nil, &awsError{400, "SerializationException", ""}
		case in.SecretId == "":
			return nil, &awsError{400, "ValidationException", "1 validation error detected: Value at 'secretId' failed to satisfy constraint: Member must have length greater than or equal to 1"}
		}
		return s.get(in.SecretId, in.VersionId, in.VersionStage, sig)
	})
}

func (s *SecretsManager) get(id, version, stage string, sig signature) (any, *awsError) {
	const action = "secretsmanager:GetSecretValue"
	s.mu.Lock()
	defer s.mu.Unlock()
	request := conditions{}
	if stage != "" {
		request["secretsmanager:VersionStage"] = []string{stage}
	}
	found := s.find(id, sig)
	if found == nil {
		// Who may not read a secret does not learn that there is none.
		arn := id
		if !strings.HasPrefix(id, "arn:") {
			arn = secretPrefix(sig.region, account(sig.caller.ARN)) + id + "-??????"
		}
		if !s.iam.may(sig.caller, action, arn, request) {
			return nil, denied(sig, action, id)
		}
		return nil, &awsError{400, "ResourceNotFoundException", "Secrets Manager can't find the specified secret."}
	}
	via := conditions{"kms:ViaService": viaService("secretsmanager", sig.region), "kms:EncryptionContext:SecretARN": {found.arn}}
	switch {
	case !s.iam.may(sig.caller, action, found.arn, request):
		return nil, denied(sig, action, id)
	case found.deleted:
		return nil, &awsError{400, "InvalidRequestException", "You can't perform this operation on the secret because it was marked for deletion."}
	case found.keyARN != "" && !s.iam.may(sig.caller, "kms:Decrypt", found.keyARN, via):
		return nil, &awsError{400, "AccessDeniedException", "Access to KMS is not allowed"}
	}
	v, bad := found.version(version, stage)
	if bad != nil {
		return nil, bad
	}
	return v.answer(found), nil
}

// find returns the secret that an id names, or nil.
func (s *SecretsManager) find(id string, sig signature) *secret {
	for arn, found := range s.secrets {
		switch {
		case !strings.HasPrefix(arn, "arn:"+partition(sig.region)+":secretsmanager:"+sig.region+":"):
		case id == arn, id == arn[:len(arn)-len("-??????")], id == found.name && account(arn) == account(sig.caller.ARN):
			return found
		}
	}
	return nil
}

func denied(sig signature, action, resource string) *awsError {
	kind := "identity-based"
	if sig.caller.Policy != "" {
		kind = "session"
	}
	return &awsError{400, "AccessDeniedException", "User: " + sig.caller.ARN + " is not authorized to perform: " + action + " on resource: " + resource +
		" because no " + kind + " policy allows the " + action + " action"}
}
