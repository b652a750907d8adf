package awstest

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gitsecrets/gitsecrets/internal/test/cloudtest"
)

// KMS speaks the protocol of AWS KMS (AWS JSON 1.1, target TrentService) for all
// regions and accounts at once: Encrypt, Decrypt, GenerateDataKey, DescribeKey.
//
// It enforces: Signature Version 4 of callers that its IAM knows, with expiry;
// that a key is asked for in its own region (the region of the signature); key
// states; who may use a key, if AllowKey says so; what the caller's role and
// session policy allow, with the conditions kms:RequestAlias,
// kms:EncryptionContext:NAME and kms:EncryptionContextKeys; the encryption
// context as additional data; that a blob was made by the key it names; 1 to 4,096 bytes
// of plaintext. It does not know grants, key policies, asymmetric and
// multi-region keys, rotation, or request quotas.
type KMS struct {
	*cloudtest.Server
	// Faults makes calls go wrong and counts them, by operation ("Decrypt").
	Faults *cloudtest.Faults
	iam    *IAM

	mu      sync.Mutex
	keys    map[string]*kmsKey
	aliases map[string]string
	calls   []Call
}

// Call is one call that was signed well.
type Call struct {
	Operation, KeyID, Region string
	Principal                string // ARN of the caller
	Context                  map[string]string
}

// KMSOptions configures a KMS.
type KMSOptions struct {
	IAM     *IAM          // required
	Keys    []string      // ARNs of keys
	Latency time.Duration // of each call
	Address string        // to listen at; "" means any free port of 127.0.0.1
}

// NewKMS starts a KMS for the time of a test.
func NewKMS(t cloudtest.T, opts KMSOptions) *KMS {
	t.Helper()
	k, err := StartKMS(opts)
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(k.Close)
	return k
}

// StartKMS starts a KMS; Close ends it.
func StartKMS(opts KMSOptions) (*KMS, error) {
	k := &KMS{Faults: &cloudtest.Faults{}, iam: opts.IAM, keys: make(map[string]*kmsKey), aliases: make(map[string]string)}
	k.Faults.SetLatency(opts.Latency)
	for _, arn := range opts.Keys {
		k.AddKey(arn)
	}
	var err error
	k.Server, err = cloudtest.Serve(opts.Address, http.HandlerFunc(k.handle))
	return k, err
}

// AddKey makes a new key. The ARN of an alias gets a key of its own behind it.
func (k *KMS) AddKey(arn string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if before, _, ok := strings.Cut(arn, ":alias/"); ok {
		target := before + ":key/" + strings.ToLower(cloudtest.RandomName(8)) + "-0000-4000-8000-000000000000"
		k.aliases[arn], arn = target, target
	}
	k.keys[arn] = newKMSKey(arn)
}

// SetState changes the state of a key.
func (k *KMS) SetState(arn string, state KeyState) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys[arn].state = state
}

// AllowKey says which principals may use a key for which operation.
func (k *KMS) AllowKey(arn string, allow func(principal, operation string) bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.keys[arn].allow = allow
}

// Calls returns the calls so far that were signed well.
func (k *KMS) Calls() []Call {
	k.mu.Lock()
	defer k.mu.Unlock()
	return append([]Call(nil), k.calls...)
}

// key finds a usable key by ARN, or by id or alias in the caller's account.
func (k *KMS) key(id, operation string, sig signature) (*kmsKey, *awsError) {
	if id == "" {
		return nil, &awsError{400, "ValidationException", "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null"}
	}
	arn := id
	if !strings.HasPrefix(id, "arn:") {
		if !strings.HasPrefix(id, "alias/") {
			id = "key/" + id
		}
		arn = "arn:" + partition(sig.region) + ":kms:" + sig.region + ":" + account(sig.caller.ARN) + ":" + id
	}
	if parts := strings.SplitN(arn, ":", 6); len(parts) != 6 || parts[2] != "kms" {
		return nil, &awsError{400, "NotFoundException", "Invalid arn"}
	} else if parts[3] != sig.region {
		return nil, &awsError{400, "NotFoundException", "Invalid arn " + parts[3]}
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if target, ok := k.aliases[arn]; ok {
		arn = target
	}
	key := k.keys[arn]
	if key == nil {
		return nil, &awsError{400, "NotFoundException", "Key '" + arn + "' does not exist"}
	}
	if key.allow != nil && !key.allow(sig.caller.ARN, operation) || !k.iam.may(sig.caller, "kms:"+operation, arn, sig.conditions) {
		return nil, &awsError{400, "AccessDeniedException", "User: " + sig.caller.ARN + " is not authorized to perform: kms:" + operation +
			" on resource: " + arn + " because no identity-based policy allows the kms:" + operation + " action"}
	}
	if operation == "DescribeKey" {
		return key, nil
	}
	switch key.state {
	case Disabled:
		return nil, &awsError{400, "DisabledException", arn + " is disabled."}
	case PendingDeletion:
		return nil, &awsError{400, "KMSInvalidStateException", arn + " is pending deletion."}
	}
	return key, nil
}

func account(arn string) string {
	if parts := strings.SplitN(arn, ":", 6); len(parts) == 6 {
		return parts[4]
	}
	return ""
}

// partition returns the part of AWS that a region belongs to.
func partition(region string) string {
	switch {
	case strings.HasPrefix(region, "cn-"):
		return "aws-cn"
	case strings.HasPrefix(region, "us-gov-"):
		return "aws-us-gov"
	}
	return "aws"
}

// viaService is the condition kms:ViaService of what a service asks KMS for.
func viaService(service, region string) []string {
	name := service + "." + region + ".amazonaws.com"
	if partition(region) == "aws-cn" {
		name += ".cn"
	}
	return []string{name}
}
